"""Beside or instead of what people have: who is asked for what, what stays, what is carried over (S3.2)."""

from __future__ import annotations

from partner_center.catalog.rules import Rules
from partner_center.cloud.port import Reason
from partner_center.licensing.decide import decide
from partner_center.licensing.holders import Context, Holder, License, OwnedPlan, OwnedProduct
from partner_center.licensing.swaps import Mode, staying, switched_on, wish_for
from partner_center.licensing.values import Op, PlanMode, Wish

E1, E3, VISIO, FLOW = "e1", "e3", "visio", "flow"
NOBODY_OFF: frozenset[str] = frozenset()


def product(sku_id: str, *plans: str, self_service: bool = False) -> OwnedProduct:
    owned = tuple(OwnedPlan(plan, plan) for plan in plans)
    return OwnedProduct(sku_id, self_service=self_service, plans=owned)


CONTEXT = Context(
    {
        E1: product(E1, "mail", "teams", "sway"),
        E3: product(E3, "mail", "teams", "sway", "office"),
        VISIO: product(VISIO, "visio"),
        FLOW: product(FLOW, "flow", self_service=True),
    },
    Rules((), {}, {}),
)


def has(*licenses: License) -> Holder:
    return Holder({one.sku_id: one for one in licenses}, "NO")


def direct(sku_id: str, *off: str, groups: tuple[str, ...] = ()) -> License:
    return License(sku_id, direct=True, groups=groups, off=frozenset(off))


def by_group(sku_id: str) -> License:
    return License(sku_id, direct=False, groups=("sales",))


def ops(wish: Wish) -> dict[str, Op]:
    return {sku_id: one.op for sku_id, one in wish.products.items()}


def off(wish: Wish, sku_id: str) -> frozenset[str]:
    return wish.product(sku_id).plans_with(PlanMode.OFF)


def test_assign_more_takes_nothing_and_leaves_the_services_of_holders_alone() -> None:
    chosen = {E1: frozenset({"sway"}), VISIO: NOBODY_OFF}
    wish = wish_for(has(direct(E1)), chosen, Mode.MORE, CONTEXT)
    assert ops(wish) == {E1: Op.ASSIGN, VISIO: Op.ASSIGN}
    assert off(wish, E1) == NOBODY_OFF
    assert off(wish_for(has(), chosen, Mode.MORE, CONTEXT), E1) == {"sway"}


def test_replace_ends_with_just_the_chosen() -> None:
    wish = wish_for(has(direct(E1), direct(VISIO)), {E3: NOBODY_OFF}, Mode.REPLACE, CONTEXT)
    assert ops(wish) == {E1: Op.REVOKE, VISIO: Op.REVOKE, E3: Op.ASSIGN}


def test_who_has_the_chosen_already_loses_only_the_rest() -> None:
    wish = wish_for(has(direct(E3, "sway"), direct(VISIO)), {E3: NOBODY_OFF}, Mode.REPLACE, CONTEXT)
    assert ops(wish) == {VISIO: Op.REVOKE, E3: Op.ASSIGN}
    assert off(wish, E3) == NOBODY_OFF, "asked for nothing: theirs stay as they are"


def test_services_that_are_off_stay_off_where_the_new_product_has_them() -> None:
    wish = wish_for(has(direct(E1, "sway", "mail")), {E3: frozenset({"office"})}, Mode.REPLACE, CONTEXT)
    assert off(wish, E3) == {"sway", "mail", "office"}


def test_what_is_on_in_another_product_that_is_replaced_is_not_off() -> None:
    context = Context(CONTEXT.products | {"kiosk": product("kiosk", "sway")}, CONTEXT.rules)
    both = has(direct(E1, "sway"), direct("kiosk"))
    assert off(wish_for(both, {E3: NOBODY_OFF}, Mode.REPLACE, context), E3) == NOBODY_OFF


def test_what_comes_from_a_group_or_was_bought_stays_and_is_named() -> None:
    holder = has(by_group(E1), direct(VISIO, groups=("sales",)), direct(FLOW))
    assert ops(wish_for(holder, {}, Mode.NONE, CONTEXT)) == {VISIO: Op.REVOKE}, "the direct part of it"
    assert staying(holder, {}, CONTEXT) == {
        E1: Reason.INHERITED,
        VISIO: Reason.INHERITED,
        FLOW: Reason.SELF_SERVICE,
    }
    assert staying(holder, {E1: NOBODY_OFF}, CONTEXT).keys() == {VISIO, FLOW}, "chosen: nothing was to go"


def test_unassign_all_gives_nothing_whatever_is_ticked() -> None:
    assert ops(wish_for(has(direct(E1)), {E3: NOBODY_OFF}, Mode.NONE, CONTEXT)) == {E1: Op.REVOKE}
    assert wish_for(has(by_group(E1)), {}, Mode.NONE, CONTEXT).is_empty


def test_a_swap_tells_which_services_it_turns_on() -> None:
    holder = has(direct(E1, "sway"))
    wish = wish_for(holder, {E3: NOBODY_OFF}, Mode.REPLACE, CONTEXT)
    going = [each.deed for each in decide(holder, wish, CONTEXT).judged if each.goes]
    assert switched_on(holder, going, CONTEXT) == {E3: {"office"}}, "sway was carried over, teams is on now"


def test_what_only_gives_turns_nothing_on_that_was_off() -> None:
    holder = has(direct(E1))
    wish = wish_for(holder, {E3: NOBODY_OFF}, Mode.MORE, CONTEXT)
    going = [each.deed for each in decide(holder, wish, CONTEXT).judged if each.goes]
    assert switched_on(holder, going, CONTEXT) == {}
