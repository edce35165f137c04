"""Lists of users: filtered by set algebra, put in order, cut to pages. Reads only.

Counts are exact: a filter's answer is the set of all users that pass, and what is shown is a piece of it.
"""

from __future__ import annotations

import hashlib

from pyroaring import BitMap
from sqlalchemy.orm import Session

from partner_center.directory import search
from partner_center.directory.addresses import AddressMatch, find_by_addresses
from partner_center.directory.facets import (
    ALL,
    BLOCKED,
    GUEST,
    LICENSED,
    NO_LOCATION,
    SKUS,
    FacetSet,
    facets,
    location_key,
)
from partner_center.directory.holders import groups_of, holders, living, plan_tally, tally
from partner_center.directory.orders import first_in_order, in_order
from partner_center.directory.rows import get_user, numbers_of, rows_of
from partner_center.directory.shelf import shelf_of
from partner_center.directory.values import (
    ANY_LOCATION,
    MISSING_LOCATION,
    Kind,
    Licensed,
    Source,
    Status,
    UserFilter,
    UserRow,
    UserSort,
)
from partner_center.shared.bitmaps import Numbers
from partner_center.shared.page import Page, place

__all__ = [
    "AddressMatch",
    "find_by_addresses",
    "get_user",
    "groups_of",
    "holders",
    "list_users",
    "living",
    "matching",
    "numbers_of",
    "plan_tally",
    "rows_of",
    "sorted_numbers",
    "tally",
]


def matching(session: Session, customer_id: int, wanted: UserFilter) -> BitMap:
    """The users that pass. Raises Refusal for a query that is too long."""
    return _matching(session, facets(session, customer_id), wanted).copy()


def list_users(
    session: Session,
    customer_id: int,
    wanted: UserFilter,
    *,
    sort: UserSort = UserSort.NAME,
    descending: bool = False,
    language: str = "en",
    page: int = 1,
    size: int = 25,
) -> Page[UserRow]:
    """One page of the users that pass; past the end, the last one. Raises Refusal as `matching` does."""
    view = facets(session, customer_id)
    order = _ordered(session, view, wanted, sort, language)
    number = place(page, size, len(order))
    start = (number - 1) * size
    if descending:
        order = order[::-1]
    rows = rows_of(session, customer_id, order[start : start + size].tolist())
    return Page(rows, number, size, len(order), page)


def sorted_numbers(
    session: Session,
    customer_id: int,
    members: BitMap,
    language: str = "en",
    *,
    start: int = 0,
    limit: int,
) -> list[int]:
    """At most `limit` living members by name, from place `start` (0-based) on."""
    view = facets(session, customer_id)
    alive = members & view.get(ALL)
    found = first_in_order(session, view, alive, language, start=start, limit=limit)
    return [int(number) for number in found]


def _matching(session: Session, view: FacetSet, wanted: UserFilter) -> BitMap:
    passing = _passing(session, view, wanted)
    return passing if wanted.only is None else passing & wanted.only


def _passing(session: Session, view: FacetSet, wanted: UserFilter) -> BitMap:
    """Those who pass all but `only`: the same for everybody who looks, so it is remembered."""
    terms = search.terms_of(wanted.query)
    key = ("passing", view.customer_id, view.version, terms, _asked(wanted))
    shelf = shelf_of(session)
    passing: BitMap | None = shelf.find(key)
    if passing is None:
        passing = view.get(ALL)
        for part in _parts(view, wanted):
            passing = passing & part
        if terms:
            passing = passing & _found(session, view, terms)
        shelf.put(key, passing, 200 + len(passing) // 4)
    return passing


def _parts(view: FacetSet, wanted: UserFilter) -> list[BitMap]:
    """The sets of which a user has to be in every one."""
    everybody = view.get(ALL)
    parts = []
    if wanted.has is not None:
        parts.append(view.held_by(wanted.has, wanted.source))
    elif wanted.source is not Source.ANY:
        suffix = f":{wanted.source.value}"
        parts.append(BitMap.union(BitMap(), *(s for k, s in view.under(SKUS).items() if k.endswith(suffix))))
    if wanted.lacks is not None:
        parts.append(everybody - view.held_by(wanted.lacks))
    for asked, yes, no, key in (
        (wanted.kind, Kind.GUEST, Kind.MEMBER, GUEST),
        (wanted.status, Status.BLOCKED, Status.ACTIVE, BLOCKED),
        (wanted.licensed, Licensed.YES, Licensed.NO, LICENSED),
    ):
        if asked == yes:
            parts.append(view.get(key))
        elif asked == no:
            parts.append(everybody - view.get(key))
    if wanted.location == MISSING_LOCATION:
        parts.append(view.get(NO_LOCATION))
    elif wanted.location != ANY_LOCATION:
        parts.append(view.get(location_key(wanted.location)))
    return parts


def _found(session: Session, view: FacetSet, terms: tuple[str, ...]) -> BitMap:
    """Search results stay valid as long as no texts move; a save of licences does not touch them."""
    key = ("found", view.customer_id, view.order_version, terms)
    shelf = shelf_of(session)
    found: BitMap | None = shelf.find(key)
    if found is None:
        found = search.find(session, view.customer_id, terms)
        shelf.put(key, found, 200 + len(found) // 4)
    return found


def _ordered(session: Session, view: FacetSet, wanted: UserFilter, sort: UserSort, language: str) -> Numbers:
    terms = search.terms_of(wanted.query)
    only = hashlib.sha256(wanted.only.serialize()).digest() if wanted.only is not None else None
    key = ("ordered", view.customer_id, view.version, terms, _asked(wanted), only, sort, language)
    shelf = shelf_of(session)
    order: Numbers | None = shelf.find(key)
    if order is None:
        order = in_order(session, view, _matching(session, view, wanted), sort, language)
        shelf.put(key, order, order.nbytes)
    return order


def _asked(wanted: UserFilter) -> tuple[object, ...]:
    return (
        wanted.has,
        wanted.lacks,
        wanted.source,
        wanted.kind,
        wanted.status,
        wanted.location,
        wanted.licensed,
    )
