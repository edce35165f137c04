"""How batches fly: as many as may, and none waits for another."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Barrier, Event, Lock

import pytest

from partner_center.changes import flights
from partner_center.changes.flights import Airspace, Flight
from partner_center.changes.items import Item
from partner_center.changes.states import ItemState, Step
from partner_center.cloud.port import Answer, LicenseRequest, RemoteUser
from partner_center.shared import clock
from tests.make import Make
from tests.unit.changes.conftest import StageOf
from tests.unit.changes.stage import E3, Stage, assign, sku


def crowd(make: Make, stage_of: StageOf, users: int, parallel: int) -> Stage:
    people = [make.user(f"User {n:03}") for n in range(users)]
    return stage_of(people, [sku(E3, enabled=users)], parallel=parallel)


def test_as_many_batches_as_allowed_are_in_flight_to_the_last(make: Make, stage_of: StageOf) -> None:
    stage = crowd(make, stage_of, users=180, parallel=3)
    send, together = stage.cloud.send_licenses, Barrier(3, timeout=20)

    def send_when_three_are_here(tenant_id: str, requests: Sequence[LicenseRequest]) -> list[Answer]:
        together.wait()
        return send(tenant_id, requests)

    stage.cloud.send_licenses = send_when_three_are_here  # type: ignore[method-assign]

    assert stage.carry_out(assign(E3)).changes_sums.done == 180


def test_a_slow_batch_holds_up_nobody_else(make: Make, stage_of: StageOf) -> None:
    """The first answer comes when all the others are there: sending in waves would wait for it."""
    stage = crowd(make, stage_of, users=200, parallel=2)
    send, lock, others_done = stage.cloud.send_licenses, Lock(), Event()
    begun, landed = [0], [0]

    def send_the_first_slowly(tenant_id: str, requests: Sequence[LicenseRequest]) -> list[Answer]:
        with lock:
            begun[0] += 1
            is_first = begun[0] == 1
        if is_first:
            assert others_done.wait(20)
        answers = send(tenant_id, requests)
        with lock:
            landed[0] += 1
            if landed[0] == 9:
                others_done.set()
        return answers

    stage.cloud.send_licenses = send_the_first_slowly  # type: ignore[method-assign]

    assert stage.carry_out(assign(E3)).changes_sums.done == 200


class Landing:
    """A Microsoft that answers looks when four of them are there."""

    def __init__(self) -> None:
        self._together = Barrier(4, timeout=20)

    def read_users(self, _tenant_id: str, _graph_ids: Sequence[str]) -> dict[str, RemoteUser | None]:
        self._together.wait()
        return {}


def test_those_that_land_together_are_taken_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flights, "GATHER", 20)
    looks = [Flight((Item(n, n, f"user {n}", ItemState.SENT, Step.LICENSES, []),)) for n in range(4)]
    with Airspace(Landing(), "tenant", 4, clock.now) as air:  # type: ignore[arg-type]
        air.start(looks)
        assert len(air.landed(20)) == 4
        assert len(air) == 0
