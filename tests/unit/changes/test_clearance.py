"""A tenant is asked no more than it takes, and its troubles are nobody else's."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from pyroaring import BitMap
from sqlalchemy import select, update
from sqlalchemy.orm import Session, sessionmaker

from partner_center.changes.clearance import Clearance
from partner_center.changes.models import Change, TenantPace
from partner_center.changes.pace import ANSWERED, Pace, Quota
from partner_center.changes.runner import change_handler
from partner_center.changes.views import Waits
from partner_center.cloud.errors import Unreachable
from partner_center.customers.models import Customer
from partner_center.jobs.context import JobContext, Reschedule
from partner_center.jobs.models import Job
from partner_center.shared import clock
from tests.make import Make
from tests.unit.changes.conftest import StageOf
from tests.unit.changes.fake_cloud import Fate
from tests.unit.changes.stage import E3, FLOW, Stage, assign, sku


@pytest.fixture
def time() -> Iterator[time_machine.Coordinates]:
    """Time stands still until it is told to go on."""
    with time_machine.travel(clock.now(), tick=False) as time:
        yield time


@pytest.fixture
def stage(make: Make, stage_of: StageOf) -> Stage:
    """A hundred people; Microsoft takes 160 writes at once, of which 100 are kept for those who wait."""
    people = [make.user(f"User {n:03}") for n in range(100)]
    stage = stage_of(people, [sku(E3, enabled=120), sku(FLOW)], parallel=1)
    stage.use(change_handler(stage.cloud, parallel=1, quota=Quota(160, 20)))
    return stage


def due(stage: Stage, change: Change) -> timedelta:
    stage.fresh()
    at = stage.session.scalar(select(Job.run_after).where(Job.key == f"change:{change.id}"))
    assert at is not None
    return at - clock.now()


def run(stage: Stage) -> None:
    stage.worker.run_once()
    stage.fresh()


class TestQuota:
    def test_what_is_used_up_is_waited_for_and_the_worker_is_free(
        self, stage: Stage, time: time_machine.Coordinates
    ) -> None:
        change = stage.submit_and_save(assign(E3))
        run(stage)
        assert stage.cloud.consumed(E3) == 60
        assert due(stage, change) == timedelta(seconds=2)
        assert not stage.worker.run_once()

        time.shift(2)
        run(stage)
        assert stage.result(change).changes_sums.done == 100

    @pytest.mark.usefixtures("time")
    def test_the_time_left_comes_from_it(self, stage: Stage) -> None:
        change = stage.submit_and_save(assign(E3))
        run(stage)
        course = stage.progress(change).course
        assert course.waits is None, "nobody asked us to wait"
        assert course.left is not None
        assert course.left.pace is Pace.SEEN
        with stage.sessions() as session:
            session.execute(update(TenantPace).values(level=-2000))
            session.commit()
        stage.fresh()
        course = stage.progress(change).course
        assert course.left is not None
        assert (course.left.pace, round(course.left.seconds)) == (Pace.QUOTA, 102)

    @pytest.mark.usefixtures("time")
    def test_it_is_shared_by_all_workers_and_outlives_them(self, stage: Stage) -> None:
        stage.submit_and_save(assign(E3), BitMap(range(1, 51)))
        run(stage)
        stage.use(change_handler(stage.cloud, parallel=1, quota=Quota(160, 20)))
        stage.submit_and_save(assign(E3), BitMap(range(51, 101)), key="second")
        run(stage)
        assert stage.cloud.consumed(E3) == 60

    @pytest.mark.usefixtures("time")
    def test_few_users_go_where_many_wait(self, stage: Stage) -> None:
        change = stage.submit_and_save(assign(E3), BitMap(range(1, 95)))
        run(stage)
        small = stage.submit_and_save(assign(FLOW), BitMap(range(95, 101)), key="small")
        run(stage)
        assert stage.result(small).changes_sums.done == 6
        assert stage.cloud.consumed(E3) == 60
        assert due(stage, change) > timedelta(0)

    @pytest.mark.usefixtures("time")
    def test_writes_that_are_turned_away_empty_it_whatever_was_counted(self, stage: Stage) -> None:
        stage.use(change_handler(stage.cloud, parallel=1))
        stage.cloud.fate, stage.cloud.retry_after = (lambda _: Fate.THROTTLED), 1.0
        change = stage.submit_and_save(assign(E3))
        run(stage)
        assert stage.cloud.count("licenses") <= 2
        assert due(stage, change) == timedelta(seconds=(100 + 100) / 20)


class TestTurns:
    def test_a_long_change_makes_room_for_a_short_one(self, make: Make, stage_of: StageOf) -> None:
        people = [make.user(f"User {n:03}") for n in range(200)]
        stage = stage_of(people, [sku(E3, enabled=300), sku(FLOW)], parallel=1)
        long = stage.submit_and_save(assign(E3), BitMap(range(1, 190)))
        sent: list[int] = []
        customer_id, actor, send = stage.customer.id, stage.actor, stage.cloud.send_licenses

        def send_and_save(tenant_id: str, requests: list) -> list:  # type: ignore[type-arg]
            sent.append(len(requests))
            if len(sent) == 1:
                _save_waiting(stage.sessions, actor, customer_id)
            return send(tenant_id, requests)

        stage.cloud.send_licenses = send_and_save  # type: ignore[method-assign]
        run(stage)
        assert 0 < stage.cloud.consumed(E3) < 189
        run(stage)
        assert (stage.cloud.consumed(FLOW), stage.progress(long).finished) == (5, False)
        stage.run()
        assert stage.result(long).changes_sums.done == 189
        assert stage.cloud.met_twice == []


def _save_waiting(sessions: sessionmaker[Session], actor: object, customer_id: int) -> None:
    """Somebody saves for five users, and no worker has been free for a second."""
    from partner_center.changes import service

    with sessions() as session:
        service.submit(session, actor, customer_id, BitMap(range(191, 196)), assign(FLOW), key="short")  # type: ignore[arg-type]
        long_ago = clock.now() - timedelta(seconds=1)
        session.execute(update(Job).where(Job.state == "waiting").values(run_after=long_ago))
        session.commit()


class TestSilence:
    def test_microsoft_being_away_costs_no_attempt_and_nothing_is_lost(
        self, stage: Stage, time: time_machine.Coordinates
    ) -> None:
        change = stage.submit_and_save(assign(E3))
        stage.allow_attempts(7)
        stage.cloud.trouble = lambda call: Unreachable("no answer") if call == "skus" else None
        with pytest.MonkeyPatch.context() as quiet:
            quiet.setattr("partner_center.jobs.worker.log.error", lambda *_args, **_more: None)
            for _ in range(20):
                run(stage)
                time.shift(400)
        asked = stage.cloud.count("skus")
        assert change.state == "waiting"
        course = stage.progress(change).course
        assert (course.waits, course.since is not None) == (Waits.SILENT, True)

        stage.cloud.trouble = lambda _: None
        stage.run(tolerant=True)
        assert stage.result(change).changes_sums.done == 100
        assert asked <= 1 + 20

    @pytest.mark.usefixtures("time")
    def test_while_it_is_shut_nothing_is_asked(self, stage: Stage) -> None:
        change = stage.submit_and_save(assign(E3))
        _shut(stage)
        calls = len(stage.cloud.calls)
        run(stage)
        assert len(stage.cloud.calls) == calls
        assert due(stage, change) == timedelta(seconds=30)

    def test_answers_that_are_lost_shut_it_and_no_user_pays_for_it(
        self, make: Make, stage_of: StageOf
    ) -> None:
        stage = stage_of([make.user(f"User {n:03}") for n in range(200)], [sku(E3, enabled=200)], parallel=8)
        change = stage.submit_and_save(assign(E3))
        stage.cloud.fate = lambda _: Fate.LOST_AFTER
        stage.cloud.trouble = lambda call: Unreachable("no answer") if call in ("read", "skus") else None
        run(stage)
        for _ in range(30):
            with pytest.MonkeyPatch.context() as quiet:
                quiet.setattr("partner_center.jobs.worker.log.error", lambda *_args, **_more: None)
                stage._skip_waiting()
                run(stage)
        assert stage.progress(change).course.waits is Waits.SILENT
        stage.cloud.fate, stage.cloud.trouble = (lambda _: Fate.NORMAL), (lambda _: None)
        stage.run(tolerant=True)
        sums = stage.result(change).changes_sums
        assert (sums.done, sums.unknown) == (200, 0)

    def test_one_worker_tries_the_line_and_the_others_wait(self, stage: Stage) -> None:
        with stage.sessions() as session:
            first, second = (_clearance(stage) for _ in range(2))
            first.enter(session, clock.now())
            for _ in range(5):
                first.note_line(is_answered=False)
            first.store(session)
            later = clock.now() + timedelta(minutes=1)
            first.enter(session, later)
            assert first.knock() is None
            first.store(session)
            second.enter(session, later)
            assert second.knock() is not None
            first.note_line(is_answered=True)
            first.store(session)
            second.enter(session, later)
            assert second.knock() is None
            assert second._silence == ANSWERED


def _clearance(stage: Stage) -> Clearance:
    return Clearance(stage.customer.id, Quota(), is_bulk=True)


def _shut(stage: Stage) -> None:
    with stage.sessions() as session:
        clearance = _clearance(stage)
        clearance.enter(session, clock.now())
        for _ in range(5):
            clearance.note_line(is_answered=False)
        clearance.store(session)
        session.commit()


def test_one_tenants_troubles_are_not_anothers(make: Make, stage_of: StageOf) -> None:
    """One worker thread for both: the tenant that turns all away holds up nobody."""
    one = stage_of([make.user("Ada")], [sku(E3)], parallel=1)
    two = stage_of([make.user(f"User {n:02}") for n in range(60)], [sku(E3)], parallel=1)
    one.cloud.fate, one.cloud.retry_after = (lambda _: Fate.THROTTLED), 600.0
    handlers = {each.customer.id: each.worker._table["change"] for each in (one, two)}
    customer_of = {}

    def both(ctx: JobContext) -> Reschedule | None:
        return handlers[customer_of[ctx.payload["change_id"]]](ctx)

    changes = [each.submit_and_save(assign(E3)) for each in (one, two)]
    customer_of |= {change.id: change.customer_id for change in changes}
    two.use(both)
    while two.worker.run_once():
        pass
    two.fresh()

    assert two.result(changes[1]).changes_sums.done == 60
    assert one.progress(changes[0]).course.waits is Waits.BUSY
    assert due(one, changes[0]) > timedelta(minutes=9)
    paces = dict(two.session.execute(select(TenantPace.customer_id, TenantPace.busy_until)).all())
    assert paces[two.customer.id] is None
    assert two.session.get(Customer, one.customer.id) is not None
