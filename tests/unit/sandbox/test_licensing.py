"""The rules themselves, without rows or web."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from partner_center.catalog.rules import Rules
from partner_center.catalog.seed import SeedPlan, SeedProduct
from partner_center.sandbox.licensing import Held, Shop, Violation, Wish, assign, inherit, switched_off, taken

AT = "2026-03-01T12:00:00Z"


def product(key: str, *plans: str) -> SeedProduct:
    return SeedProduct(key, key.upper(), key, "User", tuple(SeedPlan(p, p, p, "User") for p in plans))


PRODUCTS = {p.sku_id: p for p in (product("a", "a1", "a2"), product("b", "b1"), product("c", "c1"))}
RULES = Rules((frozenset({"a1", "b1"}),), {"c1": frozenset({"a2"})}, {"b1": frozenset({"TR"})})


def shop(*, free: Mapping[str, int] | None = None, **more: Any) -> Shop:
    fields: dict[str, Any] = {
        "products": PRODUCTS,
        "owned": frozenset(PRODUCTS),
        "self_service": frozenset(),
        "rules": RULES,
        "free": lambda key: (free or {}).get(key, 9),
        "address_taken": lambda: False,
        "location": "NO",
    }
    return Shop(**(fields | more))


def direct(key: str, *off: str) -> Held:
    return Held(key, None, off, "None", AT)


def by_group(key: str, group: str = "g", error: str = "None", *off: str) -> Held:
    return Held(key, group, off, error, AT)


def test_a_plan_is_off_only_where_every_assignment_has_it_off() -> None:
    held = [direct("a", "a1", "a2"), by_group("a", "g", "None", "a2")]
    assert switched_off(held, "a") == {"a2"}
    assert switched_off(held, "b") == frozenset()


def test_an_assignment_in_error_takes_no_seat() -> None:
    assert taken([direct("a"), by_group("b", error="CountViolation")]) == {"a"}


def test_a_trouble_that_was_there_before_stops_nothing_else() -> None:
    before = [direct("a"), direct("b")]
    assert taken(assign(before, Wish(add=(("c", ()),)), shop(), AT)) == {"a", "b", "c"}
    alone = [direct("c")]
    assert taken(assign(alone, Wish(add=(("b", ()),)), shop(), AT)) == {"b", "c"}


def test_the_same_product_twice_in_one_wish_is_refused() -> None:
    for wish in (Wish(add=(("a", ()), ("a", ()))), Wish(add=(("a", ()),), remove=("a",))):
        with pytest.raises(Violation, match="more than once"):
            assign([direct("a")], wish, shop(), AT)


def test_switching_on_a_plan_that_clashes_is_refused() -> None:
    before = [direct("a", "a1"), direct("b")]
    with pytest.raises(Violation) as problem:
        assign(before, Wish(add=(("a", ()),)), shop(), AT)
    assert problem.value.kind == "MutuallyExclusiveViolation"


def test_a_product_held_by_group_needs_no_seat_when_given_by_hand() -> None:
    after = assign([by_group("a")], Wish(add=(("a", ()),)), shop(free={"a": 0}), AT)
    assert [(entry.sku, entry.group) for entry in after] == [("a", "g"), ("a", None)]


def test_a_self_service_product_can_not_be_taken_away_either() -> None:
    with pytest.raises(Violation, match="self-service"):
        assign([direct("a")], Wish(remove=("a",)), shop(self_service=frozenset({"a"})), AT)


def test_a_groups_working_licences_stay_as_they_are() -> None:
    held = (direct("b"), by_group("a", "g", "None", "a1"))
    after, problems = inherit(held, [("g", [("a", ("a1",))])], shop(free={"a": 0}), "later")
    assert (after, problems) == (held, ())


def test_what_no_group_gives_any_more_goes() -> None:
    assert inherit([direct("b"), by_group("a")], [], shop(), AT) == ((direct("b"),), ())


@pytest.mark.parametrize(
    ("held", "licenses", "more", "errors"),
    [
        (
            [],
            [("a", ()), ("b", ())],
            {},
            {"a": "MutuallyExclusiveViolation", "b": "MutuallyExclusiveViolation"},
        ),
        ([], [("c", ()), ("b", ())], {}, {"c": "DependencyViolation", "b": "Other"}),
        ([], [("b", ())], {"location": "TR"}, {"b": "ProhibitedInUsageLocationViolation"}),
        ([], [("a", ()), ("b", ("b1",))], {"free": {"b": 0}}, {"a": "Other", "b": "CountViolation"}),
        ([direct("b")], [("a", ("a1",))], {}, {"a": "None"}),
    ],
)
def test_a_group_gives_all_its_products_or_none(
    held: list[Held],
    licenses: list[tuple[str, tuple[str, ...]]],
    more: dict[str, Any],
    errors: dict[str, str],
) -> None:
    after, _ = inherit(held, [("g", licenses)], shop(**more), AT)
    assert {entry.sku: entry.error for entry in after if entry.group == "g"} == errors
