"""Who of some users holds what: counts for each product and plan, and groups of like users."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import NamedTuple

from pyroaring import BitMap
from sqlalchemy import select
from sqlalchemy.orm import Session

from partner_center.directory.facets import ALL, HOLDERS, SKUS, FacetSet, facets, off_prefix, sku_key
from partner_center.directory.holdings import licenses_of
from partner_center.directory.intake import is_guest
from partner_center.directory.models import DirectoryUser
from partner_center.directory.shelf import shelf_of
from partner_center.directory.values import HolderGroup, Source, Tally

READ_SINGLY = 1_000
"""Up to so many users are looked up row by row; above, their groups' stored sets are quicker."""


def living(session: Session, customer_id: int) -> BitMap:
    """All users the customer has."""
    return facets(session, customer_id).get(ALL).copy()


def holders(session: Session, customer_id: int, sku_id: str, source: Source = Source.ANY) -> BitMap:
    """The users who hold a SKU, by that way."""
    return facets(session, customer_id).held_by(sku_id, source).copy()


def tally(session: Session, customer_id: int, members: BitMap) -> dict[str, Tally]:
    """For each SKU that any of the members holds: how many of them, and by which way."""
    found = {}
    for ways in _ways(session, facets(session, customer_id)):
        direct = members.intersection_cardinality(ways.direct)
        by_group = members.intersection_cardinality(ways.by_group)
        both = members.intersection_cardinality(ways.both) if direct and by_group else 0
        if direct or by_group:
            found[ways.sku_id] = Tally(direct + by_group - both, direct, by_group)
    return found


def plan_tally(session: Session, customer_id: int, sku_id: str, members: BitMap) -> dict[str, int]:
    """For each plan of the SKU that is off at any of the members: at how many of them."""
    prefix = off_prefix(sku_id)
    sets = facets(session, customer_id).under(prefix)
    counts = {key[len(prefix) :]: members.intersection_cardinality(off) for key, off in sets.items()}
    return {plan_id: count for plan_id, count in counts.items() if count}


def groups_of(session: Session, customer_id: int, members: BitMap) -> list[HolderGroup]:
    """The living members in groups of like users, by holding, location and kind."""
    view = facets(session, customer_id)
    if len(members) <= READ_SINGLY:
        return _read_groups(session, customer_id, members & view.get(ALL))
    found = []
    for group in _all_groups(session, view):
        some = members & group.members
        if some:
            found.append(HolderGroup(group.holding_id, group.licenses, group.location, group.guest, some))
    return found


_GroupKey = tuple[int, str | None, bool]
_NOBODY = BitMap()
_ENTRY_COST = 200  # bytes, about, of an object and its place in a list


class _Ways(NamedTuple):
    """The holders of one SKU."""

    sku_id: str
    direct: BitMap
    by_group: BitMap
    both: BitMap


def _ways(session: Session, view: FacetSet) -> list[_Ways]:
    shelf, key = shelf_of(session), ("ways", view.customer_id, view.version)
    ways: list[_Ways] | None = shelf.find(key)
    if ways is None:
        sets = view.under(SKUS)
        ways = []
        for sku_id in sorted({key.split(":")[1] for key in sets}):
            direct = sets.get(sku_key(sku_id, Source.DIRECT), _NOBODY)
            by_group = sets.get(sku_key(sku_id, Source.GROUP), _NOBODY)
            ways.append(_Ways(sku_id, direct, by_group, direct & by_group))
        shelf.put(key, ways, sum(_ENTRY_COST + 2 * len(one.both) for one in ways))
    return ways


def _all_groups(session: Session, view: FacetSet) -> list[HolderGroup]:
    """Everybody's groups, put in order once a version."""
    shelf, key = shelf_of(session), ("groups", view.customer_id, view.version)
    groups: list[HolderGroup] | None = shelf.find(key)
    if groups is None:
        sets: dict[_GroupKey, BitMap] = {}
        for name, members in view.under(HOLDERS).items():
            _, holding_id, location, kind = name.split(":")
            sets[int(holding_id), None if location == "-" else location, kind == "guest"] = members
        groups = _in_order(session, view.customer_id, sets)
        shelf.put(key, groups, _ENTRY_COST * len(groups))
    return groups


def _read_groups(session: Session, customer_id: int, members: BitMap) -> list[HolderGroup]:
    rows = session.execute(
        select(
            DirectoryUser.number,
            DirectoryUser.holding_id,
            DirectoryUser.usage_location,
            DirectoryUser.user_type,
        ).where(
            DirectoryUser.customer_id == customer_id,
            DirectoryUser.deleted_at.is_(None),
            DirectoryUser.number.in_(list(members)),
        )
    )
    sets: defaultdict[_GroupKey, BitMap] = defaultdict(BitMap)
    for number, holding_id, location, user_type in rows:
        sets[holding_id, location, is_guest(user_type)].add(number)
    return _in_order(session, customer_id, sets)


def _in_order(session: Session, customer_id: int, sets: Mapping[_GroupKey, BitMap]) -> list[HolderGroup]:
    licenses = licenses_of(session, customer_id, {holding_id for holding_id, _, _ in sets})
    return [
        HolderGroup(holding_id, licenses[holding_id], location, guest, sets[holding_id, location, guest])
        for holding_id, location, guest in sorted(sets, key=lambda key: (key[0], key[1] or "", key[2]))
    ]
