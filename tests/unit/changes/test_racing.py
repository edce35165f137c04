"""Sixteen people save at once for fifty licences: fifty are given, no more are asked for, losers are told."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from pyroaring import BitMap
from sqlalchemy import func, select

from partner_center.changes import promises, queries, service
from partner_center.changes.models import Change, ChangeItem
from partner_center.changes.runner import change_handler
from partner_center.changes.states import LIVING, ChangeState
from partner_center.changes.views import PlanView
from partner_center.cloud.port import Answer, LicenseRequest
from partner_center.jobs.worker import Worker
from partner_center.staff.actor import Actor
from partner_center.staff.queries import actor_of
from partner_center.staff.roles import Role
from tests.make import Make
from tests.unit.changes.conftest import StageOf
from tests.unit.changes.stage import E3, Stage, assign, sku

SAVERS, SEATS = 16, 50


@pytest.fixture
def race(make: Make, stage_of: StageOf) -> Callable[[int], Race]:
    """A race in which each asks for so many."""

    def start(each: int) -> Race:
        stage = stage_of(
            [make.user(f"User {n:03}") for n in range(SAVERS * each)], [sku(E3, enabled=SEATS)], parallel=1
        )
        savers = [actor_of(make.member(Role.ADMIN_AGENT, name=f"Saver {n:02}")) for n in range(SAVERS)]
        return Race(stage, savers, each)

    return start


class Race:
    """Real threads, real transactions. Nothing reaches Microsoft before every change is on its way."""

    def __init__(self, stage: Stage, savers: list[Actor], each: int) -> None:
        self.stage, self.savers, self.each = stage, savers, each
        self.customer_id = stage.customer.id  # rows of the stage's session are no threads' matter
        self.start, self.gate = threading.Barrier(SAVERS), threading.Event()
        self.asked: list[str] = []
        self._send = stage.cloud.send_licenses
        stage.cloud.send_licenses = self._hold  # type: ignore[method-assign]

    def run(self, *, persistent: bool) -> Counter[str]:
        """All save at once; how they were told it went. The persistent save what they are warned of."""
        with self._working(), ThreadPoolExecutor(SAVERS) as pool:
            told = list(pool.map(lambda place: self._save(place, persistent=persistent), range(SAVERS)))
            self._let_all_begin()
        self.stage.run(400)
        return Counter(told)

    def _hold(self, tenant_id: str, requests: list[LicenseRequest]) -> list[Answer]:
        assert self.gate.wait(60)
        self.asked += [request.graph_id for request in requests]
        return self._send(tenant_id, requests)

    def _save(self, place: int, *, persistent: bool) -> str:
        mine = BitMap(range(place * self.each + 1, (place + 1) * self.each + 1))
        actor, customer_id = self.savers[place], self.customer_id
        self.start.wait(30)
        with self.stage.sessions() as session:
            change = service.submit(session, actor, customer_id, mine, assign(E3), key=f"key {place}")
            session.commit()
            ref, state = change.ref, change.state
        if state == ChangeState.WAITING:
            return "saved"
        while persistent:
            with self.stage.sessions() as session:
                view = queries.change_view(session, actor, customer_id, ref)
                assert isinstance(view, PlanView)
                assert view.plan.short, "it was refused although there were licences"
                saved = service.save(session, actor, customer_id, ref, digest=view.digest)
                session.commit()
            if saved is service.SaveResult.SAVED:
                return "warned"
        return "told"

    @contextmanager
    def _working(self) -> Iterator[None]:
        handle = change_handler(self.stage.cloud, parallel=1)
        with Worker(self.stage.sessions, {"change": handle}, threads=SAVERS):
            yield

    def _let_all_begin(self) -> None:
        """Open the gate when each change that is not finished waits before it."""
        living = select(func.count()).select_from(Change).where(Change.state.in_(LIVING))
        sent = select(func.count(ChangeItem.change_id.distinct())).where(ChangeItem.state == "sent")
        for _ in range(600):
            with self.stage.sessions() as session:
                behind = session.scalar(living) != session.scalar(sent)
            if not behind:
                break
            threading.Event().wait(0.05)
        self.gate.set()


def test_the_first_ten_of_five_each_are_served_and_the_others_told_before_saving(
    race: Callable[[int], Race],
) -> None:
    one = race(5)

    told = one.run(persistent=False)

    assert told == {"saved": 10, "told": 6}
    assert one.stage.cloud.consumed(E3) == len(one.asked) == SEATS
    assert not one.stage.cloud.refusals


def test_the_last_licence_goes_to_somebody_and_the_rest_are_told_in_the_result(
    race: Callable[[int], Race],
) -> None:
    one = race(7)

    told = one.run(persistent=True)

    assert told == {"saved": 7, "warned": 9}
    assert one.stage.cloud.consumed(E3) == len(one.asked) == SEATS
    assert not one.stage.cloud.refusals
    changes = queries.list_changes(one.stage.session, one.stage.actor, one.customer_id).items
    sums = [row.sums for row in changes]
    assert sum(each.done for each in sums if each) == SEATS
    assert sum(each.not_attempted for each in sums if each) == SAVERS * 7 - SEATS


def test_without_the_guard_more_is_asked_for_than_there_is(
    race: Callable[[int], Race], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: with nothing promised and nobody waiting, the tests above could not pass."""
    monkeypatch.setattr(promises, "promised_before", lambda *_args: {})
    one = race(5)

    told = one.run(persistent=False)

    assert told == {"saved": SAVERS}
    assert len(one.asked) > SEATS
