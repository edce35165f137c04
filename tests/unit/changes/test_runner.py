"""What a saved change does at Microsoft, in the mirror and on its result page."""

from __future__ import annotations

from dataclasses import replace

from pyroaring import BitMap
from sqlalchemy import select

from partner_center.audit.models import AuditEntry
from partner_center.changes.outcome import Heading
from partner_center.cloud.errors import Throttled
from partner_center.directory.models import SubscribedSku
from partner_center.licensing.values import LocationScope, LocationWish, Op, PlanMode, ProductWish, Wish
from partner_center.staff.queries import actor_of
from tests.cast import Cast
from tests.make import Make
from tests.unit.changes.conftest import StageOf
from tests.unit.changes.fake_cloud import Fate
from tests.unit.changes.stage import E3, EXO, FLOW, TEAMS, VISIO, assign, held, revoke, sku, swap


def test_a_small_safe_save_gives_the_product_without_review(make: Make, stage_of: StageOf) -> None:
    stage = stage_of([make.user("Ada"), make.user("Bob", E3)], [sku(E3)])

    result = stage.carry_out(assign(E3))

    assert result.heading is Heading.UPDATED
    assert (result.changes_sums.done, result.changes_sums.already_so) == (1, 1)
    assert stage.cloud.consumed(E3) == 2
    stage.assert_true_to_microsoft()
    assert [license_.is_new for license_ in result.done.items[0].licenses] == [True]


def test_products_for_many_users_are_one_call_each_in_batches_of_twenty(
    make: Make, stage_of: StageOf
) -> None:
    stage = stage_of([make.user(f"User {n:03}") for n in range(50)], [sku(E3), sku(VISIO)])
    stage.cloud.calls.clear()

    result = stage.carry_out(assign(E3, VISIO))

    assert result.heading is Heading.UPDATED
    assert stage.cloud.count("licenses") == 3
    assert len(stage.cloud.calls) - 3 <= 5
    assert stage.cloud.met_twice == []
    assert [len(request.add) for _, request in stage.cloud.writes] == [2] * 50
    stage.assert_true_to_microsoft()


def test_who_has_what_is_asked_costs_no_call(make: Make, stage_of: StageOf) -> None:
    stage = stage_of([make.user("Ada", E3), make.user("Bob", E3)], [sku(E3, enabled=2)])
    stage.cloud.calls.clear()

    result = stage.carry_out(assign(E3))

    assert result.heading is Heading.ALREADY
    assert stage.cloud.count("licenses") == 0
    assert result.changes_sums.already_so == 2


def test_services_a_user_had_switched_off_stay_off(make: Make, stage_of: StageOf) -> None:
    ada = make.user("Ada", licenses=(held(E3, off=[TEAMS]),))
    stage = stage_of([ada, make.user("Bob")], [sku(E3)])

    stage.carry_out(assign(E3, off=[EXO]))

    off = {user.display_name: user.licenses[0].off for user in stage.cloud.users_by_id.values()}
    assert off == {"Ada": tuple(sorted([EXO, TEAMS])), "Bob": (EXO,)}


def test_the_location_is_set_before_the_product_is_given(make: Make, stage_of: StageOf) -> None:
    stage = stage_of([make.user("Ada", usage_location=None), make.user("Bob")], [sku(E3)])

    result = stage.carry_out(assign(E3).with_location(LocationWish("NO")))

    assert result.heading is Heading.UPDATED
    assert {u.usage_location for u in stage.cloud.users_by_id.values()} == {"NO", "US"}
    assert (stage.cloud.count("locations"), stage.cloud.count("licenses")) == (1, 2)
    stage.assert_true_to_microsoft()


def test_a_location_alone_is_mirrored_without_reading_the_user_again(
    make: Make, stage_of: StageOf, cast: Cast
) -> None:
    stage = stage_of([make.user("Ada", E3, usage_location=None, user_type="Guest")], [sku(E3)])
    stage.actor = actor_of(cast.global_admin)  # nobody else changes guests

    stage.carry_out(Wish(location=LocationWish("SE", LocationScope.ALL)))

    stage.assert_true_to_microsoft()
    assert stage.cloud.count("read") == 0


