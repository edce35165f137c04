"""Answers that come late, are lost, or tell of what somebody else did meanwhile."""

from __future__ import annotations

from dataclasses import replace

from partner_center.changes.outcome import Heading
from tests.make import Make
from tests.unit.changes.conftest import StageOf
from tests.unit.changes.fake_cloud import Fate
from tests.unit.changes.stage import E3, FLOW, assign, revoke, sku


def test_what_is_throttled_comes_back_when_microsoft_says(make: Make, stage_of: StageOf) -> None:
    stage = stage_of([make.user(f"User {n:02}") for n in range(45)], [sku(E3)])
    tries: dict[str, int] = {}

    def fate(graph_id: str) -> Fate:
        tries[graph_id] = tries.get(graph_id, 0) + 1
        return Fate.THROTTLED if tries[graph_id] < 3 else Fate.NORMAL

    stage.cloud.fate = fate
    result = stage.carry_out(assign(E3))

    assert result.changes_sums.done == 45
    assert set(tries.values()) == {3}


def test_one_throttled_user_does_not_hold_up_the_others(make: Make, stage_of: StageOf) -> None:
    users = [make.user(f"User {n:02}") for n in range(45)]
    stage = stage_of(users, [sku(E3)], parallel=1)
    slow = [users[3].graph_id]
    stage.cloud.fate = lambda graph_id: Fate.THROTTLED if graph_id in slow else Fate.NORMAL
    change = stage.submit_and_save(assign(E3))

    assert stage.worker.run_once()
    stage.fresh()
    assert stage.cloud.consumed(E3) == 44
    progress = stage.progress(change)
    assert (progress.done, progress.total, progress.finished) == (44, 45, False)
    assert progress.course.until is not None

    slow.clear()
    stage.run()
    assert stage.result(change).changes_sums.done == 45


def test_a_lost_answer_is_looked_up_and_not_sent_again_when_it_was_done(
    make: Make, stage_of: StageOf
) -> None:
    stage = stage_of([make.user("Ada"), make.user("Bob")], [sku(E3)])
    stage.cloud.fate = lambda _: Fate.LOST_AFTER

    result = stage.carry_out(assign(E3))

    assert result.heading is Heading.UPDATED
    assert (stage.cloud.count("licenses"), stage.cloud.count("read")) == (1, 1)
    stage.assert_true_to_microsoft()


def test_a_lost_request_is_looked_up_and_sent_again(make: Make, stage_of: StageOf) -> None:
    stage = stage_of([make.user("Ada")], [sku(E3)])
    fates = [Fate.LOST_BEFORE]
    stage.cloud.fate = lambda _: fates.pop() if fates else Fate.NORMAL

    result = stage.carry_out(assign(E3))

    assert result.heading is Heading.UPDATED
    assert (stage.cloud.count("licenses"), stage.cloud.count("read")) == (2, 1)


def test_an_outcome_that_never_becomes_known_is_said_to_be_unknown(make: Make, stage_of: StageOf) -> None:
    stage = stage_of([make.user("Ada")], [sku(E3)])
    stage.cloud.fate = lambda _: Fate.LOST_BEFORE

    change = stage.submit_and_save(assign(E3))
    stage.run()

    assert stage.outcomes(change) == {("Ada", E3): ("unknown", "busy")}
    result = stage.result(change)
    assert (result.heading, result.changes_sums.unknown, result.can_retry) == (Heading.UNKNOWN, 1, 1)
    assert stage.cloud.count("licenses") == 3


def test_a_revoke_whose_answer_was_lost_counts_as_done(make: Make, stage_of: StageOf) -> None:
    stage = stage_of([make.user("Ada", E3, FLOW)], [sku(E3), sku(FLOW)])
    fates = [Fate.LOST_AFTER]
    stage.cloud.fate = lambda _: fates.pop() if fates else Fate.NORMAL

    change = stage.submit_and_save(revoke(E3))
    stage.run()

    assert stage.outcomes(change) == {("Ada", E3): ("done", None)}


def test_a_revoke_of_what_someone_else_took_is_already_so(make: Make, stage_of: StageOf) -> None:
    ada = make.user("Ada", E3)
    stage = stage_of([ada], [sku(E3)])
    stage.cloud.meddle = lambda cloud: cloud.users_by_id.update({ada.graph_id: replace(ada, licenses=())})

    change = stage.submit_and_save(revoke(E3))
    stage.run()

    assert stage.outcomes(change) == {("Ada", E3): ("already_so", None)}


def test_a_user_deleted_meanwhile_fails_alone(make: Make, stage_of: StageOf) -> None:
    ada = make.user("Ada")
    stage = stage_of([ada, make.user("Bob")], [sku(E3)])
    stage.cloud.meddle = lambda cloud: cloud.users_by_id.pop(ada.graph_id, None)

    change = stage.submit_and_save(assign(E3))
    stage.run()

    assert stage.outcomes(change) == {("Ada", E3): ("failed", "user_gone"), ("Bob", E3): ("done", None)}
