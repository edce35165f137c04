"""What holds for every wish, every user and every rule."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from partner_center.catalog.rules import Rules
from partner_center.licensing.decide import decide, is_swap
from partner_center.licensing.deeds import Deed, DeedKind, deeds_for
from partner_center.licensing.holders import Context, Holder, License, OwnedPlan, OwnedProduct
from partner_center.licensing.losses import losses_of
from partner_center.licensing.rules import Problem
from partner_center.licensing.values import LocationScope, LocationWish, Op, PlanMode, ProductWish, Wish
from tests.unit.licensing.case import guid

SKUS = [guid(name) for name in ("A", "B", "C")]
PLANS = [guid(name) for name in ("p", "q", "r", "s")]


@st.composite
def contexts(draw: st.DrawFn) -> Context:
    products = {
        sku: OwnedProduct(
            sku,
            applies_to=draw(st.sampled_from(["User", "User", "Company"])),
            status=draw(st.sampled_from(["Enabled", "Enabled", "Warning", "Suspended"])),
            self_service=draw(st.booleans()) and draw(st.booleans()),
            plans=tuple(
                OwnedPlan(plan, "EXCHANGE_S_STANDARD") for plan in draw(st.sets(st.sampled_from(PLANS)))
            ),
        )
        for sku in draw(st.sets(st.sampled_from(SKUS)))
    }
    pairs = st.sets(st.sampled_from(PLANS), min_size=2, max_size=2).map(frozenset)
    rules = Rules(
        exclusions=tuple(draw(st.lists(pairs, max_size=2))),
        dependencies=draw(
            st.dictionaries(
                st.sampled_from(PLANS), st.sets(st.sampled_from(PLANS), min_size=1).map(frozenset)
            )
        ),
        prohibited=draw(st.dictionaries(st.sampled_from([*PLANS, *SKUS]), st.just(frozenset({"TR"})))),
    )
    return Context(products, rules)


licenses = st.builds(
    License,
    st.sampled_from(SKUS),
    direct=st.booleans(),
    groups=st.sampled_from([(), ("g",)]),
    off=st.sets(st.sampled_from(PLANS)).map(frozenset),
).filter(lambda one: one.direct or one.groups)
holders = st.builds(
    lambda held, location: Holder({one.sku_id: one for one in held}, location),
    st.lists(licenses, max_size=3),
    st.sampled_from([None, "NO", "TR"]),
)
wishes = st.builds(
    Wish,
    st.dictionaries(
        st.sampled_from(SKUS),
        st.builds(
            ProductWish,
            st.sampled_from(Op),
            st.dictionaries(st.sampled_from(PLANS), st.sampled_from(PlanMode)),
        ),
    ),
    st.none() | st.builds(LocationWish, st.sampled_from(["NO", "TR"]), st.sampled_from(LocationScope)),
)
thorough = settings(max_examples=300, deadline=None, derandomize=True, database=None)


@thorough
@given(holders, wishes, contexts())
def test_what_is_left_after_the_failures_would_not_fail_again(
    holder: Holder, wish: Wish, context: Context
) -> None:
    """The deeds that go hold together by themselves: judged alone, none has a problem."""
    decision = decide(holder, wish, context)
    from partner_center.licensing.decide import _first_problem
    from partner_center.licensing.prospect import look_ahead

    prospect = look_ahead(holder, decision.goes, context)

    assert prospect == decision.prospect
    assert all(_first_problem(deed, prospect, context) is None for deed in decision.goes)


@thorough
@given(holders, wishes, contexts())
def test_everything_asked_is_judged_once_and_a_swap_is_whole(
    holder: Holder, wish: Wish, context: Context
) -> None:
    deeds = deeds_for(holder, wish, context)
    decision = decide(holder, wish, context)

    assert tuple(each.deed for each in decision.judged) == deeds
    assert len({deed.sku_id for deed in deeds}) == len(deeds)
    if is_swap(deeds):
        of_swap = [each for each in decision.judged if each.deed.sku_id and not each.deed.already]
        assert len({each.problem is None for each in of_swap}) == 1


@thorough
@given(holders, wishes, contexts())
def test_a_user_who_has_what_is_asked_costs_nothing(holder: Holder, wish: Wish, context: Context) -> None:
    for each in decide(holder, wish, context).judged:
        if each.deed.already:
            assert not each.goes
            assert each.problem is None
            assert not each.deed.takes_seat
            assert not each.deed.frees_seat


@thorough
@given(holders, wishes, contexts())
def test_services_that_were_off_stay_off_unless_they_are_named(
    holder: Holder, wish: Wish, context: Context
) -> None:
    for deed in decide(holder, wish, context).goes:
        held = holder.licenses.get(deed.sku_id)
        if deed.kind is DeedKind.PLANS and held is not None:
            named = set(wish.product(deed.sku_id).plans)
            known = context.products[deed.sku_id].plan_ids
            assert (held.off & known) - named <= set(deed.off)
            assert set(deed.off) - held.off <= named


@thorough
@given(holders, wishes, contexts())
def test_deeds_and_problems_survive_their_way_through_a_row(
    holder: Holder, wish: Wish, context: Context
) -> None:
    decision = decide(holder, wish, context)

    for each in decision.judged:
        assert Deed.from_json(each.deed.to_json()) == each.deed
        if each.problem:
            assert Problem.from_json(each.problem.to_json()) == each.problem
    losses_of(decision.prospect, context)


def test_a_plan_waiting_for_activation_or_of_the_company_is_not_switchable() -> None:
    assert OwnedPlan(PLANS[0], "P").switchable
    assert not OwnedPlan(PLANS[0], "P", applies_to="Company").switchable
    assert not OwnedPlan(PLANS[0], "P", status="PendingActivation").switchable
