"""What a change does when the world moves, closes, stalls or the worker has to go."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from pyroaring import BitMap
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from partner_center.changes.models import ChangeItem
from partner_center.changes.outcome import Heading
from partner_center.changes.runner import change_handler
from partner_center.cloud.errors import AccessDenied, CloudError, Throttled, Unreachable
from partner_center.jobs.context import FenceLost, JobContext, Reschedule, WorkerStopping
from partner_center.jobs.models import Job
from partner_center.shared import clock
from partner_center.staff import service as staff
from tests.make import Make
from tests.unit.changes.conftest import StageOf
from tests.unit.changes.fake_cloud import Fate
from tests.unit.changes.stage import E3, VISIO, Stage, assign, endless, held, sku


@pytest.fixture
def stage(make: Make, stage_of: StageOf) -> Stage:
    return stage_of([make.user("Ada"), make.user("Bob", VISIO)], [sku(E3, enabled=3), sku(VISIO)])


def test_licences_that_changed_since_the_save_bring_the_plan_back(stage: Stage) -> None:
    change = stage.submit_and_save(assign(E3))
    ada = next(iter(stage.cloud.users_by_id.values()))
    stage.cloud.change(replace(ada, licenses=(held(E3, groups=["g"], direct=False),)))

    stage.run()

    view = stage.plan(change)
    assert (change.state, view.drifted) == ("review_again", True)
    assert stage.cloud.count("licenses") == 0
    assert view.plan.unchanged == 1
    stage.save(change)
    stage.run()
    assert stage.result(change).changes_sums.adds_up


def test_licences_that_ran_out_since_the_save_bring_the_plan_back(stage: Stage) -> None:
    change = stage.submit_and_save(assign(E3))
    stage.cloud.products[E3] = sku(E3, enabled=1)

    stage.run()

    assert change.state == "review_again"
    assert stage.plan(change).plan.short == 1


def test_a_role_lost_meanwhile_stops_the_change(stage: Stage) -> None:
    change = stage.submit_and_save(assign(E3))
    staff.suspend(stage.session, stage.member)
    stage.session.commit()

    stage.run()

    result = stage.result(change)
    assert (result.heading, result.head.stop_reason) == (Heading.STOPPED, "role_lost")
    assert [(p.reason, p.users) for p in result.not_attempted] == [("role_lost", 2)]
    assert stage.cloud.count("licenses") == 0


def test_a_role_that_no_longer_assigns_stops_the_change(stage: Stage) -> None:
    change = stage.submit_and_save(assign(E3))
    stage.member.roles = []
    stage.session.commit()

    stage.run()

    assert stage.result(change).head.stop_reason == "role_lost"


def test_access_lost_meanwhile_stops_the_change(stage: Stage) -> None:
    change = stage.submit_and_save(assign(E3))
    stage.customer.access_state = "expired"
    stage.session.commit()

    stage.run()

    assert stage.result(change).head.stop_reason == "access_lost"


def test_a_tenant_that_does_not_let_us_look_stops_the_change(stage: Stage) -> None:
    change = stage.submit_and_save(assign(E3))
    stage.cloud.trouble = _only("skus", AccessDenied(403, "Authorization_RequestDenied", "no", "req"))

    stage.run()

    assert stage.result(change).head.stop_reason == "no_rights"


def test_being_asked_to_wait_costs_no_attempt(stage: Stage) -> None:
    change = stage.submit_and_save(assign(E3))
    waits = [Throttled(30), Throttled(None)]
    stage.cloud.trouble = lambda call: waits.pop() if waits and call == "skus" else None

    stage.run()

    assert stage.result(change).heading is Heading.UPDATED
    assert stage.session.scalar(select(Job.error).where(Job.kind == "change")) is None


def test_a_line_that_is_down_at_first_costs_an_attempt_and_no_more(stage: Stage) -> None:
    change = stage.submit_and_save(assign(E3))
    down = [Unreachable("no answer")]
    stage.cloud.trouble = lambda call: down.pop() if down and call == "delta" else None

    stage.run(tolerant=True)

    assert stage.result(change).heading is Heading.UPDATED


def test_a_change_that_never_began_waits_for_a_person(stage: Stage) -> None:
    change = stage.submit_and_save(assign(E3))
    stage.cloud.trouble = _only("skus", Unreachable("no answer"))
    stage.allow_attempts(2)

    stage.run(tolerant=True)

    assert (change.state, change.stop_reason) == ("review_again", "stopped")
    assert stage.plan(change).can_save


def test_a_change_that_was_begun_and_can_not_go_on_says_what_is_not_known(
    make: Make, stage_of: StageOf
) -> None:
    stage = stage_of([make.user(f"User {n:02}") for n in range(50)], [sku(E3)], parallel=1)
    change = stage.submit_and_save(assign(E3))
    stage.allow_attempts(1)
    _die_at(stage, 5, RuntimeError("a fault of ours"))

    stage.run(tolerant=True)

    result = stage.result(change)
    assert (result.head.stop_reason, result.changes_sums.adds_up) == ("stopped", True)
    assert (result.changes_sums.unknown, result.changes_sums.not_attempted) == (40, 10)


def test_seats_that_can_not_be_read_afterwards_leave_the_result_as_it_is(stage: Stage) -> None:
    change = stage.submit_and_save(assign(E3))
    asked: list[str] = []

    def trouble(call: str) -> CloudError | None:
        asked.append(call)
        return Unreachable("no answer") if call == "skus" and asked.count("skus") == 2 else None

    stage.cloud.trouble = trouble
    stage.run()

    assert stage.result(change).heading is Heading.UPDATED
    kinds = stage.session.scalars(select(Job.kind).order_by(Job.id)).all()
    assert "sync-customer" in kinds


def test_a_copy_that_is_too_old_is_synced_first(stage: Stage) -> None:
    change = stage.submit_and_save(assign(E3))
    stage.forget_links()

    stage.run()

    assert stage.result(change).heading is Heading.UPDATED


def test_no_user_is_in_two_changes_at_once(stage: Stage) -> None:
    first = stage.submit_and_save(assign(E3), BitMap([1]))
    second = stage.submit_and_save(assign(VISIO), BitMap([1]), key="second")
    with stage.sessions() as session:  # the first one's worker is slow
        session.execute(update(Job).where(Job.key == f"change:{first.id}").values(priority=-1))
        session.commit()

    assert stage.worker.run_once()
    assert stage.cloud.count("licenses") == 0
    stage.run()

    assert stage.result(first).heading is stage.result(second).heading is Heading.UPDATED


def test_a_finished_change_is_left_alone(stage: Stage) -> None:
    change = stage.submit_and_save(assign(E3))
    stage.run()
    stage.cloud.calls.clear()
    with stage.sessions() as session:
        session.execute(update(Job).values(state="waiting"))
        session.commit()

    stage.run()

    assert stage.result(change).heading is Heading.UPDATED
    assert stage.cloud.calls == []


def test_a_look_that_fails_is_made_again_and_given_up_at_last(stage: Stage) -> None:
    change = stage.submit_and_save(assign(E3))
    stage.cloud.fate = lambda _: Fate.LOST_AFTER
    stage.cloud.trouble = _only("read", Unreachable("no answer"))

    stage.run()

    assert stage.result(change).changes_sums.unknown == 2
    assert stage.cloud.count("licenses") == 1


def test_a_look_that_is_throttled_waits(stage: Stage) -> None:
    change = stage.submit_and_save(assign(E3))
    stage.cloud.fate = lambda _: Fate.LOST_AFTER
    waits = [Throttled(None), Throttled(5)]
    stage.cloud.trouble = lambda call: waits.pop() if waits and call == "read" else None

    stage.run()

    assert stage.result(change).heading is Heading.UPDATED


def test_a_look_that_is_refused_ends_unknown(stage: Stage) -> None:
    change = stage.submit_and_save(assign(E3))
    stage.cloud.fate = lambda _: Fate.LOST_AFTER
    stage.cloud.trouble = _only("read", AccessDenied(403, "x", "no", None))

    stage.run()

    result = stage.result(change)
    assert (result.changes_sums.unknown, result.head.stop_reason) == (2, "no_rights")


def test_a_user_gone_when_looked_up_has_failed(stage: Stage) -> None:
    change = stage.submit_and_save(assign(E3))
    stage.cloud.fate = lambda _: Fate.LOST_BEFORE
    stage.cloud.meddle = lambda cloud: cloud.users_by_id.clear()

    stage.run()

    assert [(p.reason, p.users) for p in stage.result(change).failures] == [("user_gone", 2)]
    assert not stage.everybody


def test_a_worker_that_stops_stores_what_is_under_way_and_puts_the_rest_back(
    make: Make, stage_of: StageOf
) -> None:
    stage = stage_of([make.user(f"User {n:03}") for n in range(200)], [sku(E3, enabled=500)], parallel=2)
    change = stage.submit_and_save(assign(E3))
    _die_at(stage, 5, WorkerStopping(), after_commit=True)

    stage.worker.run_once()
    stage.fresh()

    states = stage.session.scalars(select(ChangeItem.state)).all()
    assert "sent" not in states
    assert states.count("settled") == stage.cloud.consumed(E3)
    assert 0 < states.count("settled") < 200
    stage.run()
    assert stage.result(change).changes_sums.done == 200
    assert stage.cloud.count("read") == 0
    assert len(stage.cloud.writes) == 200


def test_a_worker_that_lost_its_lease_writes_nothing_more(make: Make, stage_of: StageOf) -> None:
    stage = stage_of([make.user(f"User {n:02}") for n in range(60)], [sku(E3)], parallel=1)
    change = stage.submit_and_save(assign(E3))
    _die_at(stage, 5, FenceLost())

    stage.worker.run_once()
    stage.fresh()

    states = stage.session.scalars(select(ChangeItem.state)).all()
    assert (states.count("sent"), states.count("settled")) == (40, 0)
    _let_the_lease_run_out(stage)
    stage.run()
    assert stage.result(change).changes_sums.done == 60


def test_a_worker_that_stalled_sends_nothing_it_had_decided_before(stage: Stage) -> None:
    """Between the checkpoint and the call the lease may have become another worker's."""
    stage.submit_and_save(assign(E3))
    handle = change_handler(stage.cloud, parallel=1, quota=endless())
    turns: list[int] = []

    def stall(ctx: JobContext) -> Reschedule | None:
        turns.append(1)
        lease = timedelta(0) if len(turns) == 1 else ctx.lease
        return handle(replace(ctx, lease=lease, is_stopping=lambda: len(turns) == 1 and _is_running(stage)))

    stage.use(stall)
    stage.worker.run_once()

    assert stage.cloud.count("licenses") == 0
    stage.run()
    assert stage.cloud.consumed(E3) == 2


