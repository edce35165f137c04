"""Changes of the same users go one after another, whichever was planned, saved or begun first."""

from __future__ import annotations

import pytest
from pyroaring import BitMap
from sqlalchemy import update

from partner_center.changes.models import Change
from partner_center.changes.outcome import Heading
from partner_center.jobs.models import Job
from partner_center.jobs.queue import LEASE
from partner_center.shared import clock
from tests.make import Make
from tests.unit.changes.conftest import StageOf
from tests.unit.changes.stage import E3, VISIO, Stage, assign, revoke, sku


@pytest.fixture
def stage(make: Make, stage_of: StageOf) -> Stage:
    return stage_of([make.user("Ada"), make.user("Bob", VISIO)], [sku(E3, enabled=3), sku(VISIO)])


def hold(stage: Stage, change: Change) -> None:
    """Let another worker have begun the change and be at it."""
    with stage.sessions() as session:
        session.execute(update(Change).where(Change.id == change.id).values(state="running"))
        held = {"state": "running", "fence": 1, "lease_until": clock.now() + LEASE}
        session.execute(update(Job).where(Job.key == f"change:{change.id}").values(held))
        session.commit()


def test_a_plan_that_was_long_in_review_waits_for_what_began_meanwhile(stage: Stage) -> None:
    bob = BitMap([2])
    old = stage.submit(revoke(VISIO), bob)
    assert old.state == "planned"
    new = stage.submit_and_save(assign(E3), bob, key="new")
    hold(stage, new)
    stage.save(old)

    for _ in range(3):
        stage.worker.run_once()
    assert stage.cloud.count("licenses") == 0
    stage.fresh()
    assert old.state == "waiting"

    with stage.sessions() as session:
        session.execute(update(Job).where(Job.key == f"change:{new.id}").values(lease_until=clock.now()))
        session.commit()
    stage.run()
    assert stage.result(new).heading is Heading.UPDATED
    assert old.state == "review_again", "it was reviewed before the other gave what it was to keep"


def test_users_of_another_running_change_do_not_hold_up_the_others(stage: Stage) -> None:
    other = stage.submit_and_save(assign(E3), BitMap([1]))
    hold(stage, other)
    change = stage.submit_and_save(assign(E3), BitMap([2]), key="second")

    stage.run()

    assert stage.result(change).heading is Heading.UPDATED