def test_expected_failures_are_skipped_and_said_so(make: Make, stage_of: StageOf) -> None:
    stage = stage_of([make.user("Ada"), make.user("Bob", usage_location=None)], [sku(E3)])

    change = stage.submit_and_save(assign(E3))
    stage.run()

    assert stage.outcomes(change) == {
        ("Ada", E3): ("done", None),
        ("Bob", E3): ("not_attempted", "location_missing"),
    }
    result = stage.result(change)
    assert (result.heading, result.users_ok, result.users) == (Heading.PARTLY, 1, 2)
    assert [(p.reason, p.users, p.first) for p in result.not_attempted] == [("location_missing", 1, ("Bob",))]


def test_expected_failures_are_sent_when_asked_for(make: Make, stage_of: StageOf) -> None:
    stage = stage_of([make.user("Ada", usage_location=None)], [sku(E3)])

    result = stage.carry_out(assign(E3), skip_expected=False)

    assert [problem.reason for problem in result.failures] == ["location_missing"]
    message = result.failures[0].messages[0]
    assert (message.text, message.request_id, message.user) == (
        "Microsoft says location_missing",
        "req",
        "Ada",
    )


def test_one_bad_product_does_not_block_the_good_one(make: Make, stage_of: StageOf) -> None:
    stage = stage_of([make.user("Ada")], [sku(E3), sku(VISIO)])
    stage.cloud.meddle = lambda cloud: cloud.products.update({VISIO: sku(VISIO, enabled=0)})

    change = stage.submit_and_save(assign(E3, VISIO))
    stage.run()

    assert stage.outcomes(change) == {("Ada", E3): ("done", None), ("Ada", VISIO): ("failed", "no_seats")}
    assert stage.cloud.count("licenses") == 2


def test_an_unnamed_culprit_is_found_by_asking_for_each_product_alone(make: Make, stage_of: StageOf) -> None:
    stage = stage_of([make.user("Ada"), make.user("Bob")], [sku(E3), sku(VISIO)])
    drawing = stage.cloud.products[VISIO].plans[0]["id"]
    stage.cloud.exclusive = (frozenset({EXO, drawing}),)

    change = stage.submit_and_save(assign(E3, VISIO))
    stage.run()

    outcomes = stage.outcomes(change)
    for name in ("Ada", "Bob"):
        first, second = sorted((E3, VISIO))
        assert outcomes[name, first] == ("done", None)
        assert outcomes[name, second] == ("failed", "conflict")
    stage.assert_true_to_microsoft()


def test_a_swap_that_fails_leaves_the_user_as_before(make: Make, stage_of: StageOf) -> None:
    stage = stage_of([make.user("Ada", VISIO), make.user("Bob", VISIO)], [sku(E3, enabled=1), sku(VISIO)])

    change = stage.submit_and_save(swap(VISIO, E3))
    stage.run()

    outcomes = stage.outcomes(change)
    assert outcomes["Ada", E3] == outcomes["Ada", VISIO] == ("done", None)
    assert outcomes["Bob", E3] == ("not_attempted", "no_seats")
    assert outcomes["Bob", VISIO] == ("not_attempted", "kept_together")
    assert stage.cloud.consumed(VISIO) == 1


def test_what_is_freed_is_given_to_others_of_the_same_change(make: Make, stage_of: StageOf) -> None:
    """By name those who need a licence come first: they have to wait for those who give theirs back."""
    takers = [make.user(f"A{n:02}") for n in range(30)]
    givers = [make.user(f"Z{n:02}", E3) for n in range(30)]
    stage = stage_of(takers + givers, [sku(E3, enabled=30)])

    change = stage.running((assign(E3), takers), (revoke(E3), givers))
    stage.run()

    result = stage.result(change)
    assert (result.changes_sums.done, result.heading) == (60, Heading.UPDATED)
    assert stage.cloud.oversold == []
    assert not stage.cloud.refusals
    stage.assert_true_to_microsoft()


