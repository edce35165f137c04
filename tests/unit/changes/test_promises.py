"""Licences promised to a change that is not finished are offered to nobody else, and to it until it ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from pyroaring import BitMap
from sqlalchemy import select

from partner_center.changes.models import Change
from partner_center.changes.promises import claims_of, promised_before, stakes
from partner_center.changes.situation import look
from partner_center.directory.sync import sync_customer
from partner_center.jobs.context import JobContext, WorkerStopping
from partner_center.jobs.models import Job
from partner_center.licensing.seats import Stake
from partner_center.licensing.values import Wish
from partner_center.shared import clock
from tests.make import Make
from tests.unit.changes.conftest import StageOf
from tests.unit.changes.fake_cloud import Fate
from tests.unit.changes.stage import E3, VISIO, Stage, assign, revoke, sku


def stake(stage: Stage, saved: Change | None = None) -> Stake:
    stage.fresh()
    return stakes(stage.session, stage.customer.id, saved=saved)[E3]


@pytest.fixture
def fifty(make: Make, stage_of: StageOf) -> Stage:
    """Fifty people without a licence, and sixty licences."""
    return stage_of([make.user(f"User {n:02}") for n in range(50)], [sku(E3, enabled=60)], parallel=1)


def run_part(stage: Stage, turns: int) -> None:
    """Let a worker work and stop at its `turns`-th checkpoint."""
    left = [turns]

    def is_stopping() -> bool:
        left[0] -= 1
        return left[0] <= 0

    handle = stage.worker._table["change"]
    stage.use(lambda ctx: handle(replace(ctx, is_stopping=is_stopping)))
    stage.worker.run_once()
    stage.use(handle)
    stage.fresh()


def test_a_saved_change_lowers_what_others_see_and_not_what_it_sees(fifty: Stage) -> None:
    change = fifty.submit_and_save(assign(E3), BitMap(range(1, 31)))

    assert (stake(fifty).available, stake(fifty).promised) == (30, 30)
    assert stake(fifty, change).available == 60
    other = fifty.submit(assign(E3), BitMap(range(31, 51)), key="other")
    assert other.state == "waiting", "it is small and safe, and twenty of the thirty are left"
    assert stake(fifty, other).available == 30


def test_a_plan_that_nobody_saved_promises_nothing(fifty: Stage) -> None:
    change = fifty.submit(assign(E3))

    assert change.state == "planned"
    assert stake(fifty).available == 60


@pytest.mark.parametrize("seats_are_read", ["never", "late", "at once"])
def test_each_licence_counts_once_however_far_the_change_has_got(fifty: Stage, seats_are_read: str) -> None:
    fifty.submit_and_save(assign(E3))

    for checkpoints in (4, 1, 1, 1):
        run_part(fifty, checkpoints)
        if seats_are_read != "never":
            if seats_are_read == "late":
                fifty.cloud.consumed = lambda _sku: 0  # type: ignore[method-assign]
            sync_customer(fifty.sessions, fifty.cloud, fifty.customer.id)
            fifty.cloud.__dict__.pop("consumed", None)
        found = stake(fifty)
        assert (found.used + found.ahead, found.available) == (50, 10)
        assert found.used == len({graph_id for graph_id, _ in fifty.cloud.writes})


@pytest.mark.parametrize("is_late", [False, True])
def test_a_number_that_may_be_late_is_read_again_when_it_had_time(fifty: Stage, is_late: bool) -> None:
    fifty.submit_and_save(assign(E3))
    if is_late:
        fifty.cloud.consumed = lambda _sku: 0  # type: ignore[method-assign]
    fifty.worker.run_once()

    assert stake(fifty) == Stake(60, 50, 0)
    again = fifty.session.scalar(select(Job.run_after).where(Job.kind == "sync-customer"))
    assert (again is not None and again > clock.now()) is is_late


def test_a_finished_change_promises_nothing(fifty: Stage) -> None:
    change = fifty.submit_and_save(assign(E3))

    fifty.run()

    assert claims_of(fifty.session, change) == {}
    assert stake(fifty) == Stake(60, 50, 0)


def test_a_change_that_fails_leaves_no_promise_behind(fifty: Stage) -> None:
    fifty.submit_and_save(assign(E3))
    fifty.cloud.fate = lambda _: Fate.SHUT

    fifty.run()

    assert stake(fifty) == Stake(60, 0, 0)


def test_a_change_sent_back_to_its_person_leaves_no_promise_behind(fifty: Stage) -> None:
    change = fifty.submit_and_save(assign(E3))
    fifty.cloud.products[E3] = sku(E3, enabled=20)

    fifty.run()

    assert change.state == "review_again"
    assert stake(fifty) == Stake(20, 0, 0)


def test_an_answer_that_was_lost_keeps_its_licence_promised(make: Make, stage_of: StageOf) -> None:
    stage = stage_of([make.user("Ada")], [sku(E3, enabled=1)])
    stage.cloud.fate = lambda _: Fate.LOST_AFTER
    stage.submit_and_save(assign(E3))

    run_part(stage, 5)

    assert stake(stage).available == 0
    stage.run()
    assert stake(stage) == Stake(1, 1, 0)


def test_what_a_change_frees_is_kept_for_it(make: Make, stage_of: StageOf) -> None:
    takers = [make.user(f"A{n:02}") for n in range(30)]
    givers = [make.user(f"Z{n:02}", E3) for n in range(30)]
    stage = stage_of(takers + givers, [sku(E3, enabled=30)], parallel=1)
    change = stage.running((assign(E3), takers), (revoke(E3), givers))

    for _ in range(8):
        run_part(stage, 4)
        assert stake(stage).available == 0
    stage.run()

    assert stage.result(change).changes_sums.done == 60


def test_a_loser_who_saves_all_the_same_is_told_in_the_result(make: Make, stage_of: StageOf) -> None:
    stage = stage_of([make.user(name) for name in ("Ada", "Bob", "Eve")], [sku(E3, enabled=1)])
    first = stage.submit_and_save(assign(E3), BitMap([1]))
    late = stage.submit_and_save(assign(E3), BitMap([2, 3]), key="late")

    stage.run()

    assert stage.result(first).changes_sums.done == 1
    assert [(p.reason, p.users) for p in stage.result(late).not_attempted] == [("no_seats", 2)]
    assert not stage.cloud.refusals


def test_who_saved_first_is_served_first_when_somebody_else_takes_licences(
    make: Make, stage_of: StageOf
) -> None:
    ada, bob, eve = make.user("Ada"), make.user("Bob"), make.user("Eve")
    stage = stage_of([ada, bob, eve], [sku(E3, enabled=2)])
    first = stage.submit_and_save(assign(E3), BitMap([stage.number(ada)]))
    second = stage.submit_and_save(assign(E3), BitMap([stage.number(bob)]), key="second")
    stage.cloud.change(replace(eve, licenses=make.user("x", E3).licenses))

    stage.run()

    assert stage.result(first).changes_sums.done == 1
    assert second.state == "review_again"


def test_the_loser_is_told_before_saving(make: Make, stage_of: StageOf) -> None:
    stage = stage_of([make.user("Ada"), make.user("Bob")], [sku(E3, enabled=1)])
    stage.submit_and_save(assign(E3), BitMap([1]))

    late = stage.submit(assign(E3), BitMap([2]), key="late")

    assert (late.state, stage.plan(late).plan.short) == ("planned", 1)
    assert look(stage.session, stage.customer.id).stock[E3].promised == 1


def test_a_worker_that_died_leaves_the_promise_to_whoever_comes_next(fifty: Stage) -> None:
    fifty.submit_and_save(assign(E3))
    handle = fifty.worker._table["change"]

    def die(ctx: JobContext) -> None:
        run = replace(ctx, is_stopping=lambda: bool(fifty.cloud.count("licenses")))
        try:
            handle(run)
        except WorkerStopping:
            raise RuntimeError("killed") from None

    fifty.use(die)  # type: ignore[arg-type]
    with pytest.MonkeyPatch.context() as quiet:
        quiet.setattr("partner_center.jobs.worker.log.error", lambda *_args, **_more: None)
        fifty.worker.run_once()
    found = stake(fifty)
    assert found.used + found.ahead == 50
    fifty.use(handle)
    with time_machine.travel(clock.now() + timedelta(minutes=5)):
        fifty.run(tolerant=True)
    assert stake(fifty) == Stake(60, 50, 0)


def test_expected_failures_that_are_sent_all_the_same_are_promised_too(make: Make, stage_of: StageOf) -> None:
    stage = stage_of([make.user("Ada"), make.user("Bob", usage_location=None)], [sku(E3, enabled=2)])
    stage.submit_and_save(assign(E3), skip_expected=False)

    assert promised_before(stage.session, stage.customer.id) == {E3: 2}


def test_other_products_are_left_alone(make: Make, stage_of: StageOf) -> None:
    stage = stage_of([make.user("Ada", VISIO), make.user("Bob")], [sku(E3, enabled=2), sku(VISIO, enabled=2)])
    stage.submit_and_save(Wish({**assign(E3).products, **revoke(VISIO).products}))

    assert promised_before(stage.session, stage.customer.id) == {E3: 2, VISIO: 0}
