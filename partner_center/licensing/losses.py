"""What a person loses with their licences (mission S5.3). Pure."""

from __future__ import annotations

import re
from collections.abc import Set
from enum import StrEnum

from partner_center.licensing import services
from partner_center.licensing.holders import Context
from partner_center.licensing.prospect import Prospect

DAYS_KEPT = 30
"""Exchange Online keeps a mailbox this long after its licence is gone, then deletes it for good."""


class Loss(StrEnum):
    """What is lost when the last plan of its kind is taken.

    With an INACTIVE_MAILBOX goes the way to keep the mailbox of somebody who leaves.
    """

    MAILBOX = "mailbox"
    INACTIVE_MAILBOX = "inactive_mailbox"
    ONEDRIVE = "onedrive"
    OFFICE = "office"
    LAST_LICENSE = "last_license"


_KINDS = {Loss.MAILBOX: services.MAILBOX, Loss.ONEDRIVE: services.ONEDRIVE, Loss.OFFICE: services.OFFICE}
_HOLDS = re.compile(r"EXCHANGE_S_ENTERPRISE(_(GOV|MIDMARKET))?")
"""Exchange Online Plan 2, inside E3 and up: a hold on its mailbox keeps it, inactive, when the user is
deleted (inactive-mailboxes-in-office-365)."""


def losses_of(prospect: Prospect, context: Context) -> frozenset[Loss]:
    """What the user has now and will not have after the change."""
    if prospect.before == prospect.after:
        return frozenset()
    before = {context.plan_names[plan] for plan in prospect.plans_before}
    lost = set(kinds_of(before) - kinds_of({context.plan_names[plan] for plan in prospect.plans_after}))
    if Loss.MAILBOX in lost and any(map(_HOLDS.fullmatch, before)):
        lost.add(Loss.INACTIVE_MAILBOX)
    if prospect.before and not prospect.after:
        lost.add(Loss.LAST_LICENSE)
    return frozenset(lost)


def kinds_of(part_names: Set[str]) -> frozenset[Loss]:
    """What plans of these part names give: a mailbox, a OneDrive, the Office apps."""
    return frozenset(loss for loss, names in _KINDS.items() if any(map(names.fullmatch, part_names)))
