"""From a pinned plan to rows: one item per user, one entry per thing asked, in the order of names."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from pyroaring import BitMap
from sqlalchemy import Insert, Row, insert, literal, select
from sqlalchemy.orm import Session

from partner_center.changes.models import Change, ChangeEntry, ChangeItem
from partner_center.changes.outcome import item_outcome
from partner_center.changes.pins import Pin, unpin
from partner_center.changes.states import ItemState, Outcome, Step
from partner_center.directory.listing import sorted_numbers
from partner_center.directory.models import DirectoryUser
from partner_center.directory.rowsets import table_of
from partner_center.licensing.decide import Judged
from partner_center.licensing.deeds import DeedKind
from partner_center.shared import bitmaps, clock

AT_ONCE = 2000


class Expansion:
    """The rows of one change that are still to be written; begun again it goes on where it stopped."""

    def __init__(self, session: Session, change: Change) -> None:
        self._change_id, self._customer_id = change.id, change.customer_id
        self._skip = bool(change.plan.get("skip_expected", True))
        self._items: list[tuple[BitMap, dict[str, Any]]] = []
        self._entries: dict[str, tuple[BitMap, dict[str, Any]]] = {}
        for pin in unpin(change.groups):
            self._take_in(pin)
        written = select(ChangeItem.user_number).where(ChangeItem.change_id == change.id)
        done = BitMap(session.scalars(written))
        self._next = len(done)
        left = bitmaps.load(change.members) - done
        language = str(change.plan.get("language", "en"))
        order = sorted_numbers(session, change.customer_id, left, language, limit=len(left))
        self._order = [*order, *(left - BitMap(order))]

    @property
    def is_complete(self) -> bool:
        """Whether every user has a row."""
        return not self._order

    def write_some(self, session: Session) -> int:
        """Write the next AT_ONCE users; how many rows there are now. What is so already is settled."""
        numbers, self._order = self._order[:AT_ONCE], self._order[AT_ONCE:]
        users = {row.user_number: row for row in _read_users(session, self._customer_id, numbers)}
        wanted = BitMap(numbers)
        items = {number: item for members, item in self._items for number in members & wanted}
        position_of = {number: position for position, number in enumerate(numbers, self._next)}
        rows = [
            {"position": position, **items[number], **users[number]._mapping}
            for number, position in position_of.items()
        ]
        session.execute(insert(table_of(ChangeItem)), rows)
        for members, entry in self._entries.values():
            if positions := [position_of[number] for number in members & wanted]:
                session.execute(_copied(entry, positions))
        self._next += len(numbers)
        return self._next

    def _take_in(self, pin: Pin) -> None:
        """The rows of all users of one pin are alike but for the user; many pins share an entry."""
        entries = [self._entry(judged) for judged in pin.judged]
        self._items.append((pin.members, self._item(pin, entries)))
        for entry in entries:
            members, _ = self._entries.setdefault(json.dumps(entry, sort_keys=True), (BitMap(), entry))
            members |= pin.members

    def _item(self, pin: Pin, entries: Sequence[dict[str, Any]]) -> dict[str, Any]:
        is_open = any(entry["outcome"] is None for entry in entries)
        locates = any(e["outcome"] is None and e["deed"] == DeedKind.LOCATION for e in entries)
        item: dict[str, Any] = {
            "change_id": self._change_id,
            "customer_id": self._customer_id,
            "state": ItemState.WAITING if is_open else ItemState.SETTLED,
            "step": Step.LOCATION if locates else Step.LICENSES,
            "outcome": None,
            "reason": None,
            "before": list(pin.before),
            "after": None,
            "settled_at": None,
        }
        if not is_open:
            outcome, reason = item_outcome((entry["outcome"], entry["reason"]) for entry in entries)
            item |= {"outcome": outcome, "reason": reason, "settled_at": clock.now()}
        return item

    def _entry(self, judged: Judged) -> dict[str, Any]:
        problem, outcome, reason = judged.problem, None, None
        if judged.deed.already:
            outcome = Outcome.ALREADY_SO
        elif problem and self._skip:
            outcome, reason = Outcome.NOT_ATTEMPTED, str(problem.reason)
        return {
            "change_id": self._change_id,
            "sku_id": judged.deed.sku_id,
            "deed": judged.deed.kind,
            "value": {"deed": judged.deed.to_json()} | ({"expected": problem.to_json()} if problem else {}),
            "outcome": outcome,
            "reason": reason,
        }


def _read_users(
    session: Session, customer_id: int, numbers: Sequence[int]
) -> Sequence[Row[int, str, str, str]]:
    """Users by number, deleted ones too: they were asked for, so they get their row."""
    columns = (
        DirectoryUser.number.label("user_number"),
        DirectoryUser.graph_id,
        DirectoryUser.display_name,
        DirectoryUser.user_principal_name,
    )
    wanted = (DirectoryUser.customer_id == customer_id, DirectoryUser.number.in_(numbers))
    return session.execute(select(*columns).where(*wanted)).all()


def _copied(entry: dict[str, Any], positions: Sequence[int]) -> Insert:
    """The same entry for the items at `positions`: written by the database, row by row it took four times
    as long."""
    table, items = table_of(ChangeEntry), table_of(ChangeItem)
    values = [literal(value, table.c[name].type).label(name) for name, value in entry.items()]
    wanted = (items.c.change_id == entry["change_id"], items.c.position.in_(positions))
    return insert(table).from_select(
        ["position", *entry], select(items.c.position, *values).where(*wanted), include_defaults=False
    )
