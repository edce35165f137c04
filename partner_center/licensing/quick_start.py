"""What a person who has just got a licence can do with it at once (mission S5.8). Pure."""

from __future__ import annotations

import re
from collections.abc import Set
from enum import StrEnum

from partner_center.licensing.losses import Loss, kinds_of


class Topic(StrEnum):
    """A part of the quick-start message, in the order of the message."""

    OFFICE = "office"
    MAIL = "mail"
    TEAMS = "teams"
    FILES = "files"


_TEAMS = re.compile(r"TEAMS1|TEAMS_(GOV|ESSENTIALS)\w*|TEAMS_AR_\w+")
_OF_KIND = {Loss.OFFICE: Topic.OFFICE, Loss.MAILBOX: Topic.MAIL, Loss.ONEDRIVE: Topic.FILES}


def topics_of(part_names: Set[str]) -> tuple[Topic, ...]:
    """What plans of these part names let a person begin with; none for what needs no explaining."""
    found = {_OF_KIND[kind] for kind in kinds_of(part_names)}
    if any(map(_TEAMS.fullmatch, part_names)):
        found.add(Topic.TEAMS)
    return tuple(topic for topic in Topic if topic in found)
