"""The part of a page of users that everybody sees alike: made once for each state of the copy, then kept.

Who looks and what they ticked is added by `page`. Kept parts are a minute old at most, so that a product's
new name is seen without the copy having changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from sqlalchemy.orm import Session

from partner_center.customers.models import Customer
from partner_center.directory import listing
from partner_center.directory.facets import facets
from partner_center.directory.owned import assignable_names
from partner_center.directory.shelf import shelf_of
from partner_center.directory.values import ANY_LOCATION, MISSING_LOCATION, UserFilter, UserRow, UserSort
from partner_center.shared import clock
from partner_center.shared.page import Page
from partner_center.web import formats
from partner_center.web.drawn import Once, Ticked
from partner_center.web.lists import ListAddress, Pager, clamped_words, pager_of
from partner_center.web.tags import Removable
from partner_center.web.user_filters import (
    KINDS,
    LICENSED,
    SOURCES,
    STATUSES,
    UserQuery,
    in_words,
    to_args,
)
from partner_center.web.user_lines import UserLine, user_lines
from partner_center.web.wording import _, ngettext

ROW_BYTES = 4_000
FRAME_BYTES = 20_000
SECONDS = 60


@dataclass(frozen=True, slots=True)
class Choice:
    """A select box of the filters; `options` are values and labels."""

    label: str
    name: str
    options: tuple[tuple[str, str], ...]
    current: str


@dataclass(frozen=True, slots=True)
class Listed:
    """What a query shows of a customer's users. The `draw_` pieces are drawn by the template, once.

    `asked` is the query without its page: together with the products it is all that the filters are drawn of.
    """

    query: UserQuery
    asked: UserQuery
    wanted: UserFilter
    total: int
    hidden_fields: Mapping[str, str]
    products: tuple[tuple[str, str], ...]
    choices: tuple[Choice, ...]
    filters_label: str
    applied: tuple[Removable, ...]
    caption: str
    notice: str
    rows: tuple[UserLine, ...]
    numbers: str
    pager: Pager
    strip: str
    draw_rows: Ticked
    draw_head: Once = field(default_factory=Once)
    draw_foot: Once = field(default_factory=Once)


def listed(
    session: Session, customer: Customer, query: UserQuery, wanted: UserFilter, language: str
) -> Listed:
    """The part for `query`; reads only. A list of the selected alone is nobody else's and is not kept."""
    if wanted.only is not None:
        return _make(session, customer.id, query, wanted, language)
    minute = int(clock.now().timestamp()) // SECONDS
    key = ("users list", customer.id, facets(session, customer.id).version, query, language, minute)
    shelf = shelf_of(session)
    part: Listed | None = shelf.find(key)
    if part is None:
        part = _make(session, customer.id, query, wanted, language)
        shelf.put(key, part, FRAME_BYTES + ROW_BYTES * len(part.rows))
    return part


def _make(session: Session, customer_id: int, query: UserQuery, wanted: UserFilter, language: str) -> Listed:
    page = listing.list_users(
        session,
        customer_id,
        wanted,
        sort=UserSort(query.sort.key),
        descending=query.sort.descending,
        language=language,
        page=query.page,
        size=query.size,
    )
    products = assignable_names(session, customer_id, language)
    applied = in_words(query, products)
    place = {"customer_id": customer_id}
    return Listed(
        query=query,
        asked=replace(query, page=1),
        wanted=wanted,
        total=page.total,
        hidden_fields=to_args(query) | {"page": str(page.number)},
        products=tuple(products.items()),
        choices=_choices(query),
        filters_label=_filters_label(len(applied) - sum(map(bool, (query.search, query.has, query.lacks)))),
        applied=tuple(
            Removable(words, ListAddress("users.list_users", place, to_args(without))())
            for words, without in applied
        ),
        caption=_caption(query, page),
        notice=clamped_words(page),
        rows=tuple(user_lines(session, customer_id, page.items, language, products)),
        numbers=",".join(str(row.number) for row in page.items),
        draw_rows=Ticked([row.number for row in page.items]),
        pager=pager_of(page),
        strip=_strip(page),
    )


def _choices(query: UserQuery) -> tuple[Choice, ...]:
    locations = {ANY_LOCATION: _("Any"), MISSING_LOCATION: _("Missing")}
    if query.location not in locations:
        locations[query.location] = formats.location_name(query.location)
    boxes = (
        (_("License source"), "source", SOURCES, query.source),
        (_("Kind"), "kind", KINDS, query.kind),
        (_("Sign-in"), "status", STATUSES, query.status),
        (_("Usage location"), "location", locations, query.location),
        (_("Licenses"), "licensed", LICENSED, query.licensed),
    )
    return tuple(
        Choice(label, name, tuple((str(value), str(text)) for value, text in words.items()), str(current))
        for label, name, words, current in boxes
    )


def _filters_label(count: int) -> str:
    return _("More filters (%(n)s)", n=count) if count else _("More filters")


def _caption(query: UserQuery, page: Page[UserRow]) -> str:
    total = formats.number(page.total)
    if query.is_filtered:
        words = ngettext("%(n)s user matches", "%(n)s users match", page.total, n=total)
    else:
        words = ngettext("%(n)s user", "%(n)s users", page.total, n=total)
    if page.last == 1:
        return words
    number, last = formats.number(page.number), formats.number(page.last)
    return _("%(users)s, page %(page)s of %(pages)s", users=words, page=number, pages=last)


def _strip(page: Page[UserRow]) -> str:
    count = len(page.items)
    return ngettext(
        "The %(n)s user on this page is selected.",
        "All %(n)s users on this page are selected.",
        count,
        n=formats.number(count),
    )
