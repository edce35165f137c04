"""**Mailboxes** that are nobody's own, in words: which need a licence, which hold one for nothing (S5.5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from partner_center.changes.situation import look
from partner_center.directory import mailboxes
from partner_center.directory.mailboxes import MailboxRow
from partner_center.directory.models import Mirror
from partner_center.directory.sign_ins import Trouble
from partner_center.licensing.holders import Context
from partner_center.licensing.mailboxes import FREE_BYTES, Need, need_of
from partner_center.shared.names import sort_key
from partner_center.shared.page import slice_page
from partner_center.web import formats
from partner_center.web.lists import Pager, pager_of
from partner_center.web.tags import Tag
from partner_center.web.wording import _, ngettext

SIZE = 50
_GB = 1024**3
KINDS = {"shared": _l("Shared mailbox"), "room": _l("Room"), "equipment": _l("Equipment")}


@dataclass(frozen=True, slots=True)
class MailboxLine:
    """One mailbox: how large it is, and what that means."""

    number: int
    name: str
    address: str
    kind: str
    size: str
    need: Tag
    advice: str


@dataclass(frozen=True, slots=True)
class MailboxPage:
    """All that `cleanup/mailboxes.html` prints. `unknown` says why there may be no list."""

    caption: str
    rows: tuple[MailboxLine, ...]
    needing: int
    needless: int
    pager: Pager
    unknown: str
    as_of: datetime | None


def mailbox_page(session: Session, customer_id: int, asked: int, language: str) -> MailboxPage:
    """The page, those that need something first."""
    context = look(session, customer_id).context
    found = [(_need(row, context), row) for row in mailboxes.nobodys_own(session, customer_id)]
    order = list(Need)
    found.sort(key=lambda pair: (order.index(pair[0]), sort_key(pair[1].user.display_name, language)))
    page = slice_page(found, asked, SIZE)
    kept = session.get(Mirror, customer_id)
    count = formats.number(page.total)
    needs = [need for need, _row in found]
    return MailboxPage(
        caption=ngettext("%(n)s mailbox", "%(n)s mailboxes", page.total, n=count),
        rows=tuple(_line(need, row) for need, row in page.items),
        needing=needs.count(Need.LICENSE),
        needless=needs.count(Need.NO_LICENSE),
        pager=pager_of(page),
        unknown=_unknown(session, customer_id, kept),
        as_of=kept.mailboxes_at if kept and not kept.mailboxes_trouble else None,
    )


def mailbox_words(kind: str, used_bytes: int) -> str:
    """What kind of mailbox it is, and that it needs its licence where it does."""
    if used_bytes <= FREE_BYTES:
        return str(KINDS[kind])
    return _("%(kind)s over 50 GB, which needs its license", kind=KINDS[kind])


def _need(row: MailboxRow, context: Context) -> Need:
    on = {plan for held in row.user.held for plan in context.enabled(held.sku_id, frozenset(held.off))}
    return need_of(row.used_bytes, {context.plan_names[plan] for plan in on})


def _line(need: Need, row: MailboxRow) -> MailboxLine:
    tag, advice = {
        Need.LICENSE: (Tag(_("Needs a license"), "err"), ""),
        Need.NOTHING_MORE: (Tag(_("Has the license it needs"), "ok"), ""),
        Need.NO_LICENSE: (
            Tag(_("License not needed"), "info"),
            _("It is within its quota. Its license can be taken back, unless an archive or a hold needs it."),
        ),
        Need.NOTHING: (Tag(_("No license needed"), "ok"), ""),
    }[need]
    used, free = formats.number(round(row.used_bytes / _GB, 1)), formats.number(FREE_BYTES // _GB)
    return MailboxLine(
        number=row.user.number,
        name=row.user.display_name,
        address=row.user.upn,
        kind=str(KINDS[row.kind]),
        size=_("%(used)s of %(free)s GB", used=used, free=free),
        need=tag,
        advice=advice,
    )


def _unknown(session: Session, customer_id: int, kept: Mirror | None) -> str:
    if kept is None or kept.mailboxes_at is None:
        return _("Mailboxes have not been read yet. Refresh the copy, then look again.")
    if kept.mailboxes_trouble == Trouble.OTHER:
        return _("Microsoft could not be asked for mailboxes. Refresh the copy, then look again.")
    if kept.mailboxes_trouble:
        return _(
            "We may not read reports here. Give the console's app the permission Reports.Read.All at this "
            "customer, then refresh the copy."
        )
    if mailboxes.names_are_concealed(session, customer_id):
        return _(
            "This customer conceals names in its reports. Turn that off in the Microsoft 365 admin center, "
            "under Settings, Org settings, Reports, then refresh the copy."
        )
    return ""
