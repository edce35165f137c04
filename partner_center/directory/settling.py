"""Writing the stored orders: all of them anew, or only the places of the users that moved."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

import numpy as np
from pyroaring import BitMap
from sqlalchemy import ColumnElement, Select, collate, select
from sqlalchemy.orm import Session

from partner_center.directory.facets import ALL, UNSORTED, facets
from partner_center.directory.models import DirectoryUser, Mirror, NameOrder
from partner_center.directory.moves import write_sets
from partner_center.directory.orders import order_key, stored_keys
from partner_center.directory.rowsets import upsert
from partner_center.directory.values import UserSort
from partner_center.shared.bitmaps import Numbers, dump_order, load_order, to_mask
from partner_center.shared.names import LANGUAGES, sort_key

MOVED_SINGLY = 300
"""At most so many users are put in their places one by one; from there on sorting all is quicker."""
SORTED_WHOLE = 5_000
"""So few users are always sorted anew: it takes no longer than looking for one place."""

_LAST = "\U0010ffff"
_AT_ONCE = 1_000
_SORT_COLUMNS = {
    "en": DirectoryUser.sort_en,
    "tr": DirectoryUser.sort_tr,
    "nb": DirectoryUser.sort_nb,
    "sv": DirectoryUser.sort_sv,
}

SortKey = tuple[str | int, ...]
Keys = dict[str, SortKey]
"""What one user is sorted by, for each stored order."""


def settle(session: Session, mirror: Mirror) -> None:
    """Bring the stored orders in step with the users. The caller holds the mirror's lock."""
    view = facets(session, mirror.customer_id)
    moved, living = view.get(UNSORTED), view.get(ALL)
    fresh, known = _stored_versions(session, mirror)
    if fresh and not moved:
        return
    if not known or len(living) <= SORTED_WHOLE or len(moved) > MOVED_SINGLY:
        orders = sort_all(session, mirror.customer_id)
    else:
        orders = _move(session, mirror.customer_id, living, moved)
    mirror.version += 1
    mirror.order_version += 1
    write_orders(session, mirror, orders)
    write_sets(session, mirror.customer_id, {UNSORTED: BitMap()}, mirror.version)
    session.flush()


def write_orders(session: Session, mirror: Mirror, orders: dict[str, Numbers]) -> None:
    """Store these orders as those of the mirror's `order_version`."""
    upsert(
        session,
        NameOrder,
        [
            {
                "customer_id": mirror.customer_id,
                "key": key,
                "order_version": mirror.order_version,
                "numbers": dump_order(order),
            }
            for key, order in orders.items()
        ],
    )


def sort_all(session: Session, customer_id: int) -> dict[str, Numbers]:
    """Every order, from the rows."""
    departments = _departments(session, customer_id)
    orders = {}
    for language in LANGUAGES:
        by_name = _numbers(session, _living(customer_id).order_by(*_name_columns(session, language)))
        orders[order_key(UserSort.NAME, language)] = by_name
        orders[order_key(UserSort.DEPARTMENT, language)] = _by_department(by_name, departments, language)
    return orders


def _stored_versions(session: Session, mirror: Mirror) -> tuple[bool, bool]:
    """Whether every order is stored and as new as the mirror; whether every order is stored at all."""
    versions = session.scalars(
        select(NameOrder.order_version).where(NameOrder.customer_id == mirror.customer_id)
    ).all()
    known = len(versions) == len(stored_keys())
    return known and set(versions) == {mirror.order_version}, known


def _stored(session: Session, customer_id: int) -> dict[str, Numbers]:
    rows = session.execute(
        select(NameOrder.key, NameOrder.numbers).where(NameOrder.customer_id == customer_id)
    )
    return {key: load_order(numbers) for key, numbers in rows}


def _living(customer_id: int) -> Select[int]:
    return select(DirectoryUser.number).where(
        DirectoryUser.customer_id == customer_id, DirectoryUser.deleted_at.is_(None)
    )


