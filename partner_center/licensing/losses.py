"""What a person loses with their licences (mission S5.3). Pure."""

from __future__ import annotations

from enum import StrEnum

from partner_center.licensing import services
from partner_center.licensing.holders import Context
from partner_center.licensing.prospect import Prospect

DAYS_KEPT = 30
"""Exchange Online keeps a mailbox this long after its licence is gone, then deletes it for good."""


class Loss(StrEnum):
    """What is lost when the last plan of its kind is taken."""

    MAILBOX = "mailbox"
    ONEDRIVE = "onedrive"
    OFFICE = "office"
    LAST_LICENSE = "last_license"


_KINDS = {Loss.MAILBOX: services.MAILBOX, Loss.ONEDRIVE: services.ONEDRIVE, Loss.OFFICE: services.OFFICE}


def losses_of(prospect: Prospect, context: Context) -> frozenset[Loss]:
    """What the user has now and will not have after the change."""
    if prospect.before == prospect.after:
        return frozenset()
    before = {context.plan_names[plan] for plan in prospect.plans_before}
    after = {context.plan_names[plan] for plan in prospect.plans_after}
    lost = {
        loss
        for loss, names in _KINDS.items()
        if any(map(names.fullmatch, before)) and not any(map(names.fullmatch, after))
    }
    if prospect.before and not prospect.after:
        lost.add(Loss.LAST_LICENSE)
    return frozenset(lost)
