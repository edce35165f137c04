"""Named sets of user numbers, read through the process's memory.

Keys: `all` (living users), `sku:<sku>:direct`, `sku:<sku>:group`, `off:<sku>:<plan>` (holders with that
plan switched off), `location:<CC>`, `location:none`, `guest`, `blocked`, `licensed`, and
`holders:<holding>:<CC or ->:<member or guest>`, the groups of users who are alike to the engine.
`unsorted` is a note of the writers: users whose place in the stored orders is not yet right.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from pyroaring import BitMap
from sqlalchemy import ColumnElement, bindparam, select
from sqlalchemy.orm import Session

from partner_center.directory.models import Facet, Mirror
from partner_center.directory.rowsets import table_of
from partner_center.directory.shelf import Shelf, shelf_of
from partner_center.directory.values import HeldLicense, Source
from partner_center.shared.bitmaps import load

ALL = "all"
GUEST = "guest"
BLOCKED = "blocked"
LICENSED = "licensed"
NO_LOCATION = "location:none"
UNSORTED = "unsorted"
SKUS = "sku:"
LOCATIONS = "location:"
HOLDERS = "holders:"

_ENTRY_COST = 200  # bytes of a dictionary entry and a small bitmap's own bookkeeping
_KEYS_AT_ONCE = 500


class Place(NamedTuple):
    """All that decides in which sets a user stands."""

    holding_id: int
    location: str | None
    guest: bool
    blocked: bool


def sku_key(sku_id: str, source: Source) -> str:
    """Users who hold the SKU by that way; `source` is DIRECT or GROUP."""
    return f"{SKUS}{sku_id}:{source.value}"


def off_prefix(sku_id: str) -> str:
    """What the keys of the SKU's switched-off plans begin with; the plan id follows."""
    return f"off:{sku_id}:"


def location_key(location: str | None) -> str:
    """Users with that usage location, or without any."""
    return f"{LOCATIONS}{location}" if location else NO_LOCATION


def holders_key(place: Place) -> str:
    """Users who are alike to the licensing engine."""
    return f"{HOLDERS}{place.holding_id}:{place.location or '-'}:{'guest' if place.guest else 'member'}"


def keys_of_place(place: Place) -> frozenset[str]:
    """The sets in which a living user at `place` stands, but for those of its licences."""
    keys = {ALL, location_key(place.location), holders_key(place)}
    if place.guest:
        keys.add(GUEST)
    if place.blocked:
        keys.add(BLOCKED)
    return frozenset(keys)


def keys_of_licenses(licenses: Iterable[HeldLicense]) -> frozenset[str]:
    """The sets in which a living user with these licences stands. What is not held counts for nothing."""
    keys = set()
    for held in licenses:
        if held.held:
            keys.add(LICENSED)
            keys.update(off_prefix(held.sku_id) + plan for plan in held.off)
        if held.direct:
            keys.add(sku_key(held.sku_id, Source.DIRECT))
        if held.groups:
            keys.add(sku_key(held.sku_id, Source.GROUP))
    return frozenset(keys)


@dataclass(slots=True)
class _Copies:
    """Sets read so far, all as of one version.

    Of the prefixes in `whole` every set is here; those that are not empty once more by themselves, or
    None where that has still to be gathered.
    """

    version: int
    sets: dict[str, BitMap] = field(default_factory=dict)
    whole: dict[str, dict[str, BitMap] | None] = field(default_factory=dict)
    cost: int = 0


class FacetSet:
    """The sets of one customer as of one version. They are shared: read them, never change one."""

    def __init__(self, session: Session, customer_id: int, version: int, order_version: int) -> None:
        self.customer_id = customer_id
        self.version = version
        self.order_version = order_version
        self._session = session
        self._shelf = shelf_of(session)
        self._copies = _copies_at(session, self._shelf, customer_id, version)

    def get(self, key: str) -> BitMap:
        """The set called `key`; empty when there is none."""
        return self.many((key,))[key]

    def many(self, keys: Collection[str]) -> Mapping[str, BitMap]:
        """Several sets, read together."""
        sets = self._copies.sets
        missing = [key for key in keys if key not in sets and not self._is_known_empty(key)]
        for start in range(0, len(missing), _KEYS_AT_ONCE):
            some = missing[start : start + _KEYS_AT_ONCE]
            found = self._read(Facet.key.in_(some))
            self._remember({key: found.get(key, BitMap()) for key in some})
        return {key: sets.get(key, _EMPTY) for key in keys}

    def under(self, prefix: str) -> Mapping[str, BitMap]:
        """Every set that is not empty and whose key begins with `prefix`."""
        whole = self._copies.whole
        if prefix not in whole:
            self._remember(self._read(Facet.key.startswith(prefix, autoescape=True), Facet.size > 0))
        found = whole.get(prefix)
        if found is None:
            sets = list(self._copies.sets.items())
            found = {key: members for key, members in sets if members and key.startswith(prefix)}
            whole[prefix] = found
        return found

    def held_by(self, sku_id: str, source: Source = Source.ANY) -> BitMap:
        """The holders of a SKU."""
        if source is not Source.ANY:
            return self.get(sku_key(sku_id, source))
        direct, group = sku_key(sku_id, Source.DIRECT), sku_key(sku_id, Source.GROUP)
        both = self.many((direct, group))
        return both[direct] | both[group]

    def _is_known_empty(self, key: str) -> bool:
        return key.startswith(tuple(self._copies.whole))

    def _read(self, *which: ColumnElement[bool]) -> dict[str, BitMap]:
        rows = self._session.execute(
            select(Facet.key, Facet.members).where(Facet.customer_id == self.customer_id, *which)
        )
        return {key: load(members) for key, members in rows}

    def _remember(self, found: Mapping[str, BitMap]) -> None:
        copies = self._copies
        copies.sets.update(found)
        copies.cost += sum(_cost(members) for members in found.values())
        newest = self._shelf.find(_shelf_key(self.customer_id))
        if newest is None or newest is copies or newest.version < copies.version:
            self._shelf.put(_shelf_key(self.customer_id), copies, copies.cost)


_EMPTY = BitMap()
_MIRRORS = table_of(Mirror).c
_VERSIONS = select(_MIRRORS.version, _MIRRORS.order_version).where(
    _MIRRORS.customer_id == bindparam("customer_id")
)


def facets(session: Session, customer_id: int) -> FacetSet:
    """The sets of a customer as this transaction sees them; all empty before the first sync."""
    row = session.execute(_VERSIONS, {"customer_id": customer_id}).one_or_none()
    version, order_version = (row[0], row[1]) if row else (0, 0)
    return FacetSet(session, customer_id, version, order_version)


def _copies_at(session: Session, shelf: Shelf, customer_id: int, version: int) -> _Copies:
    known: _Copies | None = shelf.find(_shelf_key(customer_id))
    if known is None or known.version > version:
        return _Copies(version)
    if known.version == version:
        return known
    moved = session.execute(
        select(Facet.key, Facet.members).where(
            Facet.customer_id == customer_id, Facet.version > known.version
        )
    )
    sets = dict(known.sets) | {key: load(members) for key, members in moved}
    copies = _Copies(
        version, sets, dict.fromkeys(known.whole), sum(_cost(members) for members in sets.values())
    )
    shelf.put(_shelf_key(customer_id), copies, copies.cost)
    return copies


def _shelf_key(customer_id: int) -> tuple[str, int]:
    return ("facets", customer_id)


def _cost(members: BitMap) -> int:
    return _ENTRY_COST + min(2 * len(members), members.max() // 8 if members else 0)