def test_who_waits_for_licences_that_never_come_back_is_told(make: Make, stage_of: StageOf) -> None:
    ada, zoe = make.user("Ada"), make.user("Zoe", E3)
    stage = stage_of([ada, zoe], [sku(E3, enabled=1)])
    stage.cloud.fate = lambda graph_id: Fate.SHUT if graph_id == zoe.graph_id else Fate.NORMAL
    stage.cloud.meddle = lambda cloud: cloud.refusals.update(["batch"])

    change = stage.running((assign(E3), [ada]), (revoke(E3), [zoe]))
    stage.run()

    assert stage.outcomes(change) == {
        ("Zoe", E3): ("failed", "no_rights"),
        ("Ada", E3): ("not_attempted", "no_rights"),
    }


def test_two_who_wait_for_each_other_are_both_told(make: Make, stage_of: StageOf) -> None:
    ada, bob = make.user("Ada", E3), make.user("Bob", VISIO)
    stage = stage_of([ada, bob], [sku(E3, enabled=1), sku(VISIO, enabled=1)])

    change = stage.running((swap(E3, VISIO), [ada]), (swap(VISIO, E3), [bob]))
    stage.run()

    assert set(stage.outcomes(change).values()) == {
        ("not_attempted", "no_seats"),
        ("not_attempted", "kept_together"),
    }
    assert stage.cloud.count("licenses") == 0


def test_the_product_that_runs_out_stops_being_asked_for(make: Make, stage_of: StageOf) -> None:
    stage = stage_of([make.user(f"User {n:02}") for n in range(60)], [sku(E3, enabled=25), sku(FLOW)])

    change = stage.submit_and_save(assign(E3, FLOW))
    stage.run()

    result = stage.result(change)
    assert (result.changes_sums.done, result.changes_sums.not_attempted) == (25 + 60, 35)
    assert not stage.cloud.refusals
    given = [
        name
        for (name, sku_id), (outcome, _) in stage.outcomes(change).items()
        if sku_id == E3 and outcome == "done"
    ]
    assert sorted(given) == [f"User {n:02}" for n in range(25)]


def test_microsoft_having_fewer_licences_than_counted_stops_the_asking(make: Make, stage_of: StageOf) -> None:
    stage = stage_of([make.user(f"User {n:03}") for n in range(200)], [sku(E3, enabled=200)], parallel=1)
    change = stage.submit_and_save(assign(E3))

    def shrink(cloud) -> None:  # type: ignore[no-untyped-def]
        cloud.products[E3] = replace(cloud.products[E3], enabled=30)

    stage.cloud.meddle = shrink
    stage.run()

    sums = stage.result(change).changes_sums
    assert sums.done == 30
    assert sums.failed + sums.not_attempted == 170
    assert stage.cloud.refusals["no_seats"] <= 60


def test_a_tenant_that_shuts_stops_the_change_and_leaves_nobody_out_of_the_sums(
    make: Make, stage_of: StageOf
) -> None:
    stage = stage_of([make.user(f"User {n:03}") for n in range(130)], [sku(E3, enabled=200)], parallel=1)
    sent: list[str] = []

    def fate(graph_id: str) -> Fate:
        sent.append(graph_id)
        return Fate.SHUT if len(sent) > 40 else Fate.NORMAL

    stage.cloud.fate = fate
    change = stage.submit_and_save(assign(E3))
    stage.run()

    result = stage.result(change)
    sums = result.changes_sums
    assert (result.head.stop_reason, result.heading) == ("no_rights", Heading.PARTLY)
    assert (sums.done, sums.failed + sums.not_attempted, sums.adds_up) == (40, 90, True)
    assert sums.not_attempted > 0


def test_answers_without_a_body_are_read_back_for_the_mirror(make: Make, stage_of: StageOf) -> None:
    stage = stage_of([make.user("Ada")], [sku(E3)])
    stage.cloud.fate = lambda _: Fate.SILENT

    stage.carry_out(assign(E3))

    assert stage.cloud.count("read") == 1
    stage.assert_true_to_microsoft()


