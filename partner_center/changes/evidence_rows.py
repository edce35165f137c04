"""The users of a finished change as the evidence tells of them, read a few hundred at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pyroaring import BitMap
from sqlalchemy import select
from sqlalchemy.orm import Session

from partner_center.changes.models import Change, ChangeEntry, ChangeItem
from partner_center.changes.pins import unpin
from partner_center.changes.states import Outcome
from partner_center.licensing.deeds import Deed, DeedKind

AT_ONCE = 500

_ITEM = (
    ChangeItem.position,
    ChangeItem.user_number,
    ChangeItem.graph_id,
    ChangeItem.display_name,
    ChangeItem.user_principal_name,
    ChangeItem.outcome,
    ChangeItem.reason,
    ChangeItem.before,
    ChangeItem.after,
    ChangeItem.sent_at,
    ChangeItem.settled_at,
)
_ENTRY = (
    ChangeEntry.position,
    ChangeEntry.value,
    ChangeEntry.outcome,
    ChangeEntry.reason,
    ChangeEntry.message,
    ChangeEntry.request_id,
)


@dataclass(frozen=True, slots=True)
class Asked:
    """One thing asked for a user, how it ended, and what Microsoft said to it."""

    deed: Deed
    outcome: str
    reason: str
    message: str
    request_id: str

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        deed = self.deed
        return {
            "action": deed.kind.value,
            "sku": deed.sku_id,
            "services_on": list(deed.turned_on),
            "services_off": list(deed.off if deed.kind is DeedKind.ASSIGN else deed.turned_off),
            "usage_location": deed.location,
            "outcome": self.outcome,
            "reason": self.reason,
            "microsoft_text": self.message,
            "request_id": self.request_id,
        }


@dataclass(frozen=True, slots=True)
class EvidenceUser:
    """A user before and after. `after` is None where Microsoft did not tell what they hold now."""

    graph_id: str
    name: str
    address: str
    outcome: str
    reason: str
    before: Sequence[Mapping[str, Any]]
    after: Sequence[Mapping[str, Any]] | None
    location_before: str | None
    location_after: str | None
    sent_at: str
    settled_at: str
    asked: tuple[Asked, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain values. Licences are given by SKU, services switched off by id."""
        return {
            "id": self.graph_id,
            "name": self.name,
            "upn": self.address,
            "outcome": self.outcome,
            "reason": self.reason,
            "before": {"licenses": list(self.before), "usage_location": self.location_before},
            "after": {
                "licenses": None if self.after is None else list(self.after),
                "usage_location": self.location_after,
            },
            "sent_at": self.sent_at,
            "settled_at": self.settled_at,
            "asked": [one.to_json() for one in self.asked],
        }


def read_users(session: Session, change: Change) -> Iterator[EvidenceUser]:
    """Every user in the order of the change; AT_ONCE of them stand in memory."""
    places = [(pin.members, pin.location) for pin in unpin(change.groups)]
    start = 0
    while True:
        of_change = ChangeItem.change_id == change.id
        between = (ChangeItem.position >= start, ChangeItem.position < start + AT_ONCE)
        items = session.execute(select(*_ITEM).where(of_change, *between).order_by(ChangeItem.position)).all()
        if not items:
            return
        asked = _asked(session, change.id, start)
        some = BitMap(item.user_number for item in items)
        located = {number: place for members, place in places for number in members & some}
        for item in items:
            yield _user(item, located.get(item.user_number), tuple(asked.get(item.position, ())))
        start += AT_ONCE


def things_named(session: Session, change: Change) -> tuple[set[str], set[str]]:
    """Ids of all products and services that the evidence speaks of."""
    skus: set[str] = set()
    plans: set[str] = set()
    for user in read_users(session, change):
        for held in (*user.before, *(user.after or ())):
            skus.add(held["sku"])
            plans.update(held["off"])
        for one in user.asked:
            skus.add(one.deed.sku_id)
            plans.update(one.deed.off, one.deed.turned_on, one.deed.turned_off)
    return skus - {""}, plans


def utc(at: datetime | None) -> str:
    """The moment in UTC, to the second; empty where there is none."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ") if at else ""


def _asked(session: Session, change_id: int, start: int) -> dict[int, list[Asked]]:
    found: dict[int, list[Asked]] = {}
    wanted = (
        ChangeEntry.change_id == change_id,
        ChangeEntry.position >= start,
        ChangeEntry.position < start + AT_ONCE,
    )
    rows = select(*_ENTRY).where(*wanted).order_by(ChangeEntry.position, ChangeEntry.sku_id)
    for position, value, outcome, reason, message, request_id in session.execute(rows):
        one = Asked(
            Deed.from_json(value["deed"]), outcome or "", reason or "", message or "", request_id or ""
        )
        found.setdefault(position, []).append(one)
    return found


def _user(item: Any, located: str | None, asked: tuple[Asked, ...]) -> EvidenceUser:
    moved = next(
        (a.deed.location for a in asked if a.deed.location and a.outcome == Outcome.DONE),
        None,
    )
    return EvidenceUser(
        graph_id=item.graph_id,
        name=item.display_name,
        address=item.user_principal_name,
        outcome=item.outcome or "",
        reason=item.reason or "",
        before=item.before,
        after=item.after,
        location_before=located,
        location_after=moved,
        sent_at=utc(item.sent_at),
        settled_at=utc(item.settled_at),
        asked=asked,
    )
