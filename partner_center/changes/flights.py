"""Batches on their way to Microsoft. The threads here never touch the database."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Self

from partner_center.changes.items import Call, Item
from partner_center.cloud.errors import CloudError
from partner_center.cloud.port import BATCH_SIZE, Answer, Cloud, RemoteUser
from partner_center.shared import clock

Users = Mapping[str, RemoteUser | None]

GATHER = 0.03
"""Seconds in which others that land with the first are taken along: storing eight together takes little
longer than storing one, and the next ones are under way meanwhile."""


@dataclass(frozen=True, slots=True)
class Flight:
    """One HTTP call: calls of up to BATCH_SIZE users, or a look at users whose answers were lost."""

    items: tuple[Item, ...]
    calls: tuple[Call, ...] = ()

    @property
    def is_look(self) -> bool:
        """Whether it only reads."""
        return not self.calls


@dataclass(frozen=True, slots=True)
class Landed:
    """What came back: answers in the order of the calls, or users, or neither when it was never sent."""

    flight: Flight
    answers: Sequence[Answer] | None = None
    users: Users | None = None
    problem: CloudError | None = None

    @property
    def was_sent(self) -> bool:
        """Whether anything left this machine."""
        return self.answers is not None or self.users is not None or self.problem is not None


def in_flights(calls: Sequence[Call]) -> Iterator[Flight]:
    """Calls of one kind, BATCH_SIZE at a time: first those that set locations."""
    for is_location in (True, False):
        of_kind = [call for call in calls if call.is_location is is_location]
        for start in range(0, len(of_kind), BATCH_SIZE):
            some = tuple(of_kind[start : start + BATCH_SIZE])
            yield Flight(tuple(call.item for call in some), some)


def looks_at(items: Sequence[Item]) -> Iterator[Flight]:
    """Looks at the users of `items`, BATCH_SIZE at a time."""
    for start in range(0, len(items), BATCH_SIZE):
        yield Flight(tuple(items[start : start + BATCH_SIZE]))


class Airspace:
    """The batches in flight at once. Leaving it sends nothing more and waits for what is under way."""

    def __init__(
        self, cloud: Cloud, tenant_id: str, parallel: int, safe_until: Callable[[], datetime]
    ) -> None:
        self._cloud, self._tenant_id, self._safe_until = cloud, tenant_id, safe_until
        self._pool = ThreadPoolExecutor(parallel, thread_name_prefix="save")
        self._flying: dict[Future[Landed], Flight] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def __len__(self) -> int:
        return len(self._flying)

    def start(self, flights: Sequence[Flight]) -> None:
        """Send these as soon as a thread is free."""
        for flight in flights:
            self._flying[self._pool.submit(self._fly, flight)] = flight

    def landed(self, timeout: float) -> list[Landed]:
        """What has come back, waiting up to `timeout` seconds for the first; raises what a thread raised."""
        done, _ = wait(self._flying, timeout, return_when=FIRST_COMPLETED)
        if done and timeout:
            done, _ = wait(self._flying, GATHER)
        for future in done:
            del self._flying[future]
        return [future.result() for future in done]

    def clear(self) -> list[Landed]:
        """Call off what has not been sent and wait for the rest."""
        landed = [Landed(flight) for future, flight in self._flying.items() if future.cancel()]
        self._flying = {future: flight for future, flight in self._flying.items() if not future.cancelled()}
        wait(self._flying)
        return landed + self.landed(0)

    def _fly(self, flight: Flight) -> Landed:
        if flight.is_look:
            return self._look(flight)
        if clock.now() >= self._safe_until():
            return Landed(flight)  # stalled: the lease may be another worker's by now
        if flight.calls[0].is_location:
            requests = [call.location_request() for call in flight.calls]
            return Landed(flight, self._cloud.send_locations(self._tenant_id, requests))
        return Landed(
            flight,
            self._cloud.send_licenses(self._tenant_id, [call.license_request() for call in flight.calls]),
        )

    def _look(self, flight: Flight) -> Landed:
        try:
            users = self._cloud.read_users(self._tenant_id, [item.graph_id for item in flight.items])
        except CloudError as problem:
            return Landed(flight, problem=problem)
        return Landed(flight, users=users)
