"""**Reclaim** in words: who may not need a licence, why, and what taking it back frees."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pyroaring import BitMap
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from partner_center.changes.reclaiming import DAYS, Reclaimable, Search, Why, find
from partner_center.directory import listing, mailboxes, sign_ins
from partner_center.directory.models import Mirror
from partner_center.directory.owned import sku_names
from partner_center.directory.sign_ins import Trouble
from partner_center.directory.values import UserRow
from partner_center.shared.page import Page, place
from partner_center.staff.actor import Actor
from partner_center.web import arguments, formats
from partner_center.web.cleanup.mailboxes import mailbox_words
from partner_center.web.lists import Pager, pager_of
from partner_center.web.wording import _, ngettext

SIZE = 50


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to look for licences; `value` is what the form sends."""

    value: str
    text: str
    current: bool


@dataclass(frozen=True, slots=True)
class Freed:
    """A product and how many of its licences would be free."""

    name: str
    count: int


@dataclass(frozen=True, slots=True)
class ReclaimLine:
    """One user: why, and the licences that can be taken."""

    number: int
    name: str
    address: str
    why: str
    licenses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReclaimPage:
    """All that `cleanup/reclaim.html` prints.

    `unknown` says why sign-ins can't be told, `as_of` how old they are.
    """

    choices: tuple[Choice, ...]
    chosen: str
    caption: str
    rows: tuple[ReclaimLine, ...]
    freed: tuple[Freed, ...]
    total: int
    everybody: str
    pager: Pager
    unknown: str
    as_of: datetime | None


def read_search(args: MultiDict[str, str]) -> Search:
    """`why` is blocked, overlap, or away with its days: away-30, away-60, away-90; junk is blocked."""
    why, _dash, days = args.get("why", "").partition("-")
    if why == Why.AWAY and days in map(str, DAYS):
        return Search(Why.AWAY, int(days))
    return Search(Why.OVERLAP) if why == Why.OVERLAP else Search()


def to_arg(search: Search) -> str:
    """The inverse of `read_search`."""
    return f"{search.why}-{search.days}" if search.why is Why.AWAY else str(search.why)


def reclaim_page(
    session: Session, actor: Actor, customer_id: int, args: MultiDict[str, str], language: str
) -> ReclaimPage:
    """What the address asks for; reads only."""
    search = read_search(args)
    found = find(session, actor, customer_id, search)
    members, freed = found.members, found.freed
    page = _page(session, customer_id, members, arguments.page_number(args), language)
    names = sku_names(
        session, customer_id, {*freed, *(o for t in found.takings for o in t.skus.values() if o)}
    )
    seen = sign_ins.last_sign_ins(session, customer_id, [user.graph_id for user in page.items])
    boxes = mailboxes.kinds_of(session, customer_id, [user.number for user in page.items])
    kept = session.get(Mirror, customer_id)
    count = formats.number(page.total)
    return ReclaimPage(
        choices=_choices(search),
        chosen=to_arg(search),
        caption=ngettext("%(n)s user", "%(n)s users", page.total, n=count),
        rows=tuple(_line(user, found, names, _why(user, search, seen, boxes)) for user in page.items),
        freed=tuple(
            Freed(names.get(sku, sku), freed[sku])
            for sku in sorted(freed, key=lambda sku: names.get(sku, sku))
        ),
        total=sum(freed.values()),
        everybody=ngettext(
            "Take back from %(n)s user", "Take back from all %(n)s users", page.total, n=count
        ),
        pager=pager_of(page),
        unknown=_unknown(kept) if search.why is Why.AWAY else "",
        as_of=kept.sign_ins_at if kept and search.why is Why.AWAY and not kept.sign_ins_trouble else None,
    )


def _page(session: Session, customer_id: int, members: BitMap, asked: int, language: str) -> Page[UserRow]:
    number = place(asked, SIZE, len(members))
    start = (number - 1) * SIZE
    numbers = listing.sorted_numbers(session, customer_id, members, language, start=start, limit=SIZE)
    return Page(listing.rows_of(session, customer_id, numbers), number, SIZE, len(members), asked)


def _choices(search: Search) -> tuple[Choice, ...]:
    words = {
        Search(): _("Blocked from signing in"),
        **{
            Search(Why.AWAY, days): _("Not signed in for %(n)s days", n=formats.number(days)) for days in DAYS
        },
        Search(Why.OVERLAP): _("Has the same services in another license"),
    }
    return tuple(Choice(to_arg(one), text, one == search) for one, text in words.items())


def _line(user: UserRow, found: Reclaimable, names: dict[str, str], why: str) -> ReclaimLine:
    taken = found.of(user.number)
    licenses = [
        _(
            "%(product)s, which is inside %(other)s",
            product=names.get(sku, sku),
            other=names.get(other, other),
        )
        if other
        else names.get(sku, sku)
        for sku, other in sorted(taken.items(), key=lambda pair: names.get(pair[0], pair[0]))
    ]
    return ReclaimLine(user.number, user.display_name, user.upn, why, tuple(licenses))


def _why(user: UserRow, search: Search, seen: dict[str, Any], boxes: dict[int, tuple[str, int]]) -> str:
    parts = [_("Blocked")] if not user.enabled else []
    if user.number in boxes:
        parts.append(mailbox_words(*boxes[user.number]))
    if user.graph_id in seen:
        at = seen[user.graph_id]
        parts.append(_("Last sign-in %(day)s", day=formats.day(at)) if at else _("Never signed in"))
    elif search.why is Why.OVERLAP and not parts:
        parts.append(_("Active"))
    return ". ".join(parts)


def _unknown(kept: Mirror | None) -> str:
    if kept is None or (kept.sign_ins_at is None and not kept.sign_ins_trouble):
        return _("Sign-ins have not been read yet. Refresh the copy, then look again.")
    match kept.sign_ins_trouble:
        case Trouble.NOT_PREMIUM:
            return _(
                "Microsoft reports sign-ins only to customers with Microsoft Entra ID P1 or P2. You can "
                "still look for blocked users and overlapping licenses."
            )
        case Trouble.NO_RIGHTS:
            return _(
                "We may not read sign-ins here. Give the console's app the permission AuditLog.Read.All at "
                "this customer, then refresh the copy."
            )
        case Trouble.OTHER:
            return _("Microsoft could not be asked for sign-ins. Refresh the copy, then look again.")
        case _:
            return ""
