"""The page of who has a product, in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pyroaring import BitMap

from partner_center.changes.assigned import AssignedUser, Source, assigned
from partner_center.changes.given import Given, last_given
from partner_center.directory.owned import GroupName
from partner_center.directory.selection import Chosen
from partner_center.shared.page import Page
from partner_center.web import formats
from partner_center.web.licenses.holders import HoldersDesk, HoldersQuery, to_args
from partner_center.web.lists import Pager, clamped_words, pager_of
from partner_center.web.reasons import names
from partner_center.web.ticks import selection_words, undo_words
from partner_center.web.wording import _, ngettext


@dataclass(frozen=True, slots=True)
class HolderLine:
    """One holder. `locked` is why they can't be ticked; `since` only where this console gave it."""

    number: int
    name: str
    address: str
    source: Source
    groups: tuple[GroupName, ...]
    off: str
    off_more: tuple[str, ...]
    since: datetime | None
    ref: str
    locked: str


@dataclass(frozen=True, slots=True)
class Bar:
    """The bar under the list. `undo` is empty where nothing can be brought back."""

    count: int
    text: str
    undo: str


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """All that `licenses/product.html` prints beside the head; `people` have the product in all."""

    query: HoldersQuery
    hidden: dict[str, str]
    people: int
    caption: str
    rows: tuple[HolderLine, ...]
    numbers: str
    members: BitMap
    pager: Pager
    select_all: str
    all_ticked: bool
    strip: str
    bar: Bar
    notice: str


def people_page(desk: HoldersDesk, query: HoldersQuery, language: str) -> PeoplePage:
    """Page of the holders that pass `query`; reads only."""
    passing, direct, chosen = desk.matching(query), desk.direct, desk.chosen()
    members = chosen.members & direct
    view = assigned(
        desk.session,
        desk.actor,
        desk.customer_id,
        passing,
        desk.sku_id,
        language=language,
        page=query.page,
        size=query.size,
    )
    given = last_given(desk.session, desk.customer_id, desk.sku_id, (u.number for u in view.users.items))
    rows = tuple(_line(user, given.get(user.number)) for user in view.users.items)
    open_rows = [row.number for row in rows if not row.locked]
    shown = passing.intersection_cardinality(members)
    can = passing.intersection_cardinality(direct)
    return PeoplePage(
        query=query,
        hidden=to_args(query) | {"page": str(view.users.number)},
        people=len(desk.everybody),
        caption=_caption(query, view.users),
        rows=rows,
        numbers=",".join(map(str, open_rows)),
        members=members,
        pager=pager_of(view.users),
        select_all=_select_all(can) if shown < can else "",
        all_ticked=bool(open_rows) and all(number in members for number in open_rows),
        strip=_strip(len(open_rows)),
        bar=bar_of(chosen, members, shown),
        notice=clamped_words(view.users) or _lost(chosen, members),
    )


def bar_of(chosen: Chosen, members: BitMap, shown: int) -> Bar:
    """The bar over a list in which `shown` of the ticked pass."""
    counted = Chosen(members, (), chosen.version, 0, chosen.undo)
    undo = undo_words(chosen.undo) if chosen.undo and not members else ""
    return Bar(len(members), selection_words(counted, len(members) - shown), undo)


def _line(user: AssignedUser, given: Given | None) -> HolderLine:
    groups = names([group.name for group in user.groups], shown=5)
    locked = _("It comes from the group %(names)s and can't be unassigned here.", names=groups)
    off = user.off_names
    count = ngettext("%(n)s service off", "%(n)s services off", len(off), n=formats.number(len(off)))
    return HolderLine(
        number=user.number,
        name=user.display_name,
        address=user.user_principal_name,
        source=user.source,
        groups=user.groups,
        off=count if len(off) > 1 else "".join(off),
        off_more=off if len(off) > 1 else (),
        since=given.at if given and user.source is not Source.GROUP else None,
        ref=given.ref if given else "",
        locked=locked if user.source is Source.GROUP else "",
    )


def _caption(query: HoldersQuery, page: Page[AssignedUser]) -> str:
    total = formats.number(page.total)
    if query.is_filtered:
        words = ngettext("%(n)s user matches", "%(n)s users match", page.total, n=total)
    else:
        words = ngettext("%(n)s user has it", "%(n)s users have it", page.total, n=total)
    if page.last == 1:
        return words
    number, last = formats.number(page.number), formats.number(page.last)
    return _("%(users)s, page %(page)s of %(pages)s", users=words, page=number, pages=last)


def _select_all(count: int) -> str:
    return ngettext(
        "Select %(n)s user who has it directly",
        "Select all %(n)s users who have it directly",
        count,
        n=formats.number(count),
    )


def _strip(count: int) -> str:
    return ngettext(
        "The %(n)s user on this page is selected.",
        "All %(n)s users on this page are selected.",
        count,
        n=formats.number(count),
    )


def _lost(chosen: Chosen, members: BitMap) -> str:
    """Who was ticked and has it no longer: someone else took it, or Microsoft's copy is newer."""
    gone = len(chosen.members) - len(members) + chosen.vanished
    if not gone:
        return ""
    return ngettext(
        "%(n)s selected user no longer has it directly and was left out.",
        "%(n)s selected users no longer have it directly and were left out.",
        gone,
        n=formats.number(gone),
    )
