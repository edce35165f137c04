"""**Manage licenses** tells the truth about any selection, and what a wish would do."""

from __future__ import annotations

import pytest
from pyroaring import BitMap

from partner_center.changes.assigned import Source, assigned, holders_among
from partner_center.changes.draft import clear_draft, get_draft, set_draft
from partner_center.changes.matrix import matrix
from partner_center.changes.matrix_values import Matrix, MatrixRow
from partner_center.changes.models import Draft
from partner_center.changes.service_plans import PlanRow, plans_view
from partner_center.licensing.values import (
    LocationWish,
    Op,
    PlanMode,
    PlanState,
    ProductWish,
    TriState,
    Wish,
)
from partner_center.shared import clock
from partner_center.shared.errors import NotFound
from partner_center.staff.queries import actor_of
from tests.cast import Cast
from tests.make import Make, guid
from tests.unit.changes.conftest import StageOf
from tests.unit.changes.stage import E3, EXO, FLOW, TEAMS, VISIO, Stage, assign, held, revoke, sku

STORAGE, OLD = guid("sku STORAGE"), guid("sku OLD")


@pytest.fixture
def stage(make: Make, stage_of: StageOf) -> Stage:
    sales = guid("group Sales")
    return stage_of(
        [
            make.user("Ada", licenses=(held(E3, off=[TEAMS]), held(VISIO))),
            make.user("Bob", licenses=(held(E3, groups=[sales]), held(VISIO))),
            make.user("Cem", licenses=(held(E3, direct=False, groups=[sales]),), usage_location="TR"),
            make.user("Dag", licenses=(held(OLD),), usage_location=None),
        ],
        [sku(E3, enabled=4), sku(VISIO, enabled=2), sku(FLOW), sku(STORAGE, applies_to="Company")],
    )


def _matrix(stage: Stage, wish: Wish | None = None, members: BitMap | None = None) -> Matrix:
    chosen = stage.everybody if members is None else members
    return matrix(stage.session, stage.actor, stage.customer.id, chosen, wish or Wish())


def _row(stage: Stage, sku_id: str, wish: Wish | None = None, members: BitMap | None = None) -> MatrixRow:
    return next(row for row in _matrix(stage, wish, members).rows if row.sku_id == sku_id)


@pytest.mark.parametrize(
    ("members", "state"), [([1, 2, 3], TriState.ALL), ([1, 4], TriState.SOME), ([4], TriState.NONE)]
)
def test_a_box_is_filled_partial_or_empty(stage: Stage, members: list[int], state: TriState) -> None:
    assert _row(stage, E3, members=BitMap(members)).state is state


def test_counts_know_who_has_it_only_through_a_group(stage: Stage) -> None:
    row = _row(stage, E3)

    assert (row.selected, row.have, row.only_by_group) == (4, 3, 1)
    assert (row.purchased, row.available) == (4, 1)
    assert (row.give, row.take) == (1, 2)
    assert row.groups == (("", guid("group Sales")),), "not known here, so no page of it"
    assert row.offered == (Op.LEAVE, Op.ASSIGN, Op.REVOKE)


def test_what_comes_from_a_group_alone_can_not_be_revoked(stage: Stage) -> None:
    row = _row(stage, E3, members=BitMap([3]))

    assert (row.have, row.only_by_group) == (1, 1)
    assert row.offered == (Op.LEAVE,)


def test_what_belongs_to_the_organization_is_not_offered(stage: Stage) -> None:
    row = _row(stage, STORAGE)

    assert (row.assignable, row.why_not, row.offered) == (False, "company_scope", (Op.LEAVE,))


def test_a_former_product_can_only_be_taken(stage: Stage) -> None:
    row = _row(stage, OLD)

    assert (row.purchased, row.offered, row.why_not) == (0, (Op.LEAVE, Op.REVOKE), "not_owned")


def test_rows_that_somebody_holds_come_first_and_a_wish_moves_none(stage: Stage) -> None:
    untouched = [row.sku_id for row in _matrix(stage).rows]
    wished = [
        row.sku_id for row in _matrix(stage, assign(FLOW).with_product(E3, ProductWish(Op.REVOKE))).rows
    ]

    assert [row.have > 0 for row in _matrix(stage).rows] == [True, True, True, False, False]
    assert wished == untouched


def test_a_wish_shows_what_is_needed_freed_and_short(stage: Stage) -> None:
    give = _row(stage, VISIO, assign(VISIO))
    assert (give.available, give.need, give.after, give.short, give.result) == (0, 2, 0, 2, TriState.ALL)

    take = _row(stage, E3, revoke(E3))
    assert (take.need, take.freed, take.after, take.short) == (0, 1, 2, 0)
    assert take.result is TriState.SOME


def test_an_untouched_partial_box_changes_nothing(stage: Stage) -> None:
    page = _matrix(stage)

    assert page.unchanged_wish
    assert (page.changed, page.gives, page.takes, page.problems, page.needs_review) == (0, 0, 0, 0, False)


