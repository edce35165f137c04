"""The result page and its table tell each user's truth, in whole, at any size."""

from __future__ import annotations

from dataclasses import replace

from pyroaring import BitMap

from partner_center.changes import queries
from partner_center.changes.states import ChangeState
from partner_center.changes.views import RunView
from partner_center.licensing.values import LocationWish, Op, PlanMode, ProductWish, Wish
from tests.make import Make
from tests.unit.changes.conftest import StageOf
from tests.unit.changes.fake_cloud import Fate
from tests.unit.changes.stage import E3, EXO, TEAMS, VISIO, Stage, assign, held, sku


def _rows(stage: Stage, ref: str) -> list[tuple[str, str, str, str, str]]:
    rows = queries.result_rows(stage.session, stage.actor, stage.customer.id, ref, "en")
    return [(row.user, row.action, row.status, row.reason_code, row.plans_changed) for row in rows]


def test_failures_are_grouped_by_reason_and_product_with_everybody_in_them(
    make: Make, stage_of: StageOf
) -> None:
    nowhere = [make.user(f"N{n:02}", usage_location=None) for n in range(30)]
    stage = stage_of([*nowhere, make.user("Z1"), make.user("Z2")], [sku(E3), sku(VISIO, enabled=1)])

    change = stage.submit_and_save(assign(E3, VISIO))
    stage.run()

    result = stage.result(change)
    groups = [(p.reason, p.sku_id, p.users, p.more) for p in result.not_attempted]
    assert sorted(groups) == sorted(
        [
            ("location_missing", E3, 30, 10),
            ("location_missing", VISIO, 30, 10),
            ("no_seats", VISIO, 1, 0),
        ]
    )
    for reason, sku_id, count in (("location_missing", E3, 30), ("no_seats", VISIO, 1), (None, "", 31)):
        members = queries.users_of_problems(
            stage.session, stage.actor, stage.customer.id, change.ref, reason=reason, sku_id=sku_id
        )
        assert len(members) == count
    assert result.can_retry == 61
    first = result.not_attempted[0]
    assert (first.first[0], len(first.first), first.fix) == ("N00", 20, "set_location")


def test_users_with_a_part_done_stand_among_the_done_too(make: Make, stage_of: StageOf) -> None:
    stage = stage_of([make.user("Ada"), make.user("Bob")], [sku(E3), sku(VISIO, enabled=1)])

    result = stage.carry_out(assign(E3, VISIO))

    assert result.users_sums.not_attempted == 1
    assert [user.display_name for user in result.done.items] == ["Ada", "Bob"]
    bob = {deed.sku_id: (deed.outcome, deed.reason) for deed in result.done.items[1].deeds}
    assert bob == {E3: ("done", None), VISIO: ("not_attempted", "no_seats")}
    assert [(one.sku_id, one.is_new) for one in result.done.items[1].licenses] == [(E3, True)]


def test_the_done_come_page_by_page(make: Make, stage_of: StageOf) -> None:
    stage = stage_of([make.user(f"User {n:03}") for n in range(60)], [sku(E3)])
    change = stage.submit_and_save(assign(E3))
    stage.run()

    last = queries.change_view(stage.session, stage.actor, stage.customer.id, change.ref, page=99, size=25)

    assert (last.done.number, last.done.total) == (3, 60)  # type: ignore[union-attr]
    assert last.done.items[0].display_name == "User 050"  # type: ignore[union-attr]


def test_microsofts_own_words_name_services_where_they_give_ids(make: Make, stage_of: StageOf) -> None:
    stage = stage_of([make.user("Ada")], [sku(E3), sku(VISIO)])
    drawing = stage.cloud.products[VISIO].plans[0]["id"]
    stage.cloud.exclusive = (frozenset({EXO, drawing}),)
    stage.cloud.words = lambda reason, plans: f"{reason} of {' and '.join(plan.upper() for plan in plans)}"

    result = stage.carry_out(assign(E3, VISIO))

    assert result.failures[0].plan_names == ("EXCHANGE_S_ENTERPRISE", "VISIO_WEB")
    assert EXO.upper() in result.failures[0].messages[0].text


def test_the_table_has_a_row_for_every_user_and_product(make: Make, stage_of: StageOf) -> None:
    ada = make.user("Ada", licenses=(held(E3, off=[TEAMS]),), usage_location=None)
    stage = stage_of([ada, make.user("Bob")], [sku(E3)])
    wish = Wish({E3: ProductWish(Op.ASSIGN, {TEAMS: PlanMode.ON, EXO: PlanMode.OFF})}, LocationWish("NO"))

    change = stage.submit(wish)
    planned = queries.plan_rows(stage.session, stage.actor, stage.customer.id, change.ref, "en")
    assert [(row.user, row.status) for row in planned] == [
        ("Ada", "planned"),
        ("Ada", "planned"),
        ("Bob", "planned"),
    ]
    assert [row[2] for row in _rows(stage, change.ref)] == ["planned"] * 3
    stage.save(change)
    stage.run()

    assert _rows(stage, change.ref) == [
        ("Ada", "location", "done", "", "NO"),
        ("Ada", "plans", "done", "", "on: TEAMS1; off: EXCHANGE_S_ENTERPRISE"),
        ("Bob", "assign", "done", "", "off: EXCHANGE_S_ENTERPRISE"),
    ]


def test_the_plans_table_says_what_is_so_already_and_what_will_fail(make: Make, stage_of: StageOf) -> None:
    stage = stage_of([make.user("Ada", E3), make.user("Bob", usage_location=None)], [sku(E3)])
    change = stage.submit(assign(E3))

    rows = list(queries.plan_rows(stage.session, stage.actor, stage.customer.id, change.ref, "en"))

    assert [(row.user, row.status, row.reason_code) for row in rows] == [
        ("Ada", "already_so", ""),
        ("Bob", "expected_to_fail", "location_missing"),
    ]


def test_a_change_under_way_shows_how_far_it_is(make: Make, stage_of: StageOf) -> None:
    stage = stage_of([make.user("Ada"), make.user("Bob")], [sku(E3)])
    change = stage.submit_and_save(assign(E3))

    view = queries.change_view(stage.session, stage.actor, stage.customer.id, change.ref)

    assert isinstance(view, RunView)
    assert (view.progress.state, view.progress.done, view.progress.percent) == (ChangeState.WAITING, 0, 0)
    assert not view.progress.finished
    stage.run()
    assert stage.progress(change).percent == 100
    assert replace(stage.progress(change), total=0).percent == 0


def test_failures_are_counted_while_it_runs(make: Make, stage_of: StageOf) -> None:
    users = [make.user(f"User {n:02}") for n in range(25)]
    stage = stage_of(users, [sku(E3)], parallel=1)
    change = stage.submit_and_save(assign(E3))
    gone, slow = users[0].graph_id, users[24].graph_id
    stage.cloud.meddle = lambda cloud: cloud.users_by_id.pop(gone, None)
    stage.cloud.fate = lambda graph_id: Fate.THROTTLED if graph_id == slow else Fate.NORMAL

    stage.worker.run_once()
    stage.fresh()

    progress = stage.progress(change)
    assert (progress.done, progress.failed, progress.finished) == (24, 1, False)
    assert progress.percent == 96


def test_a_hostile_name_is_only_a_name(make: Make, stage_of: StageOf) -> None:
    name = "=HYPERLINK('x') <b>\u202e😀"
    stage = stage_of([make.user(name)], [sku(E3)])

    result = stage.carry_out(assign(E3), BitMap([1]))

    assert result.done.items[0].display_name == name
