"""Making everything derived anew from the rows: sets, orders, search."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from pyroaring import BitMap
from sqlalchemy import select
from sqlalchemy.orm import Session

from partner_center.directory.batch import PlaceKeys
from partner_center.directory.facets import ALL, UNSORTED, Place
from partner_center.directory.holdings import licenses_of
from partner_center.directory.intake import is_guest
from partner_center.directory.locking import lock_mirror
from partner_center.directory.models import DirectoryUser, Facet
from partner_center.directory.moves import write_sets
from partner_center.directory.settling import sort_all, write_orders


def rebuild(session: Session, customer_id: int) -> None:
    """Replace all sets and orders of a customer by what the rows say. The search is left as it is."""
    mirror = lock_mirror(session, customer_id)
    mirror.version += 1
    mirror.order_version += 1
    sets = sets_from_rows(session, customer_id)
    known = session.scalars(select(Facet.key).where(Facet.customer_id == customer_id)).all()
    emptied = {key: BitMap() for key in (*known, UNSORTED, ALL)}
    write_sets(session, customer_id, emptied | sets, mirror.version)
    write_orders(session, mirror, sort_all(session, customer_id))
    mirror.user_count = len(sets.get(ALL, ()))
    session.flush()


def sets_from_rows(session: Session, customer_id: int) -> dict[str, BitMap]:
    """Every set that is not empty, worked out from the rows alone."""
    rows = session.execute(
        select(
            DirectoryUser.number,
            DirectoryUser.holding_id,
            DirectoryUser.usage_location,
            DirectoryUser.user_type,
            DirectoryUser.account_enabled,
        ).where(DirectoryUser.customer_id == customer_id, DirectoryUser.deleted_at.is_(None))
    )
    members: defaultdict[tuple[int, str | None, str, bool], list[int]] = defaultdict(list)
    for number, *rest in rows:
        members[tuple(rest)].append(number)  # type: ignore[index]
    keys = PlaceKeys(licenses_of(session, customer_id, {holding_id for holding_id, *_ in members}))
    pieces: defaultdict[str, list[BitMap]] = defaultdict(list)
    for (holding_id, location, user_type, enabled), numbers in members.items():
        some = BitMap(np.array(numbers, dtype=np.uint32).data)
        for key in keys.of(Place(holding_id, location, is_guest(user_type), not enabled)):
            pieces[key].append(some)
    return {key: BitMap.union(*sets) for key, sets in pieces.items()}
