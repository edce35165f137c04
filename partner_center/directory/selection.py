"""Whom a member of staff has ticked in one customer: a set on the server for each desk, one for all tabs.

Ticks are changes to the set, made under a lock, so that two tabs never lose each other's. Users that have
been deleted since are told of once and dropped by the next change.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pyroaring import BitMap
from sqlalchemy import Row, bindparam, select
from sqlalchemy.orm import Session

from partner_center.directory.desks import MAIN
from partner_center.directory.holders import living
from partner_center.directory.models import Selection
from partner_center.directory.picks import read_picks, record_pick
from partner_center.directory.rowsets import insert_missing, table_of
from partner_center.shared import clock
from partner_center.shared.bitmaps import dump, load
from partner_center.staff.actor import Actor
from partner_center.staff.permissions import Permission

BY_HAND = "hand"
RESTORED = "restored"
_ROWS = table_of(Selection).c
_STORED = select(_ROWS.customer_id, _ROWS.members, _ROWS.before, _ROWS.sources, _ROWS.version).where(
    _ROWS.staff_id == bindparam("staff_id"),
    _ROWS.customer_id == bindparam("customer_id"),
    _ROWS.desk == bindparam("desk"),
)
"""Read at every page of users: columns, not an object."""


@dataclass(frozen=True, slots=True)
class SelectionSource:
    """Where `count` of the users came from: `what` is BY_HAND, RESTORED or the caller's own words."""

    what: str
    count: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Chosen:
    """The living users of a selection. The counts of `sources` add up to them.

    `vanished` users were selected and have been deleted since. `undo` users would come back by `undo`.
    """

    members: BitMap
    sources: tuple[SelectionSource, ...]
    version: int
    vanished: int
    undo: int


def get_selection(session: Session, actor: Actor, customer_id: int, *, desk: str = MAIN) -> Chosen:
    """The selection as it stands. Stores nothing. Raises Forbidden for who may not select."""
    _ask(actor)
    which = {"staff_id": actor.id, "customer_id": customer_id, "desk": desk}
    row = session.execute(_STORED, which).one_or_none()
    return _chosen(session, row) if row else Chosen(BitMap(), (), 0, 0, 0)


def change(
    session: Session,
    actor: Actor,
    customer_id: int,
    *,
    add: BitMap = BitMap(),  # noqa: B008 - never changed
    remove: BitMap = BitMap(),  # noqa: B008
    source: str | None = None,
    desk: str = MAIN,
) -> Chosen:
    """Tick `add` and untick `remove`; `source` says where the ticked came from, None means by hand.

    Numbers that are no living users of this customer are passed over. Raises Forbidden.
    """
    row = _lock(session, actor, customer_id, desk)
    before = load(row.members)
    _keep(session, row, (before | add) - remove, source)
    row.before = None
    return _flushed(session, row)


def replace(
    session: Session,
    actor: Actor,
    customer_id: int,
    members: BitMap,
    *,
    source: str | None = None,
    desk: str = MAIN,
) -> Chosen:
    """Select exactly these; `undo` brings the old ones back. Raises Forbidden."""
    row = _lock(session, actor, customer_id, desk)
    old = row.members
    _empty(row)
    _keep(session, row, members, source)
    row.before = old
    return _flushed(session, row)


def clear(session: Session, actor: Actor, customer_id: int, *, desk: str = MAIN) -> Chosen:
    """Select nobody; `undo` brings the old ones back until the next change. Raises Forbidden."""
    row = _lock(session, actor, customer_id, desk)
    if load(row.members):
        row.before = row.members
        _empty(row)
    return _flushed(session, row)


def undo(session: Session, actor: Actor, customer_id: int, *, desk: str = MAIN) -> Chosen:
    """Take back a clearing or replacing; without one nothing happens. Raises Forbidden."""
    row = _lock(session, actor, customer_id, desk)
    if row.before is not None:
        _empty(row)
        _keep(session, row, load(row.before), RESTORED)
        row.before = None
    return _flushed(session, row)


def picked_order(session: Session, actor: Actor, customer_id: int, *, desk: str = MAIN) -> list[BitMap]:
    """Sets of users in the order in which the actor ticked them; those of one set were ticked at once."""
    _ask(actor)
    row = session.get(Selection, (actor.id, customer_id, desk))
    return read_picks(row.picks or ()) if row else []


def _ask(actor: Actor) -> None:
    actor.demand(Permission.SELECT_USERS)


def _lock(session: Session, actor: Actor, customer_id: int, desk: str) -> Selection:
    """The row, locked: it is written to before it is read, which takes SQLite's lock too."""
    _ask(actor)
    key = {"staff_id": actor.id, "customer_id": customer_id, "desk": desk}
    empty = {"members": dump(BitMap()), "sources": [], "version": 0, "updated_at": clock.now()}
    insert_missing(session, Selection, key | empty)
    which = actor.id, customer_id, desk
    return session.get_one(Selection, which, with_for_update=True, populate_existing=True)


def _empty(row: Selection) -> None:
    row.members, row.sources, row.picks = dump(BitMap()), [], []


def _keep(session: Session, row: Selection, wanted: BitMap, source: str | None) -> None:
    """Make `wanted` the members, as far as they live, and keep the sources' sum equal to their number."""
    before = load(row.members)
    members = wanted & living(session, row.customer_id)
    row.members = dump(members)
    row.picks = record_pick(row.picks or (), members - before, before - members)
    sources = _less(row.sources, before.difference_cardinality(members))
    row.sources = _more(sources, source or BY_HAND, members.difference_cardinality(before))


def _flushed(session: Session, row: Selection) -> Chosen:
    row.version += 1
    row.updated_at = clock.now()
    session.flush()
    return _chosen(session, row)


def _chosen(session: Session, row: Selection | Row[*tuple[Any, ...]]) -> Chosen:
    stored, alive = load(row.members), living(session, row.customer_id)
    members = stored & alive
    vanished = len(stored) - len(members)
    sources = tuple(
        SelectionSource(entry["what"], entry["count"], datetime.fromisoformat(entry["at"]))
        for entry in _less(row.sources, vanished)
    )
    undo_count = len(load(row.before) & alive) if row.before is not None else 0
    return Chosen(members, sources, row.version, vanished, undo_count)


def _more(sources: list[Any], what: str, count: int) -> list[Any]:
    """`count` more from `what`; ticks by hand add to the entry there is."""
    if not count:
        return sources
    entry = {"what": what, "count": count, "at": clock.now().isoformat()}
    same = [one for one in sources if one["what"] == what]
    others = [one for one in sources if one["what"] != what]
    return [*others, entry | {"count": count + sum(one["count"] for one in same)}]


def _less(sources: list[Any], count: int) -> list[Any]:
    """`count` fewer: those ticked by hand go first, then the latest others."""
    by_hand = [one for one in sources if one["what"] == BY_HAND]
    others = [one for one in reversed(sources) if one["what"] != BY_HAND]
    taken: dict[str, int] = {}
    for one in by_hand + others:
        taken[one["what"]] = min(one["count"], count)
        count -= taken[one["what"]]
    fewer = [one | {"count": one["count"] - taken[one["what"]]} for one in sources]
    return [one for one in fewer if one["count"]]