def _name_columns(session: Session, language: str) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    column: ColumnElement[Any] = _SORT_COLUMNS[language].expression
    if session.get_bind().dialect.name == "postgresql":
        column = collate(column, "C")  # by code point, as the keys are made for
    return column, DirectoryUser.number.expression


def _numbers(session: Session, query: Select[int]) -> Numbers:
    return np.fromiter((row[0] for row in session.execute(query)), dtype=np.uint32)


def _departments(session: Session, customer_id: int) -> dict[str | None, list[int]]:
    rows = session.execute(
        select(DirectoryUser.number, DirectoryUser.department).where(
            DirectoryUser.customer_id == customer_id, DirectoryUser.deleted_at.is_(None)
        )
    )
    members: dict[str | None, list[int]] = {}
    for number, department in rows:
        members.setdefault(department, []).append(number)
    return members


def _by_department(by_name: Numbers, departments: dict[str | None, list[int]], language: str) -> Numbers:
    ranks = np.zeros(int(by_name.max()) + 1 if len(by_name) else 1, dtype=np.uint32)
    places = {
        key: place for place, key in enumerate(sorted({_department_key(d, language) for d in departments}))
    }
    for department, numbers in departments.items():
        ranks[numbers] = places[_department_key(department, language)]
    return by_name[np.argsort(ranks[by_name], kind="stable")]


def _department_key(department: str | None, language: str) -> str:
    return sort_key(department, language) if department else _LAST


def _move(session: Session, customer_id: int, living: BitMap, moved: BitMap) -> dict[str, Numbers]:
    keys = _KeyReader(session, customer_id)
    keys.read(moved)
    orders = {}
    for name, order in _stored(session, customer_id).items():
        mask = to_mask(living - moved, int(order.max()) + 1 if len(order) else 1)
        kept = order[mask[order]]
        newcomers = sorted(moved, key=partial(keys.of, name))
        places = _places(kept, newcomers, name, keys)
        orders[name] = np.insert(kept, places, np.array(newcomers, dtype=np.uint32))
    return orders


def _places(kept: Numbers, newcomers: Sequence[int], name: str, keys: _KeyReader) -> list[int]:
    """Where each newcomer goes: all looked for at once, so that each step of the search is one query."""
    low, high = [0] * len(newcomers), [len(kept)] * len(newcomers)
    while any(a < b for a, b in zip(low, high, strict=True)):
        middles = [(a + b) // 2 for a, b in zip(low, high, strict=True)]
        keys.read(int(kept[middle]) for middle, b in zip(middles, high, strict=True) if middle < b)
        for index, middle in enumerate(middles):
            if low[index] >= high[index]:
                continue
            if keys.of(name, int(kept[middle])) < keys.of(name, newcomers[index]):
                low[index] = middle + 1
            else:
                high[index] = middle
    return low


class _KeyReader:
    """Sort keys of users, read as they are needed."""

    def __init__(self, session: Session, customer_id: int) -> None:
        self._session = session
        self._customer_id = customer_id
        self._rows: dict[int, Keys] = {}

    def of(self, name: str, number: int) -> SortKey:
        """What the user is sorted by in the order `name`."""
        return self._rows[number][name]

    def read(self, numbers: Iterable[int]) -> None:
        """Make sure that `of` knows these."""
        missing = [number for number in set(numbers) if number not in self._rows]
        for start in range(0, len(missing), _AT_ONCE):
            rows = self._session.execute(
                select(DirectoryUser.number, DirectoryUser.department, *_SORT_COLUMNS.values()).where(
                    DirectoryUser.customer_id == self._customer_id,
                    DirectoryUser.number.in_(missing[start : start + _AT_ONCE]),
                )
            )
            for number, department, *by_language in rows:
                self._rows[number] = _keys(number, department, by_language)


def _keys(number: int, department: str | None, by_language: Sequence[str]) -> Keys:
    keys: Keys = {}
    for language, name in zip(_SORT_COLUMNS, by_language, strict=True):
        keys[order_key(UserSort.NAME, language)] = (name, number)
        keys[order_key(UserSort.DEPARTMENT, language)] = (_department_key(department, language), name, number)
    return keys