def test_problems_are_predicted_beside_the_row_with_names(stage: Stage) -> None:
    row = _row(stage, VISIO, assign(VISIO))

    assert [(p.reason, p.users, p.first) for p in row.predicted] == [("location_missing", 1, ("Dag",))]
    page = _matrix(stage, assign(VISIO))
    assert (page.problems, page.gives, page.short, page.needs_review) == (1, 1, 2, True)


def test_locations_are_counted_most_used_first(stage: Stage) -> None:
    summary = _matrix(stage, Wish(location=LocationWish("NO"))).location

    assert (summary.missing, summary.countries) == (1, (("US", 2), ("TR", 1)))
    assert summary.wish == LocationWish("NO")


def test_plans_on_off_and_mixed_are_counted_over_holders_and_those_to_come(stage: Stage) -> None:
    assert _row(stage, E3, members=BitMap([1])).plans.off == 1
    counts = _row(stage, E3).plans
    assert (counts.total, counts.on, counts.off, counts.mixed) == (2, 1, 0, 1)
    assert _row(stage, E3, assign(E3), BitMap([1, 4])).plans.mixed == 1


def _plans(stage: Stage, wish: Wish, members: list[int]) -> dict[str, PlanRow]:
    view = plans_view(
        stage.session, stage.actor, stage.customer.id, BitMap(members), wish, sku_id=E3, language="en"
    )
    return {row.plan_id: row for row in view.rows}


def test_service_plans_are_told_for_holders_and_those_who_will_be(stage: Stage) -> None:
    rows = _plans(stage, Wish(), [1, 2, 4])
    assert (rows[TEAMS].state, rows[TEAMS].on, rows[TEAMS].off) == (PlanState.MIXED, 1, 1)
    assert (rows[EXO].state, rows[EXO].on) == (PlanState.ON, 2)

    wish = Wish({E3: ProductWish(Op.ASSIGN, {EXO: PlanMode.OFF})})
    rows = _plans(stage, wish, [1, 4])
    assert (rows[TEAMS].state, rows[TEAMS].on, rows[TEAMS].off) == (PlanState.MIXED, 1, 1)
    assert rows[EXO].mode is PlanMode.OFF
    assert _plans(stage, Wish(), [1])[TEAMS].state is PlanState.OFF


def test_the_assigned_list_tells_who_how_and_what_is_off(stage: Stage) -> None:
    view = assigned(stage.session, stage.actor, stage.customer.id, stage.everybody, E3, size=2)

    assert (view.selected, view.have, view.users.total, view.users.last) == (4, 3, 3, 2)
    assert [(u.display_name, u.source, u.off_names) for u in view.users.items] == [
        ("Ada", Source.DIRECT, ("TEAMS1",)),
        ("Bob", Source.BOTH, ()),
    ]
    rest = assigned(stage.session, stage.actor, stage.customer.id, stage.everybody, E3, size=2, page=9)
    assert [(u.display_name, u.source) for u in rest.users.items] == [("Cem", Source.GROUP)]


def test_who_has_it_can_be_kept_or_left(stage: Stage) -> None:
    have = holders_among(stage.session, stage.actor, stage.customer.id, BitMap([1, 3, 4]), E3)

    assert have == BitMap([1, 3])


def test_products_nobody_has_are_not_found(stage: Stage) -> None:
    nothing = guid("sku nobody sells")
    with pytest.raises(NotFound):
        assigned(stage.session, stage.actor, stage.customer.id, stage.everybody, nothing)
    with pytest.raises(NotFound):
        plans_view(stage.session, stage.actor, stage.customer.id, stage.everybody, Wish(), sku_id=OLD)


def test_strangers_find_nothing(stage: Stage, cast: Cast) -> None:
    stage.actor = actor_of(cast.stranger)
    with pytest.raises(NotFound):
        _matrix(stage)
    with pytest.raises(NotFound):
        assigned(stage.session, stage.actor, stage.customer.id, BitMap([1]), E3)
    with pytest.raises(NotFound):
        plans_view(stage.session, stage.actor, stage.customer.id, BitMap([1]), Wish(), sku_id=E3)
    for ask in (get_draft, clear_draft):
        with pytest.raises(NotFound):
            ask(stage.session, stage.actor, stage.customer.id)


def test_a_draft_is_kept_replaced_and_cleared(stage: Stage) -> None:
    keep = (stage.session, stage.actor, stage.customer.id)
    assert get_draft(*keep).wish.is_empty
    clear_draft(*keep)

    set_draft(*keep, revoke(OLD))
    set_draft(*keep, assign(FLOW))
    assert get_draft(*keep).wish == assign(FLOW)
    assert get_draft(*keep).updated_at is not None

    set_draft(*keep, Wish())
    assert get_draft(*keep).wish.is_empty


def test_a_draft_of_another_version_counts_as_none(stage: Stage) -> None:
    stage.session.add(
        Draft(
            staff_id=stage.actor.id,
            customer_id=stage.customer.id,
            wish={"products": {"?": 1}},
            updated_at=clock.now(),
        )
    )
    stage.session.flush()

    assert get_draft(stage.session, stage.actor, stage.customer.id).wish.is_empty
