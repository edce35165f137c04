"""The runner's rows: read in the order asked, written many at once."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Text, Update, bindparam, cast, select, update
from sqlalchemy.orm import Session

from partner_center.changes.items import Entry, Item
from partner_center.changes.models import ChangeEntry, ChangeItem
from partner_center.changes.states import ItemState, Outcome, Step
from partner_center.directory.rowsets import table_of
from partner_center.jobs.queue import is_due
from partner_center.licensing.deeds import Deed
from partner_center.shared import clock
from partner_center.shared.orm import Base

AT_ONCE = 500
"""Rows read or written by one statement."""

_ITEM_COLUMNS = (
    ChangeItem.position,
    ChangeItem.user_number,
    ChangeItem.graph_id,
    ChangeItem.state,
    ChangeItem.step,
    ChangeItem.attempts,
    ChangeItem.not_before,
    ChangeItem.sent_at,
    ChangeItem.after,
)


def load_items(session: Session, change_id: int, positions: Sequence[int]) -> list[Item]:
    """The items at `positions`, in that order, each with its entries: the location first, then by product."""
    entries: dict[int, list[Entry]] = defaultdict(list)
    now = clock.now()
    asked = (ChangeEntry.change_id == change_id, ChangeEntry.position.in_(positions))
    columns = ChangeEntry.position, cast(ChangeEntry.value, Text), ChangeEntry.outcome, ChangeEntry.reason
    for position, value, outcome, reason in session.execute(
        select(*columns).where(*asked).order_by(ChangeEntry.position, ChangeEntry.sku_id)
    ):
        deed = _deed_in(value)
        entry = Entry(deed, Outcome(outcome), reason, is_stored=True) if outcome else Entry(deed)
        entries[position].append(entry)
    wanted = (ChangeItem.change_id == change_id, ChangeItem.position.in_(positions))
    found = {
        row.position: Item(
            position=row.position,
            user_number=row.user_number,
            graph_id=row.graph_id,
            state=ItemState(row.state),
            step=Step(row.step),
            entries=entries[row.position],
            attempts=row.attempts,
            not_before=None if row.not_before is None or is_due(row.not_before, now) else row.not_before,
            sent_at=row.sent_at,
            after=row.after,
        )
        for row in session.execute(select(*_ITEM_COLUMNS).where(*wanted))
    }
    return [found[position] for position in positions]


@lru_cache(4096)
def _deed_in(value: str) -> Deed:
    """The deed in an entry's JSON; thousands of users share the same few."""
    return Deed.from_json(json.loads(value)["deed"])


def mark_sent(session: Session, change_id: int, items: Sequence[Item], fence: int, at: datetime) -> None:
    """The intent, committed before the call: after a crash these are looked up before they are sent again."""
    if not items:
        return
    for item in items:
        item.sent_at = at
    session.execute(
        update(ChangeItem)
        .where(ChangeItem.change_id == change_id, ChangeItem.position.in_([i.position for i in items]))
        .values(state=ItemState.SENT, sent_at=at, fence=fence, not_before=None)
        .execution_options(synchronize_session=False)
    )


def store_items(session: Session, change_id: int, items: Sequence[Item], fence: int) -> None:
    """What became of these items and their entries."""
    if not items:
        return
    session.execute(_STORE_ITEM, [_item_values(change_id, item, fence) for item in items])
    closed = [
        (item, entry) for item in items for entry in item.entries if not entry.is_open and not entry.is_stored
    ]
    if closed:
        session.execute(_STORE_ENTRY, [_entry_values(change_id, item, entry) for item, entry in closed])
    for _, entry in closed:
        entry.is_stored = True


def leave_open(session: Session, change_id: int) -> None:
    """Whoever is not settled may have been sent: nobody knows."""
    session.execute(
        update(ChangeItem)
        .where(ChangeItem.change_id == change_id, ChangeItem.state == ItemState.WAITING)
        .values(state=ItemState.SENT)
        .execution_options(synchronize_session=False)
    )


def positions_in(session: Session, change_id: int, state: ItemState) -> list[int]:
    """Where the change has items in `state`, in order."""
    wanted = select(ChangeItem.position).where(ChangeItem.change_id == change_id, ChangeItem.state == state)
    return list(session.scalars(wanted.order_by(ChangeItem.position)))


def _update(model: type[Base], *columns: str) -> Update:
    """One row by its primary key, the key's parts as `key_<column>`: for many rows in one statement."""
    table = table_of(model)
    keys = [column == bindparam(f"key_{column.name}") for column in table.primary_key]
    return update(table).where(*keys).values({name: bindparam(name) for name in columns})


_STORE_ITEM = _update(
    ChangeItem,
    "state",
    "step",
    "outcome",
    "reason",
    "after",
    "attempts",
    "not_before",
    "settled_at",
    "fence",
)
_STORE_ENTRY = _update(ChangeEntry, "outcome", "reason", "message", "request_id")


def _item_values(change_id: int, item: Item, fence: int) -> dict[str, Any]:
    return {
        "key_change_id": change_id,
        "key_position": item.position,
        "state": item.state,
        "step": item.step,
        "outcome": item.outcome,
        "reason": item.reason,
        "after": item.after,
        "attempts": item.attempts,
        "not_before": item.not_before,
        "settled_at": item.settled_at,
        "fence": fence,
    }


def _entry_values(change_id: int, item: Item, entry: Entry) -> dict[str, Any]:
    return {
        "key_change_id": change_id,
        "key_position": item.position,
        "key_sku_id": entry.deed.sku_id,
        "outcome": entry.outcome,
        "reason": entry.reason,
        "message": entry.message,
        "request_id": entry.request_id,
    }
