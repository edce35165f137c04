"""How Microsoft's write quota is felt, and waited for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select

from partner_center.changes.budget import FULL, Budget, Budgets
from partner_center.changes.runner import change_handler
from partner_center.jobs.models import Job
from partner_center.shared import clock
from tests.make import Make
from tests.unit.changes.conftest import StageOf
from tests.unit.changes.fake_cloud import Fate
from tests.unit.changes.stage import E3, assign, sku

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


@pytest.fixture
def used_up() -> Budget:
    """Empty at NOW."""
    budget = Budget()
    budget.use_up(NOW)
    return budget


def test_everything_may_be_sent_while_nothing_was_turned_away() -> None:
    budget = Budget()
    assert budget.take(10_000, NOW) == 10_000
    assert budget.due(10_000, NOW) == NOW


def test_after_that_twenty_a_second_may_be_sent(used_up: Budget) -> None:
    assert used_up.take(500, NOW) == 0
    assert used_up.take(500, after(10)) == 200
    assert used_up.take(500, after(10.5)) == 10
    assert used_up.take(5, after(20)) == 5
    assert used_up.take(500, after(20)) == 185


def test_it_is_known_when_there_will_be_enough(used_up: Budget) -> None:
    assert used_up.due(300, NOW) == after(15)
    assert used_up.due(300, after(10)) == after(15)
    assert used_up.due(300, after(16)) == after(16)
    used_up.take(100, after(15))
    assert used_up.due(300, after(15)) == after(20)
    assert used_up.due(10 * FULL, after(15)) == after(15) + timedelta(seconds=(FULL - 200) / 20)


def test_what_was_not_sent_is_there_again(used_up: Budget) -> None:
    assert used_up.take(20, after(1)) == 20
    used_up.give_back(5)
    assert used_up.take(20, after(1)) == 5


def test_when_the_bucket_must_be_full_again_its_end_is_no_longer_known(used_up: Budget) -> None:
    assert used_up.take(FULL, after(149)) == FULL - 20
    used_up.use_up(NOW)
    assert used_up.take(10_000, after(150)) == 10_000


def test_each_tenant_has_its_own() -> None:
    budgets = Budgets()
    budgets.of("one").use_up(NOW)
    assert budgets.of("one").take(1, NOW) == 0
    assert budgets.of("two").take(1, NOW) == 1


def test_a_change_waits_for_the_quota_and_asks_no_more_than_refills(make: Make, stage_of: StageOf) -> None:
    """100 users, and Microsoft turns writes away after 40."""
    stage = stage_of([make.user(f"User {n:03}") for n in range(100)], [sku(E3)], parallel=1)
    stage.use(change_handler(stage.cloud, parallel=1))
    asked: list[str] = []
    stage.cloud.fate = lambda user: asked.append(user) or (Fate.THROTTLED if len(asked) > 40 else Fate.NORMAL)
    stage.cloud.retry_after = 1
    with time_machine.travel(clock.now(), tick=False) as time:
        change = stage.submit_and_save(assign(E3))
        begun = clock.now()
        stage.worker.run_once()
        stage.fresh()

        assert (stage.cloud.consumed(E3), stage.progress(change).done) == (40, 40)
        assert len(asked) <= 80  # two batches were under way, or ready to be, when the first was turned away
        due = stage.session.scalar(select(Job.run_after).where(Job.kind == "change"))
        assert due == begun + timedelta(seconds=60 / 20)

        stage.cloud.fate = lambda _: Fate.NORMAL
        stage.cloud.calls.clear()
        time.shift(3)
        stage.worker.run_once()
        stage.fresh()

    assert stage.result(change).changes_sums.done == 100
    assert stage.cloud.count("licenses") == 3
