"""**Recently removed** in words: whose data waits, until when, and what gives it back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from partner_center.changes.removed import RemovedUser, recently_removed
from partner_center.licensing.losses import Loss
from partner_center.shared.page import slice_page
from partner_center.web import formats
from partner_center.web.lists import Pager, pager_of
from partner_center.web.tags import Tag
from partner_center.web.wording import _, ngettext

SIZE = 50
SOON = 7
"""From so few days on it is marked."""


@dataclass(frozen=True, slots=True)
class RemovedLine:
    """One user. `until` says how long the data waits; `returnable`: something can be given back."""

    number: int
    name: str
    address: str
    products: tuple[str, ...]
    until: str
    left: Tag | None
    removed_at: datetime
    ref: str
    returnable: bool


@dataclass(frozen=True, slots=True)
class RemovedPage:
    """All that `cleanup/removed.html` prints."""

    caption: str
    rows: tuple[RemovedLine, ...]
    pager: Pager


def removed_page(session: Session, customer_id: int, page: int, language: str) -> RemovedPage:
    """The page of those in the window, the most urgent first."""
    found = slice_page(recently_removed(session, customer_id, language), page, SIZE)
    users = formats.number(found.total)
    return RemovedPage(
        caption=ngettext(
            "%(n)s user has data waiting", "%(n)s users have data waiting", found.total, n=users
        ),
        rows=tuple(map(_line, found.items)),
        pager=pager_of(found),
    )


def _line(row: RemovedUser) -> RemovedLine:
    has_mailbox = Loss.MAILBOX in row.kinds
    texts = [_("Mailbox: deleted for good after %(day)s", day=formats.day(row.deleted_on))] * has_mailbox
    if Loss.ONEDRIVE in row.kinds:
        texts.append(_("OneDrive: the files stay until the user is deleted"))
    return RemovedLine(
        number=row.user.number,
        name=row.user.display_name,
        address=row.user.upn,
        products=row.products,
        until=". ".join(texts),
        left=_left(row.days_left) if has_mailbox else None,
        removed_at=row.removed_at,
        ref=row.ref,
        returnable=not row.wish.is_empty,
    )


def _left(days: int) -> Tag:
    text = ngettext("%(n)s day left", "%(n)s days left", days, n=formats.number(days))
    return Tag(text, "warn" if days <= SOON else "info")
