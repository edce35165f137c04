"""One user of a running change and what was asked for them, as the runner handles them. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from partner_center.changes.outcome import item_outcome
from partner_center.changes.states import ItemState, Outcome, Step
from partner_center.cloud.port import LicenseRequest, LocationRequest, RemoteLicense, RemoteUser
from partner_center.licensing.decide import is_swap
from partner_center.licensing.deeds import Deed, DeedKind
from partner_center.licensing.seats import SeatLedger


@dataclass(slots=True)
class Entry:
    """One requested thing. `outcome` is set once and never changed; `is_stored`: the row says so already."""

    deed: Deed
    outcome: Outcome | None = None
    reason: str | None = None
    message: str | None = None
    request_id: str | None = None
    is_stored: bool = False

    @property
    def is_open(self) -> bool:
        """Whether it has no outcome yet."""
        return self.outcome is None

    def close(
        self,
        outcome: Outcome,
        reason: str | None = None,
        *,
        message: str | None = None,
        request_id: str | None = None,
    ) -> None:
        """Say how it ended."""
        if self.outcome is not None:
            raise ValueError(f"an outcome is for ever: {self.outcome}, then {outcome}")
        self.outcome, self.reason, self.message, self.request_id = outcome, reason, message, request_id


@dataclass(slots=True)
class Item:
    """A user's row. `attempts` counts answers that were lost; `after` are the licences Microsoft answered."""

    position: int
    user_number: int
    graph_id: str
    state: ItemState
    step: Step
    entries: list[Entry]
    attempts: int = 0
    not_before: datetime | None = None
    sent_at: datetime | None = None
    settled_at: datetime | None = None
    outcome: Outcome | None = None
    reason: str | None = None
    after: list[Any] | None = None
    reserved: tuple[str, ...] = field(default=())

    @property
    def open_entries(self) -> list[Entry]:
        """What has no outcome yet, the location first."""
        return [entry for entry in self.entries if entry.is_open]

    @property
    def next_entries(self) -> list[Entry]:
        """What the next call is about, or the last one was while it has no answer."""
        left = self.open_entries
        if left and left[0].deed.kind is DeedKind.LOCATION:
            return left[:1]
        return left[:1] if self.step is Step.SINGLY else left

    @property
    def is_swap(self) -> bool:
        """Whether the user gets something and loses something: all of it or nothing."""
        return is_swap(tuple(e.deed for e in self.entries if e.outcome in (None, Outcome.DONE)))

    def reserve(self, ledger: SeatLedger) -> None:
        """Take the licences that the next call uses, or that the last one may have used."""
        self.reserved = tuple(entry.deed.sku_id for entry in self.next_entries if entry.deed.takes_seat)
        ledger.take(self.reserved)

    def close_rest(self, outcome: Outcome, reason: str | None) -> None:
        """Everything still open ends like this."""
        for entry in self.open_entries:
            entry.close(outcome, reason)

    def settle(self, now: datetime) -> bool:
        """Sum up once every entry has its outcome; False while one is open."""
        if self.open_entries:
            return False
        self.state, self.settled_at, self.not_before = ItemState.SETTLED, now, None
        self.outcome, self.reason = item_outcome((str(e.outcome), e.reason) for e in self.entries)
        return True


@dataclass(frozen=True, slots=True)
class Call:
    """What is sent to Microsoft for one user at once."""

    item: Item
    entries: tuple[Entry, ...]

    @property
    def is_location(self) -> bool:
        """Whether it sets the location (else: licences)."""
        return self.entries[0].deed.kind is DeedKind.LOCATION

    def location_request(self) -> LocationRequest:
        """The request of a location call."""
        return LocationRequest(self.item.graph_id, str(self.entries[0].deed.location))

    def license_request(self) -> LicenseRequest:
        """The request of a licence call: all adds and removes of the user in one."""
        add = tuple((deed.sku_id, deed.off) for deed in self._deeds if deed.kind is not DeedKind.REVOKE)
        remove = tuple(deed.sku_id for deed in self._deeds if deed.kind is DeedKind.REVOKE)
        return LicenseRequest(self.item.graph_id, add, remove)

    @property
    def _deeds(self) -> list[Deed]:
        return [entry.deed for entry in self.entries]


def is_so(deed: Deed, user: RemoteUser) -> bool:
    """Whether Microsoft shows the user as the deed wanted them."""
    held = next((one for one in user.licenses if one.sku_id == deed.sku_id and one.direct), None)
    match deed.kind:
        case DeedKind.LOCATION:
            return user.usage_location == deed.location
        case DeedKind.REVOKE:
            return held is None
        case DeedKind.ASSIGN | DeedKind.PLANS:
            return held is not None and (bool(held.groups) or _same_off(held, deed.off))


def _same_off(held: RemoteLicense, off: Iterable[str]) -> bool:
    return set(held.off) == set(off)


def licenses_now(user: RemoteUser) -> list[dict[str, Any]]:
    """The licences of an answer as an item keeps them; assignments in error are left out."""
    return [
        {"sku": one.sku_id, "direct": one.direct, "groups": list(one.groups), "off": list(one.off)}
        for one in user.licenses
        if one.direct or one.groups
    ]
