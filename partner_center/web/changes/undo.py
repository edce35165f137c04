"""**Undo this change** on the result page: the button, or why there is none."""

from __future__ import annotations

from dataclasses import dataclass

from partner_center.changes.queries import Head, Hindrance, UndoOffer
from partner_center.staff.permissions import Permission
from partner_center.web.formats import day
from partner_center.web.gates import roles_that_can
from partner_center.web.wording import _


@dataclass(frozen=True, slots=True)
class UndoPart:
    """`offered`: the button is there. `ref` is the undo that is planned or runs; `notes` are sentences."""

    offered: bool
    ref: str
    notes: list[str]


def undo_part(offer: UndoOffer, head: Head) -> UndoPart:
    """The part in words; nothing at all where there is nothing to undo."""
    if offer.hindrance in (Hindrance.NOT_FINISHED, Hindrance.NOTHING_DONE) or offer.until is None:
        return UndoPart(False, "", [])
    last = day(offer.until.date())
    notes = [_why_not(offer, head, last)] if offer.hindrance else [_offered(offer, last)]
    if offer.mailboxes and offer.hindrance is not Hindrance.TOO_LATE:
        notes.append(_("A mailbox that was taken can be restored until %(day)s.", day=last))
    return UndoPart(offer.hindrance is None, offer.other or "", notes)


def _offered(offer: UndoOffer, last: str) -> str:
    if offer.other:
        return _("You planned to undo it and have not saved that yet. Nothing has been changed back.")
    return _("Offered until %(day)s. You see what will happen before anything is changed.", day=last)


def _why_not(offer: UndoOffer, head: Head, last: str) -> str:
    match offer.hindrance:
        case Hindrance.TOO_LATE:
            return _("It could be undone until %(day)s. Use Manage licenses instead.", day=last)
        case Hindrance.NOT_YOURS:
            return _(
                "%(name)s can undo it, and these roles: %(roles)s.",
                name=head.staff_name,
                roles=roles_that_can(Permission.UNDO_OTHERS),
            )
        case Hindrance.UNDER_WAY:
            return _("It is being undone now.")
        case _:
            return _("Your role does not allow what undoing it takes. Ask a global admin.")
