"""Which product can be given instead: every service of the first, and licences left for all."""

from __future__ import annotations

import pytest

from partner_center.catalog.rules import load_rules
from partner_center.licensing.holders import Context, OwnedPlan, OwnedProduct
from partner_center.licensing.substitutes import substitutes


def owned(sku_id: str, *plans: str, **fields: object) -> OwnedProduct:
    made = tuple(OwnedPlan(plan.lstrip("*"), plan, "Company" if plan[0] == "*" else "User") for plan in plans)
    return OwnedProduct(sku_id, plans=made, **fields)  # type: ignore[arg-type]


def found(
    need: int, free: dict[str, int], *products: OwnedProduct, without: tuple[str, ...] = ()
) -> list[str]:
    context = Context({one.sku_id: one for one in products}, load_rules())
    return [one.sku_id for one in substitutes("short", need, context, free, without)]


SHORT = owned("short", "mail", "chat", "*tenant")


def test_a_superset_with_licenses_left_and_fewest_further_services_first() -> None:
    rich, same = owned("rich", "mail", "chat", "calls"), owned("same", "chat", "mail")
    poor = owned("poor", "mail")
    free = {"rich": 9, "same": 9, "poor": 9, "short": 9}
    assert found(5, free, SHORT, rich, same, poor) == ["same", "rich"]


def test_what_it_has_beside_is_told() -> None:
    context = Context(
        {one.sku_id: one for one in (SHORT, owned("rich", "mail", "chat", "calls"))}, load_rules()
    )
    (only,) = substitutes("short", 1, context, {"rich": 3})
    assert (only.available, only.more) == (3, frozenset({"calls"}))


@pytest.mark.parametrize(("free", "expected"), [(4, []), (5, ["same"])])
def test_there_must_be_one_for_everybody_who_goes_without(free: int, expected: list[str]) -> None:
    assert found(5, {"same": free}, SHORT, owned("same", "mail", "chat")) == expected


@pytest.mark.parametrize(
    "fields", [{"applies_to": "Company"}, {"self_service": True}, {"status": "Suspended"}]
)
def test_what_can_not_be_given_is_no_way_out(fields: dict[str, object]) -> None:
    assert found(1, {"same": 9}, SHORT, owned("same", "mail", "chat", **fields)) == []


def test_products_that_the_change_speaks_of_are_left_alone() -> None:
    assert found(1, {"same": 9}, SHORT, owned("same", "mail", "chat"), without=("same",)) == []


def test_a_product_without_services_is_like_none() -> None:
    assert found(1, {"same": 9}, owned("short", "*tenant"), owned("same", "mail")) == []
    assert found(1, {"same": 9}, owned("same", "mail")) == []
