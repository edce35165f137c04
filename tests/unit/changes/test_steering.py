"""Pause, resume, stop the rest: between any two steps, by who may, with sums that add up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from pyroaring import BitMap
from sqlalchemy import func, select

from partner_center.audit.models import AuditEntry
from partner_center.changes import steering
from partner_center.changes.models import Change, ChangeItem
from partner_center.changes.promises import stakes
from partner_center.changes.steering import pause, resume, stop_rest
from partner_center.cloud.errors import Throttled
from partner_center.jobs.context import JobContext, Reschedule
from partner_center.jobs.models import Job
from partner_center.shared import clock
from tests.make import Make
from tests.unit.changes.conftest import StageOf
from tests.unit.changes.fake_cloud import Fate
from tests.unit.changes.stage import E3, FLOW, Stage, assign, revoke, sku

Deed = Callable[..., None]


@pytest.fixture
def stage(make: Make, stage_of: StageOf) -> Stage:
    """A hundred people, one batch in flight at a time."""
    people = [make.user(f"User {n:03}") for n in range(100)]
    return stage_of(people, [sku(E3, enabled=120), sku(FLOW)], parallel=1)


def press(stage: Stage, deed: Deed, change: Change) -> None:
    """The button, in a transaction of its own."""
    with stage.sessions() as session:
        deed(session, stage.actor, stage.customer.id, change.ref)
        session.commit()


def press_after(stage: Stage, batches: int, deed: Deed, change: Change) -> None:
    """Press it while the batch of that number is in flight."""
    customer_id, ref, actor = stage.customer.id, change.ref, stage.actor
    send = stage.cloud.send_licenses
    left = [batches]

    def send_and_press(tenant_id: str, requests: list) -> list:  # type: ignore[type-arg]
        answers = send(tenant_id, requests)
        left[0] -= 1
        if left[0] == 0:
            with stage.sessions() as session:
                deed(session, actor, customer_id, ref)
                session.commit()
        return answers

    stage.cloud.send_licenses = send_and_press  # type: ignore[method-assign]


def states(stage: Stage, change: Change) -> dict[str, int]:
    stage.fresh()
    counts = select(ChangeItem.state, func.count()).where(ChangeItem.change_id == change.id)
    return dict(stage.session.execute(counts.group_by(ChangeItem.state)).all())


def actions(stage: Stage) -> list[str]:
    stage.fresh()
    wanted = select(AuditEntry.action).where(AuditEntry.action.like("change_%")).order_by(AuditEntry.id)
    return list(stage.session.scalars(wanted))


def test_what_is_in_flight_ends_and_nothing_more_is_sent(stage: Stage) -> None:
    change = stage.submit_and_save(assign(E3))
    press_after(stage, 1, pause, change)

    stage.worker.run_once()

    sent = stage.cloud.count("licenses")
    assert sent <= 2, "the one in flight, and the next that had been decided on"
    assert states(stage, change) == {"settled": 20 * sent, "waiting": 100 - 20 * sent}
    stage.worker.run_once()
    assert stage.cloud.count("licenses") == sent


def test_it_goes_on_with_licences_read_anew(stage: Stage) -> None:
    change = stage.submit_and_save(assign(E3))
    press_after(stage, 1, pause, change)
    stage.worker.run_once()
    stage.cloud.calls.clear()

    press(stage, resume, change)
    assert stage.worker.run_once(), "it is due at once"

    stage.fresh()
    assert stage.cloud.calls[0][0] == "skus"
    assert stage.result(change).changes_sums.done == 100
    assert len(stage.cloud.writes) == 100
    assert actions(stage)[-3:] == ["change_paused", "change_resumed", "change_finished"]


def test_who_resumes_it_just_as_its_worker_hands_it_back_waits_ten_seconds_at_most(stage: Stage) -> None:
    change = stage.submit_and_save(assign(E3))
    press_after(stage, 1, pause, change)
    handle = stage.worker._table["change"]

    def hand_back(ctx: JobContext) -> Reschedule | None:
        answer = handle(ctx)
        press(stage, resume, change)
        return answer

    stage.use(hand_back)
    stage.worker.run_once()
    stage.use(handle)

    due = stage.session.scalar(select(Job.run_after).where(Job.kind == "change"))
    assert due is not None
    assert due <= clock.now() + timedelta(seconds=10)
    stage.run()
    assert stage.result(change).changes_sums.done == 100


def test_a_paused_change_keeps_its_licences_promised(stage: Stage) -> None:
    change = stage.submit_and_save(assign(E3))
    press_after(stage, 1, pause, change)
    stage.worker.run_once()
    stage.fresh()

    assert stakes(stage.session, stage.customer.id)[E3].available == 20


def test_one_that_has_not_begun_does_not_begin(stage: Stage) -> None:
    change = stage.submit_and_save(assign(E3))
    press(stage, pause, change)
    stage.cloud.calls.clear()

    stage.worker.run_once()
    stage.fresh()

    assert (change.state, stage.cloud.calls) == ("waiting", [])
    press(stage, resume, change)
    stage.run()
    assert stage.result(change).changes_sums.done == 100


def test_stopping_ends_the_rest_and_the_sums_add_up(stage: Stage) -> None:
    change = stage.submit_and_save(assign(E3))
    press_after(stage, 2, stop_rest, change)

    stage.run()

    result = stage.result(change)
    done = 20 * stage.cloud.count("licenses")
    assert (result.changes_sums.done, result.changes_sums.not_attempted) == (done, 100 - done)
    assert result.changes_sums.adds_up
    assert result.users_sums.adds_up
    assert result.head.stop_reason == "stopped_by_person"
    assert {p.reason for p in result.not_attempted} == {"stopped_by_person"}
    assert stakes(stage.session, stage.customer.id)[E3].available == 120 - done
    assert actions(stage)[-2:] == ["change_stopped", "change_finished"]


def test_stopping_one_that_has_not_begun_sends_nothing(stage: Stage) -> None:
    change = stage.submit_and_save(assign(E3))
    press(stage, stop_rest, change)
    stage.cloud.calls.clear()

    stage.run()

    assert stage.result(change).changes_sums.not_attempted == 100
    assert stage.cloud.count("licenses") == 0


def test_stopping_a_paused_one_ends_it(stage: Stage) -> None:
    change = stage.submit_and_save(assign(E3))
    press_after(stage, 1, pause, change)
    stage.worker.run_once()

    press(stage, stop_rest, change)
    assert stage.worker.run_once(), "it is due at once"
    stage.fresh()

    assert stage.result(change).changes_sums.adds_up


@pytest.mark.parametrize("fate", [Fate.LOST_AFTER, Fate.LOST_BEFORE])
def test_what_was_sent_and_lost_is_looked_up_before_it_ends(stage: Stage, fate: Fate) -> None:
    change = stage.submit_and_save(assign(E3))
    stage.cloud.fate = lambda _: fate
    waits = [Throttled(30)]
    stage.cloud.trouble = lambda call: waits.pop() if waits and call == "read" else None
    press_after(stage, 1, stop_rest, change)

    stage.run()

    sums = stage.result(change).changes_sums
    assert sums.adds_up
    assert sums.unknown == 0
    assert sums.done == stage.cloud.consumed(E3) == len(stage.cloud.writes)
    assert stage.cloud.count("licenses") <= 2
    stage.assert_true_to_microsoft()


def test_a_paused_one_still_looks_up_what_was_lost(stage: Stage) -> None:
    change = stage.submit_and_save(assign(E3))
    stage.cloud.fate = lambda _: Fate.LOST_AFTER
    press_after(stage, 1, pause, change)

    for _ in range(3):
        stage.worker.run_once()
        stage._skip_waiting()

    assert states(stage, change).get("sent", 0) == 0
    assert states(stage, change)["settled"] == stage.cloud.consumed(E3) > 0


def test_a_worker_that_dies_leaves_it_paused(stage: Stage) -> None:
    change = stage.submit_and_save(assign(E3))
    press_after(stage, 1, pause, change)
    stage.worker.run_once()
    sent = stage.cloud.count("licenses")
    with stage.sessions() as session:
        job = session.scalars(select(Job).where(Job.kind == "change")).one()
        job.state, job.fence, job.lease_until = "running", job.fence + 1, job.created_at
        session.commit()

    stage.worker.run_once()
    stage.fresh()

    assert stage.cloud.count("licenses") == sent
    assert steering.order_of(stage.session.get_one(Change, change.id)) is steering.Order.PAUSE


def test_those_who_wait_for_licences_end_too(make: Make, stage_of: StageOf) -> None:
    takers = [make.user(f"A{n:02}") for n in range(30)]
    givers = [make.user(f"Z{n:02}", E3) for n in range(30)]
    stage = stage_of(takers + givers, [sku(E3, enabled=30)], parallel=1)
    change = stage.running((assign(E3), takers), (revoke(E3), givers))
    press_after(stage, 1, stop_rest, change)

    stage.run()

    assert stage.result(change).changes_sums.adds_up
    assert stage.cloud.oversold == []


def test_all_that_was_done_before_the_stop_is_no_stop(make: Make, stage_of: StageOf) -> None:
    stage = stage_of([make.user("Ada")], [sku(E3)])
    change = stage.submit_and_save(assign(E3))
    press_after(stage, 1, stop_rest, change)

    stage.run()

    result = stage.result(change)
    assert (result.changes_sums.done, result.head.stop_reason) == (1, None)


def test_a_paused_one_with_nothing_left_ends(make: Make, stage_of: StageOf) -> None:
    stage = stage_of([make.user("Ada")], [sku(E3)])
    change = stage.submit_and_save(assign(E3))
    press_after(stage, 1, pause, change)

    stage.run()

    assert stage.result(change).changes_sums.done == 1


def test_a_change_of_the_same_users_waits_for_a_paused_one(stage: Stage) -> None:
    first = stage.submit_and_save(assign(E3))
    press_after(stage, 1, pause, first)
    stage.worker.run_once()
    stage.fresh()
    stage.submit_and_save(assign(FLOW), BitMap([99]), key="second")
    sent = stage.cloud.count("licenses")

    stage.worker.run_once()

    assert stage.cloud.count("licenses") == sent
    press(stage, resume, first)
    stage.run()
    assert (stage.cloud.consumed(E3), stage.cloud.consumed(FLOW)) == (100, 1)


def test_licences_that_went_meanwhile_are_not_asked_for_after_the_resume(stage: Stage) -> None:
    change = stage.submit_and_save(assign(E3))
    press_after(stage, 1, pause, change)
    stage.worker.run_once()
    stage.cloud.products[E3] = replace(stage.cloud.products[E3], enabled=30)

    press(stage, resume, change)
    stage.run()

    sums = stage.result(change).changes_sums
    assert sums.done == stage.cloud.consumed(E3) >= 30
    assert not stage.cloud.refusals
    assert {p.reason for p in stage.result(change).not_attempted} == {"no_seats"}
