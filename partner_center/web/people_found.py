"""Finding people to pick: the first names while somebody types, and a page of all who match."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Protocol

from flask import Response, jsonify
from pyroaring import BitMap
from sqlalchemy.orm import Session

from partner_center.directory import listing
from partner_center.directory.suggest import suggest
from partner_center.directory.values import UserFilter, UserRow
from partner_center.web import formats
from partner_center.web.language import current_language
from partner_center.web.lists import ListAddress, Pager, pager_of
from partner_center.web.wording import _, ngettext

SUGGESTED = 10
"""Names under the field at once: more are not read, they are typed away."""


@dataclass(frozen=True, slots=True)
class Match:
    """Somebody whose name matches. `note` says why they can't be picked; empty where they can."""

    number: int
    name: str
    address: str
    note: str


@dataclass(frozen=True, slots=True)
class Found:
    """A page of all who match what was searched for."""

    search: str
    caption: str
    rows: tuple[Match, ...]
    pager: Pager
    address: ListAddress
    add_all: str


class Picker(Protocol):
    """A desk where people are picked. `holders` are those who can't be: they have it already."""

    @property
    def session(self) -> Session: ...
    @property
    def customer_id(self) -> int: ...
    @property
    def holders(self) -> BitMap: ...
    def members(self) -> BitMap: ...
    def matching(self, search: str) -> BitMap: ...
    def address(self, search: str) -> ListAddress: ...
    def add_all_words(self, count: int) -> str: ...


def suggestions(desk: Picker, search: str) -> Response:
    """The first people who match while somebody types, and what to say of them, for the script."""
    people, text = _first_matches(desk, search)
    response = jsonify(people=[asdict(one) for one in people], text=text)
    response.headers["Cache-Control"] = "no-store"
    return response


def _first_matches(desk: Picker, search: str) -> tuple[list[Match], str]:
    found = suggest(desk.session, desk.customer_id, search, current_language(), SUGGESTED)
    rows = listing.rows_of(desk.session, desk.customer_id, found.numbers)
    count = len(rows)
    if not count and not found.cut:
        return [], _("Nobody matches.")
    if not count:
        return [], _("Type more letters.")
    words = ngettext("%(n)s person matches.", "%(n)s people match.", count, n=formats.number(count))
    more = _("There may be more: type more letters, or press Search.")
    return _matches(desk, rows, desk.members()), f"{words} {more}" if found.cut else words


def find_people(desk: Picker, members: BitMap, search: str, page: int) -> Found:
    """Page `page` of all who match; `members` are picked already."""
    language, wanted = current_language(), UserFilter(query=search)
    shown = listing.list_users(desk.session, desk.customer_id, wanted, language=language, page=page)
    left = len(desk.matching(search) - members)
    return Found(
        search=search,
        caption=ngettext(
            "%(n)s user matches", "%(n)s users match", shown.total, n=formats.number(shown.total)
        ),
        rows=tuple(_matches(desk, shown.items, members)),
        pager=pager_of(shown),
        address=desk.address(search),
        add_all=desk.add_all_words(left) if left > 1 else "",
    )


def _matches(desk: Picker, rows: Sequence[UserRow], members: BitMap) -> list[Match]:
    holders = desk.holders
    has, picked = _("Already has it"), _("Already picked")
    return [
        Match(
            number=row.number,
            name=row.display_name,
            address=row.upn,
            note=has if row.number in holders else picked if row.number in members else "",
        )
        for row in rows
    ]


def read_number(text: str) -> BitMap:
    """The user number of a button; nobody for what is none."""
    return BitMap([int(text)]) if text.isascii() and text.isdigit() and len(text) < 10 else BitMap()
