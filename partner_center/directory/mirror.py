"""The only writer of a customer's users, licences held, sets and orders.

Every function here takes the mirror's lock first (SQLite: the write lock of the database), so that rows,
sets, orders and the search stay in step; nothing is visible to others before the caller commits.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from partner_center.cloud.port import RemoteUser
from partner_center.directory import user_rows
from partner_center.directory.batch import Batch, PlaceKeys
from partner_center.directory.entitlements import store_groups, store_skus, store_subscriptions
from partner_center.directory.facets import ALL, UNSORTED, facets
from partner_center.directory.groups import store_group, store_members
from partner_center.directory.holdings import licenses_of
from partner_center.directory.intake import Known, tell
from partner_center.directory.locking import lock_mirror
from partner_center.directory.models import DirectoryUser, Mirror
from partner_center.directory.moves import Moves
from partner_center.directory.search import add_texts, take_texts
from partner_center.directory.settling import settle
from partner_center.shared.errors import Conflict

__all__ = [
    "apply_answers",
    "begin_full",
    "finish_changes",
    "finish_full",
    "remove_users",
    "store_group",
    "store_groups",
    "store_members",
    "store_skus",
    "store_subscriptions",
    "store_users",
    "welcome_users",
]


def begin_full(session: Session, customer_id: int) -> int:
    """Begin to tell all users anew; the generation that belongs to the pages that follow."""
    mirror = lock_mirror(session, customer_id)
    mirror.generation += 1
    session.flush()
    return mirror.generation


def store_users(
    session: Session, customer_id: int, users: Sequence[RemoteUser], generation: int, at: datetime
) -> None:
    """Store users as Microsoft tells them, known or new.

    Raises Conflict when `generation` is no longer the mirror's: another full sync has begun since.
    """
    mirror = lock_mirror(session, customer_id)
    _refuse_overtaken(mirror, generation)
    _store(session, mirror, users, at, newcomers=True)


def apply_answers(session: Session, customer_id: int, users: Sequence[RemoteUser], at: datetime) -> None:
    """Store what Microsoft answered to a change; users that were never synced are passed over."""
    mirror = lock_mirror(session, customer_id)
    order_version = mirror.order_version
    _store(session, mirror, users, at, newcomers=False)
    if mirror.order_version != order_version:
        settle(session, mirror)


def welcome_users(session: Session, customer_id: int, users: Sequence[RemoteUser], at: datetime) -> None:
    """Store users who were just made or restored; they are seen at once, without a sync."""
    mirror = lock_mirror(session, customer_id)
    _store(session, mirror, users, at, newcomers=True)
    settle(session, mirror)


def remove_users(session: Session, customer_id: int, graph_ids: Sequence[str], at: datetime) -> int:
    """Mark users as deleted; how many of them were living here. Their numbers stay theirs."""
    mirror = lock_mirror(session, customer_id)
    known = user_rows.known_users(session, customer_id, list(dict.fromkeys(graph_ids)))
    return _remove(session, mirror, [user for user in known.values() if user.living], at)


def finish_full(session: Session, customer_id: int, generation: int, at: datetime) -> int:
    """End a full sync: users that no page told of are deleted here too; how many. Orders are settled.

    Raises Conflict when `generation` is no longer the mirror's.
    """
    mirror = lock_mirror(session, customer_id)
    _refuse_overtaken(mirror, generation)
    unseen = session.scalars(
        select(DirectoryUser.number).where(
            DirectoryUser.customer_id == customer_id,
            DirectoryUser.deleted_at.is_(None),
            DirectoryUser.generation != generation,
        )
    ).all()
    gone = _remove(session, mirror, user_rows.known_numbers(session, customer_id, unseen), at)
    _finish(session, mirror, at)
    return gone


def finish_changes(session: Session, customer_id: int, at: datetime) -> None:
    """End a delta sync: everything told has been stored. Orders are settled."""
    _finish(session, lock_mirror(session, customer_id), at)


def _store(
    session: Session, mirror: Mirror, users: Sequence[RemoteUser], at: datetime, *, newcomers: bool
) -> None:
    latest = {user.graph_id: user for user in users}
    known = user_rows.known_users(session, mirror.customer_id, list(latest))
    if not newcomers:
        latest = {graph_id: user for graph_id, user in latest.items() if graph_id in known}
    told, licenses = tell(session, mirror.customer_id, latest.values(), known)
    before = {old.told.holding_id for old in known.values()} - licenses.keys()
    batch = Batch(
        PlaceKeys({**licenses_of(session, mirror.customer_id, before), **licenses}), mirror.generation, at
    )
    for user in told:
        old = known.get(user.graph_id)
        if old is not None:
            batch.compare(old, user)
        else:
            batch.welcome(mirror.next_number, user)
            mirror.next_number += 1
    _write(session, mirror, batch)
    _bump(
        session, mirror, batch.moves, texts=bool(batch.texts_in), rows=bool(batch.changed or batch.rehoused)
    )


def _write(session: Session, mirror: Mirror, batch: Batch) -> None:
    customer_id = mirror.customer_id
    take_texts(session, customer_id, batch.texts_out)
    add_texts(session, customer_id, batch.texts_in)
    user_rows.insert_users(session, customer_id, batch.inserts)
    user_rows.update_users(session, customer_id, batch.renamed, texts=True)
    user_rows.update_users(session, customer_id, batch.changed, texts=False)
    if batch.rehoused:
        user_rows.move_users(session, customer_id, batch.rehoused, generation=batch.generation, at=batch.at)
    user_rows.touch_users(session, customer_id, batch.seen, {"generation": batch.generation})
    batch.moves.put(UNSORTED, (number for number, _ in batch.texts_in))


def _remove(session: Session, mirror: Mirror, users: Sequence[Known], at: datetime) -> int:
    keys = PlaceKeys(licenses_of(session, mirror.customer_id, {user.told.holding_id for user in users}))
    moves = Moves()
    numbers = [user.number for user in users]
    for user in users:
        moves.move(user.number, before=keys.of(user.told.place))
    moves.take(UNSORTED, numbers)
    take_texts(session, mirror.customer_id, [(user.number, user.search_text) for user in users])
    user_rows.touch_users(session, mirror.customer_id, numbers, {"deleted_at": at, "changed_at": at})
    _bump(session, mirror, moves, texts=bool(users), rows=bool(users))
    return len(users)


def _bump(session: Session, mirror: Mirror, moves: Moves, *, texts: bool, rows: bool) -> None:
    """Write the moves and move the versions on, where anything has changed."""
    if texts or rows:
        view = facets(session, mirror.customer_id)
        mirror.version += 1
        moves.write(session, view, mirror.version)
    session.flush()
    if texts:
        mirror.order_version += 1
        mirror.user_count = len(facets(session, mirror.customer_id).get(ALL))
        session.flush()


def _finish(session: Session, mirror: Mirror, at: datetime) -> None:
    settle(session, mirror)
    mirror.synced_at = at
    session.flush()


def _refuse_overtaken(mirror: Mirror, generation: int) -> None:
    if mirror.generation != generation:
        raise Conflict("Another sync of this customer has begun. This one stops here.")