def _is_running(stage: Stage) -> bool:
    with Session(stage.session.get_bind()) as session:
        return session.scalar(select(ChangeItem.state).limit(1)) == "sent"


def _only(call: str, problem: CloudError) -> Callable[[str], CloudError | None]:
    return lambda asked: problem if asked == call else None


def _die_at(stage: Stage, which: int, death: BaseException, *, after_commit: bool = False) -> None:
    """The handler's `which`-th checkpoint of its first run ends in `death`."""
    handle = change_handler(stage.cloud, parallel=2, quota=endless())
    count: list[int] = []

    class Context:
        def __init__(self, ctx: JobContext) -> None:
            self._ctx = ctx

        def __getattr__(self, name: str) -> object:
            return getattr(self._ctx, name)

        def checkpoint(self, session: Session, done: int | None = None, total: int | None = None) -> None:
            count.append(1)
            if len(count) == which and not after_commit:
                session.rollback()
                raise death
            self._ctx.checkpoint(session, done, total)
            if len(count) >= which and after_commit and len(count) < which + 2:
                raise death

    stage.use(lambda ctx: handle(Context(ctx)))  # type: ignore[arg-type]


def _let_the_lease_run_out(stage: Stage) -> None:
    with stage.sessions() as session:
        session.execute(update(Job).values(lease_until=clock.now() - timedelta(seconds=1)))
        session.commit()
