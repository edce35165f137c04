"""What a service plan is for, told by its part name in Microsoft's table of products and plans.

Pure. Names differ by cloud and by edition; what is listed here is the service itself, not its add-ons.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum
from types import MappingProxyType

MAILBOX = re.compile(
    r"EXCHANGE_(B_STANDARD|L_STANDARD|S_(STANDARD|ENTERPRISE|DESKLESS|ESSENTIALS))(_(GOV|MIDMARKET))?"
)
ONEDRIVE = re.compile(
    r"SHAREPOINT(STANDARD|ENTERPRISE|DESKLESS|LITE)(_\w+)?|ONEDRIVE(ENTERPRISE|STANDARD|LITE_IW|_BASIC\w*)"
)
TEAM_SITE = re.compile(r"SHAREPOINT(STANDARD|ENTERPRISE|DESKLESS)(_\w+)?")
MEETINGS = re.compile(r"TEAMS(1|_GOV|_AR_\w+|_FREE|_IW)|MCO_TEAMS_IW|MCOSTANDARD(_\w+)?")
OFFICE = re.compile(r"OFFICESUBSCRIPTION(_GOV)?|OFFICE_BUSINESS|OFFICE_PRO_PLUS_SUBSCRIPTION_SMBIZ")


class SetUp(StrEnum):
    """What is made ready for a person who gets a product (mission S5.2)."""

    MAILBOX = "mailbox"
    TEAM_SITE = "team_site"
    MEETINGS = "meetings"
    OFFICE = "office"


_SETS_UP = MappingProxyType(
    {
        SetUp.MAILBOX: MAILBOX,
        SetUp.TEAM_SITE: TEAM_SITE,
        SetUp.MEETINGS: MEETINGS,
        SetUp.OFFICE: OFFICE,
    }
)


def sets_up(plan_names: Iterable[str]) -> tuple[SetUp, ...]:
    """What plans of these part names set up, each once, the mailbox first."""
    names = frozenset(plan_names)
    return tuple(each for each, pattern in _SETS_UP.items() if any(map(pattern.fullmatch, names)))
