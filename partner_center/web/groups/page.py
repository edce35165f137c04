"""A group's page: what it gives, who is in it, and where it did not work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from pyroaring import BitMap
from sqlalchemy.orm import Session

from partner_center.changes.situation import Names, Situation, look, names_for
from partner_center.cloud.port import Reason
from partner_center.directory import listing
from partner_center.directory.groups import LicenseGroup, get_group
from partner_center.directory.values import UserRow, troubles_of
from partner_center.groups.judging import reason_of
from partner_center.groups.moving import count_direct
from partner_center.shared.page import Page, place
from partner_center.web import formats
from partner_center.web.groups.listed import group_tags, members_words
from partner_center.web.lists import ListAddress, Pager, clamped_words, pager_of
from partner_center.web.product_words import availability
from partner_center.web.reasons import wording
from partner_center.web.tags import Tag
from partner_center.web.wording import _, ngettext

SIZE = 25


class Show(StrEnum):
    """Which members are listed."""

    ALL = "all"
    ERRORS = "errors"


@dataclass(frozen=True, slots=True)
class GivenLine:
    """A product that the group gives. `move` tells how many members have it directly as well."""

    sku_id: str
    name: str
    off: tuple[str, ...]
    available: str
    move: str


@dataclass(frozen=True, slots=True)
class TroubleLine:
    """What a member did not get: why, what to do, and whether more licences would help."""

    sku_id: str
    product: str
    title: str
    advice: str
    buy: bool


@dataclass(frozen=True, slots=True)
class MemberLine:
    """A member, what the group gave, and what it could not give."""

    number: int
    name: str
    address: str
    state: Tag
    troubles: tuple[TroubleLine, ...]


@dataclass(frozen=True, slots=True)
class GroupPage:
    """All that `groups/group.html` prints of the group itself."""

    graph_id: str
    name: str
    members: str
    tags: tuple[Tag, ...]
    given: tuple[GivenLine, ...]
    show: Show
    total: int
    failed: int
    rows: tuple[MemberLine, ...]
    pager: Pager
    address: ListAddress
    notice: str


def group_page(
    session: Session, customer_id: int, group_id: str, *, show: Show, page: int, language: str
) -> GroupPage:
    """The page of one group; reads only. Raises NotFound."""
    group = get_group(session, customer_id, group_id)
    situation = look(session, customer_id)
    listed = group.failed if show is Show.ERRORS else group.members
    rows = _rows(session, customer_id, listed, page, language)
    plans = {plan for _sku, off in group.licenses for plan in off}
    names = names_for(session, situation, skus=group.sku_ids, plans=plans)
    direct = count_direct(session, customer_id, group)
    asked = {"show": "errors"} if show is Show.ERRORS else {}
    return GroupPage(
        graph_id=group_id,
        name=group.name,
        members=members_words(group),
        tags=group_tags(group),
        given=tuple(
            _given(group, sku_id, names, situation, direct[sku_id])
            for sku_id in sorted(group.sku_ids, key=names.product)
        ),
        show=show,
        total=len(group.members),
        failed=len(group.failed),
        rows=tuple(_member(row, group, names.products) for row in rows.items),
        pager=pager_of(rows),
        address=ListAddress("groups.show_group", {"customer_id": customer_id, "group_id": group_id}, asked),
        notice=clamped_words(rows),
    )


def _rows(session: Session, customer_id: int, listed: BitMap, page: int, language: str) -> Page[UserRow]:
    number = place(page, SIZE, len(listed))
    start = (number - 1) * SIZE
    numbers = listing.sorted_numbers(session, customer_id, listed, language, start=start, limit=SIZE)
    return Page(listing.rows_of(session, customer_id, numbers), number, SIZE, len(listed), page)


def _given(group: LicenseGroup, sku_id: str, names: Names, situation: Situation, direct: int) -> GivenLine:
    off, stock = dict(group.licenses)[sku_id], situation.stock.get(sku_id)
    return GivenLine(
        sku_id=sku_id,
        name=names.product(sku_id),
        off=tuple(sorted(names.plan(plan) for plan in off)),
        available=availability(stock.available, stock.purchased) if stock else "",
        move=ngettext(
            "%(n)s member has it directly as well",
            "%(n)s members have it directly as well",
            direct,
            n=formats.number(direct),
        )
        if direct
        else "",
    )


def _member(row: UserRow, group: LicenseGroup, names: Mapping[str, str]) -> MemberLine:
    troubles = troubles_of(row.licenses, group.graph_id)
    if row.number in group.failed:
        state = Tag(_("Error"), "err")
    elif row.number in group.pending:
        state = Tag(_("Not worked off yet"), "info")
    else:
        state = Tag(_("Active"), "ok")
    return MemberLine(
        number=row.number,
        name=row.display_name,
        address=row.upn,
        state=state,
        troubles=tuple(_trouble(sku_id, troubles, names) for sku_id in sorted(troubles)),
    )


def _trouble(sku_id: str, troubles: Mapping[str, str], names: Mapping[str, str]) -> TroubleLine:
    reason = reason_of(troubles, sku_id)
    said = wording(reason)
    return TroubleLine(sku_id, names.get(sku_id, sku_id), said.title, said.advice, reason == Reason.NO_SEATS)
