"""Undo: every user back to what they held, nobody else touched, once, and for as long as it is offered."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pyroaring import BitMap
from sqlalchemy import func, select

from partner_center.audit.models import AuditEntry
from partner_center.changes import service
from partner_center.changes.models import Change
from partner_center.changes.service import SaveResult
from partner_center.licensing.values import LocationScope, LocationWish, Op, PlanMode, ProductWish, Wish
from partner_center.shared.errors import Conflict, Refusal
from tests.make import Make
from tests.unit.changes.conftest import StageOf
from tests.unit.changes.fake_cloud import Fate
from tests.unit.changes.stage import E3, EXO, FLOW, TEAMS, VISIO, Stage, assign, held, revoke, swap
from tests.unit.changes.undone import four_people, holdings, left_out, named, undo, undo_and_save


@pytest.fixture
def stage(make: Make, stage_of: StageOf) -> Stage:
    return four_people(make, stage_of)


WISHES = {
    "given": assign(FLOW),
    "given with services off": assign(FLOW).with_product(E3, ProductWish(Op.ASSIGN, {EXO: PlanMode.OFF})),
    "taken": revoke(E3, VISIO),
    "swapped": swap(VISIO, FLOW),
    "services switched": Wish({E3: ProductWish(Op.LEAVE, {TEAMS: PlanMode.ON})}),
    "moved": assign(FLOW).with_location(LocationWish("SE", LocationScope.ALL)),
}


@pytest.mark.parametrize("wish", WISHES.values(), ids=WISHES.keys())
def test_everybody_holds_again_what_they_held(stage: Stage, wish: Wish) -> None:
    some = BitMap(stage.number(named(stage, name)) for name in ("Ada", "Bob", "Cem"))
    before = holdings(stage)
    change = stage.submit_and_save(wish, some)
    stage.run()
    after = holdings(stage)
    assert after != before

    undone = undo_and_save(stage, change)

    assert holdings(stage) == before
    stage.assert_true_to_microsoft()
    undo_and_save(stage, undone)
    assert holdings(stage) == after, "an undo can be undone"


def test_it_is_always_shown_first_however_small(stage: Stage) -> None:
    change = stage.submit_and_save(revoke(VISIO), BitMap([stage.number(named(stage, "Ada"))]))
    stage.run()
    calls = len(stage.cloud.writes)

    planned = undo(stage, change)

    assert planned.state == "planned"
    assert not stage.plan(planned).plan.needs_review, "the same plan from a form would be saved at once"
    stage.run()
    assert len(stage.cloud.writes) == calls


def test_only_what_was_really_done_is_undone(stage: Stage) -> None:
    cem = named(stage, "Cem")
    stage.tell(replace(cem, usage_location=None))
    change = stage.submit_and_save(assign(E3, FLOW), skip_expected=True)
    stage.run()

    view = stage.plan(undo(stage, change))

    deeds = {user.display_name: [(d.kind, d.sku_id) for d in user.deeds] for user in view.users.items}
    assert deeds == {name: [("revoke", FLOW)] for name in ("Ada", "Bob", "Dag")}


def test_users_changed_since_are_named_and_left_out(stage: Stage) -> None:
    change = stage.submit_and_save(assign(FLOW))
    stage.run()
    stage.tell(replace(named(stage, "Bob"), licenses=(held(FLOW),)))
    expected = holdings(stage)["Bob"]

    undone = undo(stage, change)

    view = stage.plan(undone)
    assert left_out(view) == {"changed": ("Bob",)}
    assert [user.display_name for user in view.users.items] == ["Ada", "Cem", "Dag"]
    stage.save(undone)
    stage.run()
    assert holdings(stage)["Bob"] == expected
    assert [(each.reason, each.first) for each in stage.result(undone).left_out] == [("changed", ("Bob",))]


def test_users_that_are_gone_are_named(stage: Stage) -> None:
    change = stage.submit_and_save(assign(FLOW))
    stage.run()
    gone = named(stage, "Bob")
    del stage.cloud.users_by_id[gone.graph_id]
    stage.resync()

    view = stage.plan(undo(stage, change))

    assert left_out(view) == {"user_gone": ("Bob",)}
    assert view.plan.users == 3


def test_a_user_moved_since_is_left_out(stage: Stage) -> None:
    change = stage.submit_and_save(Wish(location=LocationWish("SE", LocationScope.ALL)))
    stage.run()
    stage.tell(replace(named(stage, "Ada"), usage_location="TR"))

    assert left_out(stage.plan(undo(stage, change))) == {"changed": ("Ada",)}


def test_where_everybody_has_changed_the_names_are_shown_and_nothing_can_be_saved(stage: Stage) -> None:
    change = stage.submit_and_save(assign(FLOW), BitMap([stage.number(named(stage, "Cem"))]))
    stage.run()
    stage.tell(replace(named(stage, "Cem"), licenses=()))

    undone = undo(stage, change)

    view = stage.plan(undone)
    assert (left_out(view), view.can_save, view.can_discard) == ({"changed": ("Cem",)}, False, True)
    with pytest.raises(Refusal, match="Nothing is left"):
        stage.save(undone)


def test_somebody_who_changes_between_review_and_sending_brings_it_back_unsent(stage: Stage) -> None:
    """They would even end as wished: but not as they were shown."""
    change = stage.submit_and_save(assign(FLOW))
    stage.run()
    undone = undo(stage, change)
    assert stage.save(undone) is SaveResult.SAVED
    stage.cloud.change(replace(named(stage, "Cem"), licenses=(held(FLOW), held(VISIO))))
    calls = len(stage.cloud.writes)

    stage.run()

    assert undone.state == "review_again"
    assert left_out(stage.plan(undone)) == {"changed": ("Cem",)}
    assert len(stage.cloud.writes) == calls


def test_what_comes_from_a_group_is_named_and_stays(stage: Stage) -> None:
    dag = stage.number(named(stage, "Dag"))
    change = stage.submit_and_save(revoke(E3), BitMap([dag]))
    stage.run()
    assert holdings(stage)["Dag"][1] == {E3: (False, ("sales",), frozenset())}

    view = stage.plan(undo(stage, change))

    assert [(d.already, d.by_group) for user in view.users.items for d in user.deeds] == [(True, True)]


def test_licences_are_counted_as_in_any_plan(stage: Stage) -> None:
    change = stage.submit_and_save(revoke(E3))
    stage.run()
    stage.cloud.products[E3] = replace(stage.cloud.products[E3], enabled=2)
    stage.tell()

    undone = undo(stage, change)

    assert stage.plan(undone).plan.short == 1
    stage.save(undone)
    stage.run()
    told = sorted(outcome for (_, sku_id), outcome in stage.outcomes(undone).items() if sku_id == E3)
    assert told == [("already_so", None), ("done", None), ("not_attempted", "no_seats")]


def test_however_often_it_is_pressed_there_is_one(stage: Stage) -> None:
    change = stage.submit_and_save(assign(FLOW))
    stage.run()

    planned = {undo(stage, change).ref for _ in range(3)}
    assert len(planned) == 1
    stage.save(undo(stage, change))
    with pytest.raises(Conflict, match=f"being undone already, as {planned.pop()}"):
        undo(stage, change)
    assert stage.session.scalar(select(func.count()).select_from(Change)) == 2
    entries = select(func.count()).where(AuditEntry.action == "change_undo_planned")
    assert stage.session.scalar(entries) == 1


def test_a_discarded_undo_can_be_planned_anew(stage: Stage) -> None:
    change = stage.submit_and_save(assign(FLOW))
    stage.run()
    first = undo(stage, change)
    service.discard(stage.session, stage.actor, stage.customer.id, first.ref)

    second = undo(stage, change)

    assert second.ref != first.ref
    assert stage.save(second) is SaveResult.SAVED


def test_both_say_what_they_have_to_do_with_each_other(stage: Stage) -> None:
    change = stage.submit_and_save(assign(FLOW))
    stage.run()
    planned = undo(stage, change)
    assert stage.result(change).head.undone_by == (), "a plan has undone nothing"
    assert stage.result(change).undo.other == planned.ref

    stage.save(planned)
    stage.run()

    assert stage.result(planned).head.undo_of == change.ref
    (link,) = stage.result(change).head.undone_by
    assert (link.ref, link.sums.done if link.sums else 0) == (planned.ref, 4)


def test_what_failed_in_an_undo_is_retried_as_what_it_was(stage: Stage) -> None:
    """Each user by their own wish: one gets a product back, the other the services."""
    before = holdings(stage)
    change = stage.submit_and_save(
        Wish({E3: ProductWish(Op.ASSIGN, {EXO: PlanMode.OFF})}),
        BitMap(stage.number(named(stage, name)) for name in ("Bob", "Cem")),
    )
    stage.run()
    undone = undo(stage, change)
    stage.save(undone)
    stage.cloud.fate = lambda _graph_id: Fate.SHUT
    stage.run()
    assert {outcome for outcome, _ in stage.outcomes(undone).values()} <= {"failed", "not_attempted"}
    stage.cloud.fate = lambda _graph_id: Fate.NORMAL

    again = service.retry(stage.session, stage.actor, stage.customer.id, undone.ref, key="retry")
    stage.session.commit()
    if again.state == "planned":
        stage.save(again)
    stage.run()

    assert holdings(stage) == before


def test_it_leaves_the_draft_of_the_next_change_alone(stage: Stage) -> None:
    from partner_center.changes.draft import get_draft, set_draft

    change = stage.submit_and_save(assign(FLOW))
    stage.run()
    set_draft(stage.session, stage.actor, stage.customer.id, revoke(VISIO))

    undo_and_save(stage, change)

    assert get_draft(stage.session, stage.actor, stage.customer.id).wish == revoke(VISIO)
