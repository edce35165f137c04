"""**Recently removed**: whose data waits for a licence that this console took, and giving it back (S5.4).

Microsoft tells what people hold, never what they have lost: what others removed is not known here.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from pyroaring import BitMap
from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from partner_center.changes.models import Change, ChangeEntry, ChangeItem
from partner_center.changes.pins import licenses_of
from partner_center.changes.plan import Ask
from partner_center.changes.saving import propose
from partner_center.changes.situation import holder_of, look
from partner_center.changes.states import Outcome
from partner_center.directory import listing
from partner_center.directory.desks import REMOVED
from partner_center.directory.owned import sku_names
from partner_center.directory.values import UserRow
from partner_center.licensing.deeds import DeedKind
from partner_center.licensing.losses import DAYS_KEPT, Loss
from partner_center.licensing.returning import Waiting, waiting
from partner_center.licensing.values import Wish
from partner_center.shared import clock
from partner_center.shared.errors import Conflict, Refusal
from partner_center.shared.names import sort_key
from partner_center.staff.actor import Actor

_TAKING = (DeedKind.REVOKE, DeedKind.PLANS)


@dataclass(frozen=True, slots=True)
class RemovedUser:
    """A user whose data waits: taken by the change `ref`, a mailbox deleted for good after `deleted_on`.

    `products` are the names of what carried it. `wish` gives it back; empty where nothing can.
    """

    user: UserRow
    kinds: frozenset[Loss]
    products: tuple[str, ...]
    ref: str
    removed_at: datetime
    deleted_on: date
    days_left: int
    wish: Wish


def recently_removed(session: Session, customer_id: int, language: str = "en") -> list[RemovedUser]:
    """Everybody whose data still waits, those with the fewest days first, then by name.

    A user from whom two changes took different things stands there twice.
    """
    context = look(session, customer_id).context
    taken = list(_taken(session, customer_id))
    numbers = sorted({item.user_number for item in taken})
    users = {user.number: user for user in listing.rows_of(session, customer_id, numbers)}
    last: dict[tuple[int, Loss], tuple[Waiting, Any]] = {}
    for item in taken:
        if user := users.get(item.user_number):
            now = holder_of(user.licenses, user.usage_location).licenses
            after = now if item.after is None else licenses_of(item.after)
            missing = waiting(licenses_of(item.before), after, now, context)
            last |= {(user.number, kind): (missing, item) for kind in missing.kinds} if missing else {}
    names = sku_names(session, customer_id, {sku for one, _ in last.values() for sku in one.sku_ids})
    rows: dict[tuple[int, str], RemovedUser] = {}
    for (number, kind), (one, item) in last.items():
        place = number, item.ref
        kinds = {kind} | (rows[place].kinds if place in rows else frozenset())
        rows[place] = _row(users[number], frozenset(kinds), one, item, names)
    return sorted(rows.values(), key=lambda row: (row.deleted_on, sort_key(row.user.display_name, language)))


def give_back(
    session: Session, actor: Actor, customer_id: int, numbers: Collection[int], *, key: str, language: str
) -> Change:
    """A plan that gives these users their licences back, services off as they were; always shown first.

    Raises Refusal when nobody is named, Conflict when nothing of theirs waits any more, and whatever
    `propose` raises.
    """
    if not numbers:
        raise Refusal("Select at least one user.")
    wanted: dict[int, Wish] = {}
    for row in recently_removed(session, customer_id):
        if row.user.number in numbers:
            before = wanted.get(row.user.number, Wish())
            wanted[row.user.number] = Wish({**before.products, **row.wish.products})
    asks = _asks(wanted)
    if not asks:
        raise Conflict("None of these users has anything waiting for a license any more.")
    return propose(
        session, actor, customer_id, asks, key=key, language=language, desk=REMOVED, shown_first=True
    )


def _taken(session: Session, customer_id: int) -> Iterator[Any]:
    """Users of the last days from whom anything was taken, the oldest first."""
    since = clock.now() - timedelta(days=DAYS_KEPT)
    same = (ChangeEntry.change_id == ChangeItem.change_id, ChangeEntry.position == ChangeItem.position)
    took = exists().where(*same, ChangeEntry.outcome == Outcome.DONE, ChangeEntry.deed.in_(_TAKING))
    columns = ChangeItem.user_number, ChangeItem.before, ChangeItem.after, ChangeItem.settled_at, Change.ref
    rows = (
        select(*columns)
        .join(Change, Change.id == ChangeItem.change_id)
        .where(Change.customer_id == customer_id, ChangeItem.settled_at >= since, took)
        .order_by(ChangeItem.settled_at, ChangeItem.change_id)
    )
    yield from session.execute(rows)


def _asks(wanted: dict[int, Wish]) -> list[Ask]:
    """Users with the same wish are asked for together."""
    members: dict[str, tuple[Wish, BitMap]] = {}
    for number, wish in wanted.items():
        key = json.dumps(wish.to_json(), sort_keys=True)
        members.setdefault(key, (wish, BitMap()))[1].add(number)
    return [Ask(wish, some) for wish, some in members.values() if not wish.is_empty]


def _row(
    user: UserRow, kinds: frozenset[Loss], one: Waiting, item: Any, names: dict[str, str]
) -> RemovedUser:
    deleted_on = item.settled_at.date() + timedelta(days=DAYS_KEPT)
    return RemovedUser(
        user=user,
        kinds=kinds,
        products=tuple(names.get(sku_id, sku_id) for sku_id in one.sku_ids),
        ref=item.ref,
        removed_at=item.settled_at,
        deleted_on=deleted_on,
        days_left=max((deleted_on - clock.now().date()).days, 0),
        wish=one.wish,
    )
