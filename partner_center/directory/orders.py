"""Users in the order of a list: stored orders, read through memory, cut to the members of a set."""

from __future__ import annotations

import numpy as np
from pyroaring import BitMap
from sqlalchemy import select
from sqlalchemy.orm import Session

from partner_center.directory.facets import ALL, LOCATIONS, NO_LOCATION, UNSORTED, FacetSet
from partner_center.directory.models import NameOrder
from partner_center.directory.shelf import shelf_of
from partner_center.directory.values import UserSort
from partner_center.shared.bitmaps import Numbers, from_numbers, load_order, to_mask, to_numbers
from partner_center.shared.names import LANGUAGES

FEW = 16
"""A set of less than 1/FEW of everybody is put in order by its members' ranks, a larger one by a walk
over the whole order: sorting costs more per member, walking costs the same for every set."""

_NEAR = 2_048  # of the order's beginning are looked at one by one, before everybody is
_NOTHING: Numbers = np.empty(0, dtype=np.uint32)


def order_key(sort: UserSort, language: str) -> str:
    """The `NameOrder.key` of an order; orders by location are not stored."""
    return f"{sort.value}:{language}"


def stored_keys() -> list[str]:
    """The keys of all orders that are stored."""
    return [
        order_key(sort, language) for sort in (UserSort.NAME, UserSort.DEPARTMENT) for language in LANGUAGES
    ]


def whole_order(session: Session, view: FacetSet, sort: UserSort, language: str) -> Numbers:
    """All living users in order. While a sync runs, users it brought stand at the end."""
    if sort is UserSort.LOCATION:
        return _by_location(session, view, language)
    shelf = shelf_of(session)
    shelf_key = ("order", view.customer_id, order_key(sort, language), view.order_version)
    order: Numbers | None = shelf.find(shelf_key)
    if order is None:
        order = _read(session, view, order_key(sort, language))
        shelf.put(shelf_key, order, order.nbytes)
    return order


def in_order(session: Session, view: FacetSet, members: BitMap, sort: UserSort, language: str) -> Numbers:
    """The members, all of them living users, in order."""
    order = whole_order(session, view, sort, language)
    if len(members) == len(order):
        return order
    if len(members) * FEW < len(order):
        numbers = to_numbers(members)
        return numbers[np.argsort(_ranks(session, view, order, sort, language)[numbers])]
    return order[to_mask(members, _size_of(order))[order]]


def first_in_order(
    session: Session, view: FacetSet, members: BitMap, language: str, *, start: int, limit: int
) -> Numbers:
    """`limit` members by name from place `start` on, without putting all of them in order."""
    order = whole_order(session, view, UserSort.NAME, language)
    if len(members) == len(order) or len(members) * FEW < len(order):
        return in_order(session, view, members, UserSort.NAME, language)[start : start + limit]
    near = [number for number in order[:_NEAR].tolist() if number in members]
    if len(near) >= start + limit:
        return np.array(near[start : start + limit], dtype=np.uint32)
    return in_order(session, view, members, UserSort.NAME, language)[start : start + limit]


def _read(session: Session, view: FacetSet, key: str) -> Numbers:
    row = session.execute(
        select(NameOrder.order_version, NameOrder.numbers).where(
            NameOrder.customer_id == view.customer_id, NameOrder.key == key
        )
    ).one_or_none()
    if row is not None and row.order_version == view.order_version:
        return load_order(row.numbers)
    return provisional(load_order(row.numbers) if row else _NOTHING, view)


def provisional(order: Numbers, view: FacetSet) -> Numbers:
    """An order that has been overtaken: those who went are left out, those who came stand at the end."""
    living = view.get(ALL)
    kept = order[to_mask(living - view.get(UNSORTED), _size_of(order))[order]]
    return np.concatenate((kept, to_numbers(living - from_numbers(kept))))


def _by_location(session: Session, view: FacetSet, language: str) -> Numbers:
    """By country code, those without a location last, equal ones by name."""
    shelf = shelf_of(session)
    shelf_key = ("order", view.customer_id, order_key(UserSort.LOCATION, language), view.version)
    order: Numbers | None = shelf.find(shelf_key)
    if order is None:
        by_name = whole_order(session, view, UserSort.NAME, language)
        sets = view.under(LOCATIONS)
        ranks = np.zeros(_size_of(by_name), dtype=np.uint16)
        for rank, key in enumerate(sorted(sets, key=lambda key: (key == NO_LOCATION, key))):
            ranks[to_numbers(sets[key])] = rank
        order = by_name[np.argsort(ranks[by_name], kind="stable")]
        shelf.put(shelf_key, order, order.nbytes)
    return order


def _ranks(session: Session, view: FacetSet, order: Numbers, sort: UserSort, language: str) -> Numbers:
    version = view.version if sort is UserSort.LOCATION else view.order_version
    shelf_key = ("ranks", view.customer_id, order_key(sort, language), version)
    shelf = shelf_of(session)
    ranks: Numbers | None = shelf.find(shelf_key)
    if ranks is None:
        ranks = np.zeros(_size_of(order), dtype=np.uint32)
        ranks[order] = np.arange(len(order), dtype=np.uint32)
        shelf.put(shelf_key, ranks, ranks.nbytes)
    return ranks


def _size_of(order: Numbers) -> int:
    return int(order.max()) + 1 if len(order) else 1
