"""What people lose with their licences, in words."""

from __future__ import annotations

from datetime import date

from partner_center.licensing.losses import Loss
from partner_center.web.formats import day, number
from partner_center.web.wording import _, ngettext


def loss_text(loss: Loss, users: int, deleted_on: date) -> str:
    """What so many users lose; `deleted_on` is when a mailbox is gone for good."""
    count = number(users)
    match loss:
        case Loss.MAILBOX:
            text = ngettext(
                "%(count)s user loses the mailbox. Its data is deleted for good after %(day)s.",
                "%(count)s users lose the mailbox. Its data is deleted for good after %(day)s.",
                users,
                count=count,
                day=day(deleted_on),
            )
            back = _(
                "Until then, assigning the license again brings it back. eDiscovery can't find it meanwhile."
            )
            kept = _("Holds and retention labels still keep what they cover.")
            return f"{text} {back} {kept}"
        case Loss.INACTIVE_MAILBOX:
            return ngettext(
                "The mailbox of %(count)s user can be kept when the user leaves: put a hold on it, then "
                "delete the user. It stays as an inactive mailbox and needs no license.",
                "The mailboxes of %(count)s users can be kept when the users leave: put a hold on them, "
                "then delete the users. They stay as inactive mailboxes and need no license.",
                users,
                count=count,
            )
        case Loss.ONEDRIVE:
            return ngettext(
                "%(count)s user loses OneDrive. The files stay until the user is deleted.",
                "%(count)s users lose OneDrive. The files stay until the user is deleted.",
                users,
                count=count,
            )
        case Loss.OFFICE:
            return ngettext(
                "Office apps of %(count)s user will show “Unlicensed Product”.",
                "Office apps of %(count)s users will show “Unlicensed Product”.",
                users,
                count=count,
            )
        case Loss.LAST_LICENSE:
            return ngettext(
                "%(count)s user is left without any license.",
                "%(count)s users are left without any license.",
                users,
                count=count,
            )


def understood_text(until: date) -> str:
    """What has to be ticked before mailboxes are given up."""
    return _("I understand: mailbox data is deleted for good after %(day)s.", day=day(until))
