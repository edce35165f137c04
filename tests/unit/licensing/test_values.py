"""Wishes, states and seats keep their word."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partner_center.cloud.port import Reason
from partner_center.licensing.reasons import Fix, OwnReason, fix_of
from partner_center.licensing.seats import SeatLedger, SeatMath
from partner_center.licensing.states import offered_ops, plan_state, result_state, tri_state
from partner_center.licensing.values import (
    LocationScope,
    LocationWish,
    MalformedWish,
    Op,
    PlanMode,
    PlanState,
    ProductWish,
    TriState,
    Wish,
)
from tests.unit.licensing.case import guid

E3, VISIO, PLAN = guid("E3"), guid("VISIO"), guid("PLAN")

wishes = st.builds(
    Wish,
    st.dictionaries(
        st.sampled_from([E3, VISIO]),
        st.builds(
            ProductWish, st.sampled_from(Op), st.dictionaries(st.just(PLAN), st.sampled_from(PlanMode))
        ),
    ),
    st.none() | st.builds(LocationWish, st.sampled_from(["NO", "TR"]), st.sampled_from(LocationScope)),
)


@given(wishes)
def test_a_wish_survives_its_way_through_a_row(wish: Wish) -> None:
    assert Wish.from_json(json.loads(json.dumps(wish.to_json()))) == wish


@pytest.mark.parametrize(
    "data",
    [
        {"products": {"not an id": {"op": "assign"}}},
        {"products": {E3: {"op": "destroy"}}},
        {"products": {E3: {"op": "assign", "plans": {PLAN: "half"}}}},
        {"products": {E3: {"op": "assign", "plans": {"x": "on"}}}},
        {"products": {E3: {}}},
        {"products": {E3: None}},
        {"products": [E3]},
        {"products": {E3.upper(): {"op": "assign"}}},
        {"location": {"value": "no", "scope": "all"}},
        {"location": {"value": "NO", "scope": "some"}},
        {"location": {"scope": "all"}},
        {"location": "NO"},
        [],
    ],
)
def test_a_tampered_wish_is_malformed(data: object) -> None:
    with pytest.raises(MalformedWish):
        Wish.from_json(data)  # type: ignore[arg-type]


def test_what_is_left_alone_is_no_part_of_a_wish() -> None:
    wish = Wish({E3: ProductWish(Op.LEAVE, {PLAN: PlanMode.LEAVE})})

    assert wish.is_empty
    assert wish == Wish()
    assert wish.product(E3) == ProductWish()
    assert not wish.with_product(E3, ProductWish(Op.ASSIGN)).is_empty
    assert not wish.with_location(LocationWish("NO")).is_empty


def test_products_can_be_taken_out_of_a_wish() -> None:
    wish = Wish({E3: ProductWish(Op.ASSIGN), VISIO: ProductWish(Op.REVOKE)})

    assert list(wish.without(frozenset({E3})).products) == [VISIO]


def test_modes_are_found_by_what_they_do() -> None:
    wish = ProductWish(Op.LEAVE, {PLAN: PlanMode.OFF, E3: PlanMode.ON})

    assert wish.plans_with(PlanMode.OFF) == {PLAN}
    assert wish.plans_with(PlanMode.ON) == {E3}


@pytest.mark.parametrize(
    ("selected", "have", "state"),
    [(3, 0, TriState.NONE), (3, 1, TriState.SOME), (3, 3, TriState.ALL), (0, 0, TriState.NONE)],
)
def test_a_box_shows_all_some_or_none(selected: int, have: int, state: TriState) -> None:
    assert tri_state(selected, have) is state
    assert result_state(selected, have, 0, Op.LEAVE) is state


def test_a_box_shows_what_a_choice_leads_to() -> None:
    assert result_state(3, 1, 0, Op.ASSIGN) is TriState.ALL
    assert result_state(3, 2, 0, Op.REVOKE) is TriState.NONE
    assert result_state(3, 2, 1, Op.REVOKE) is TriState.SOME
    assert result_state(3, 3, 3, Op.REVOKE) is TriState.ALL


@pytest.mark.parametrize(
    ("selected", "have", "only_by_group", "assignable", "offered"),
    [
        (3, 0, 0, True, (Op.LEAVE, Op.ASSIGN)),
        (3, 2, 0, True, (Op.LEAVE, Op.ASSIGN, Op.REVOKE)),
        (3, 3, 0, True, (Op.LEAVE, Op.REVOKE)),
        (3, 3, 3, True, (Op.LEAVE,)),
        (3, 2, 2, True, (Op.LEAVE, Op.ASSIGN)),
        (3, 0, 0, False, (Op.LEAVE,)),
        (3, 2, 0, False, (Op.LEAVE, Op.REVOKE)),
    ],
)
def test_only_choices_that_could_change_anything_are_offered(
    selected: int, have: int, only_by_group: int, assignable: bool, offered: tuple[Op, ...]
) -> None:
    assert offered_ops(selected, have, only_by_group, assignable=assignable) == offered


def test_a_plan_is_on_off_or_mixed() -> None:
    assert plan_state(3, 0) is PlanState.ON
    assert plan_state(0, 3) is PlanState.OFF
    assert plan_state(1, 2) is PlanState.MIXED
    assert plan_state(0, 0) is PlanState.ON


@pytest.mark.parametrize(
    ("math", "served", "after", "short"),
    [
        (SeatMath(12, 10, 0), 10, 2, 0),
        (SeatMath(6, 14, 0), 6, 0, 8),
        (SeatMath(0, 14, 14), 14, 0, 0),
        (SeatMath(-2, 3, 0), 0, -2, 5),
        (SeatMath(-2, 0, 0), 0, -2, 0),
        (SeatMath(5, 0, 3), 0, 8, 0),
    ],
)
def test_licences_after_a_change_are_what_is_left(
    math: SeatMath, served: int, after: int, short: int
) -> None:
    assert (math.served, math.after, math.short) == (served, after, short)


def test_the_ledger_never_lends_more_than_there_is() -> None:
    ledger = SeatLedger({E3: 2}, {})

    ledger.take([E3])
    ledger.take([E3])

    assert ledger.lacking([E3, VISIO]) == {E3, VISIO}
    assert ledger.may_come([E3])
    ledger.land([E3], used=())
    assert (ledger.left(E3), ledger.lacking([E3])) == (1, frozenset())
    ledger.land([E3], used={E3})
    assert not ledger.may_come([E3])


def test_the_ledger_knows_who_may_wait() -> None:
    ledger = SeatLedger({}, {E3: 2})
    assert ledger.may_come([E3])
    assert not ledger.may_come([E3, VISIO])

    ledger.settle_revoke(E3, freed=True)
    assert (ledger.left(E3), ledger.may_come([E3])) == (1, True)
    ledger.settle_revoke(E3, freed=False)
    assert (ledger.left(E3), ledger.may_come([E3])) == (1, False)


def test_an_exhausted_product_is_not_asked_for_again() -> None:
    ledger = SeatLedger({E3: 9}, {E3: 3})

    ledger.exhaust(E3)

    assert ledger.left(E3) == 0
    assert not ledger.may_come([E3])


def test_a_call_under_way_brings_nothing_back_once_microsoft_said_there_is_none() -> None:
    ledger = SeatLedger({E3: 2}, {})
    ledger.take([E3, E3])

    ledger.exhaust(E3)
    ledger.land([E3], used=())

    assert ledger.left(E3) == 0
    assert not ledger.may_come([E3])


def test_waiting_ends_when_nobody_is_left_to_give() -> None:
    ledger = SeatLedger({}, {E3: 1})

    ledger.stop_waiting()

    assert not ledger.may_come([E3])


def test_every_reason_but_those_nothing_mends_has_a_fix() -> None:
    without = {reason for reason in (*Reason, *OwnReason) if fix_of(reason) is Fix.NONE}

    assert without == {Reason.NOT_HELD, Reason.NOT_ASSIGNABLE, OwnReason.COMPANY_SCOPE}
    assert fix_of("something new") is Fix.NONE
