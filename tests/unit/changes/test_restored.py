"""A change that was under way in a restored backup: nobody knows how far it got since, and it says so."""

from __future__ import annotations

from partner_center.changes.runner import on_restored
from partner_center.jobs import queue
from tests.make import Make
from tests.unit.changes.conftest import StageOf
from tests.unit.changes.stage import E3, VISIO, Stage, assign, sku


def restore(stage: Stage) -> None:
    with stage.sessions() as session:
        for job in queue.give_up(session, ["change"], "A backup was restored."):
            on_restored(session, job)
        session.commit()
    stage.fresh()


def test_whoever_was_not_settled_is_unknown_and_nothing_is_sent_again(make: Make, stage_of: StageOf) -> None:
    ada, bob = make.user("Ada"), make.user("Bob", VISIO)
    stage = stage_of([ada, bob], [sku(E3), sku(VISIO)])
    change = stage.running((assign(E3), [ada, bob]))

    restore(stage)
    stage.run()

    result = stage.result(change)
    assert (result.users_sums.unknown, result.users_sums.requested) == (2, 2)
    assert stage.cloud.count("licenses") == 0


def test_one_that_had_not_begun_waits_for_a_person(make: Make, stage_of: StageOf) -> None:
    stage = stage_of([make.user("Ada")], [sku(E3)])
    change = stage.submit_and_save(assign(E3))

    restore(stage)
    stage.run()

    assert change.state == "review_again"
    assert stage.cloud.count("licenses") == 0