def test_a_body_that_never_came_is_read_by_whoever_comes_next(make: Make, stage_of: StageOf) -> None:
    """Found by the property test: the worker died between the answer and the reading."""
    stage = stage_of([make.user("Ada"), make.user("Bob", VISIO)], [sku(E3), sku(VISIO)])
    stage.cloud.fate = lambda _: Fate.SILENT
    down = [Throttled(60)]
    stage.cloud.trouble = lambda call: down.pop() if down and call == "read" else None
    change = stage.submit_and_save(assign(E3, VISIO))

    stage.worker.run_once()
    stage.fresh()
    assert stage.progress(change).done == 0
    stage.run()

    assert stage.result(change).changes_sums.done == 3
    stage.assert_true_to_microsoft()


def test_the_seats_shown_after_a_save_are_microsofts(make: Make, stage_of: StageOf) -> None:
    stage = stage_of([make.user("Ada")], [sku(E3)])

    stage.carry_out(assign(E3))

    consumed = stage.session.scalar(select(SubscribedSku.consumed).where(SubscribedSku.sku_id == E3))
    assert consumed == 1


def test_a_full_success_clears_the_selection_and_a_partial_one_keeps_the_rest(
    make: Make, stage_of: StageOf
) -> None:
    ada, bob = make.user("Ada"), make.user("Bob", usage_location=None)
    stage = stage_of([ada, bob], [sku(E3), sku(FLOW)])
    stage.select(stage.everybody)

    stage.carry_out(assign(E3))
    assert stage.selected() == BitMap([stage.number(bob)])

    stage.carry_out(Wish(location=LocationWish("NO")), stage.selected(), key="second")
    assert stage.selected() == BitMap()


def test_a_selection_changed_meanwhile_is_left_alone(make: Make, stage_of: StageOf) -> None:
    ada, bob = make.user("Ada"), make.user("Bob")
    stage = stage_of([ada, bob], [sku(E3)])
    stage.select(stage.everybody)
    change = stage.submit_and_save(assign(E3))
    stage.select(BitMap([stage.number(bob)]))

    stage.run()

    assert stage.result(change).heading is Heading.UPDATED
    assert stage.selected() == BitMap([stage.number(bob)])


def test_saving_and_finishing_are_in_the_audit_log(make: Make, stage_of: StageOf) -> None:
    stage = stage_of([make.user("Ada")], [sku(E3)])

    change = stage.submit_and_save(assign(E3))
    stage.run()

    entries = stage.session.scalars(select(AuditEntry).where(AuditEntry.subject == change.ref)).all()
    assert [entry.action for entry in entries] == ["change_saved", "change_finished", "change_sealed"]
    assert entries[1].details["pairs"] == {"requested": 1, "done": 1}
    assert {entry.actor_id for entry in entries} == {stage.member.id}


def test_plans_are_switched_for_those_who_hold_the_product(make: Make, stage_of: StageOf) -> None:
    ada = make.user("Ada", licenses=(held(E3, off=[TEAMS]),))
    stage = stage_of([ada, make.user("Bob")], [sku(E3)])

    wish = Wish({E3: ProductWish(Op.LEAVE, {TEAMS: PlanMode.ON, EXO: PlanMode.OFF})})
    change = stage.submit_and_save(wish)
    stage.run()

    assert stage.outcomes(change) == {("Ada", E3): ("done", None)}
    assert stage.cloud.users_by_id[ada.graph_id].licenses[0].off == (EXO,)


def test_a_call_that_fails_leaves_its_license_to_the_next_user(make: Make, stage_of: StageOf) -> None:
    nowhere = make.user("Ada", usage_location=None)
    stage = stage_of([nowhere, make.user("Bob"), make.user("Cid")], [sku(E3, enabled=1)])

    result = stage.carry_out(assign(E3), skip_expected=False)

    sums = result.changes_sums
    assert (sums.done, sums.failed, sums.not_attempted) == (1, 1, 1)
    assert stage.cloud.consumed(E3) == 1
    stage.assert_true_to_microsoft()
