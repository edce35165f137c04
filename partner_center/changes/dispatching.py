"""Which call is next for a user, given the licences that are left. Pure."""

from __future__ import annotations

from enum import StrEnum

from partner_center.changes.items import Call, Item
from partner_center.changes.states import ItemState, Outcome
from partner_center.cloud.port import Reason
from partner_center.licensing.deeds import DeedKind
from partner_center.licensing.reasons import OwnReason
from partner_center.licensing.seats import SeatLedger


class Hold(StrEnum):
    """Why there is no call now. `seats`: others of the change will give licences back first."""

    NOTHING_LEFT = "nothing_left"
    SEATS = "seats"


def next_call(item: Item, ledger: SeatLedger) -> Call | Hold:
    """The user's next call, its licences reserved; entries that can't be served are closed on the way."""
    location = next((e for e in item.entries if e.deed.kind is DeedKind.LOCATION), None)
    if location is not None and location.outcome not in (None, Outcome.DONE, Outcome.ALREADY_SO):
        item.close_rest(Outcome.NOT_ATTEMPTED, OwnReason.LOCATION_NOT_SET)
    located = location is None or not location.is_open
    if located and _waits_for_seats(item, ledger):
        return Hold.SEATS
    entries = item.next_entries
    if not entries:
        return Hold.NOTHING_LEFT
    item.reserve(ledger)
    item.state = ItemState.SENT
    return Call(item, tuple(entries))


def _waits_for_seats(item: Item, ledger: SeatLedger) -> bool:
    lacking = ledger.lacking(e.deed.sku_id for e in item.open_entries if e.deed.takes_seat)
    hopeless = frozenset(sku for sku in lacking if not ledger.may_come((sku,)))
    if not hopeless:
        return bool(lacking)
    swap = item.is_swap
    for entry in item.open_entries:
        if entry.deed.takes_seat and entry.deed.sku_id in hopeless:
            entry.close(Outcome.NOT_ATTEMPTED, Reason.NO_SEATS)
    if swap:
        item.close_rest(Outcome.NOT_ATTEMPTED, OwnReason.KEPT_TOGETHER)
    return any(e.deed.takes_seat and e.deed.sku_id in lacking for e in item.open_entries)
