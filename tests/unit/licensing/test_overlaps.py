"""Licences that are wholly inside another one of the same user."""

from __future__ import annotations

from partner_center.catalog.rules import Rules
from partner_center.licensing.holders import Context, License, OwnedPlan, OwnedProduct
from partner_center.licensing.overlaps import contained


def product(sku_id: str, *plans: str, company: tuple[str, ...] = ()) -> OwnedProduct:
    whole = tuple(OwnedPlan(plan, plan) for plan in plans)
    return OwnedProduct(sku_id, plans=whole + tuple(OwnedPlan(plan, plan, "Company") for plan in company))


CONTEXT = Context(
    {
        one.sku_id: one
        for one in (
            product("mail", "exchange", company=("audit",)),
            product("basic", "exchange", "files"),
            product("suite", "exchange", "files", "teams"),
            product("twin", "exchange", "files", "teams"),
            product("visio", "drawing"),
            product("shell", company=("audit",)),
        )
    },
    Rules((), {}, {}),
)


def held(*skus: str, off: tuple[str, ...] = (), **ways: object) -> dict[str, License]:
    return {sku: License(sku, direct=True, off=frozenset(off)) for sku in skus}


def test_a_product_inside_a_larger_one_adds_nothing() -> None:
    assert contained(held("mail", "suite"), CONTEXT) == {"mail": "suite"}
    assert contained(held("visio", "suite"), CONTEXT) == {}


def test_a_chain_names_the_largest_and_leaves_one() -> None:
    assert contained(held("mail", "basic", "suite"), CONTEXT) == {"mail": "suite", "basic": "suite"}


def test_of_two_that_are_equal_one_stays() -> None:
    assert contained(held("suite", "twin"), CONTEXT) == {"suite": "twin"}


def test_only_services_that_are_on_count() -> None:
    suite = {"suite": License("suite", direct=True, off=frozenset({"exchange"}))}
    assert contained(held("mail") | suite, CONTEXT) == {}, "the suite's own mail is off"
    basic = {"basic": License("basic", direct=True, off=frozenset({"files"}))}
    assert contained(held("mail") | basic, CONTEXT) == {"basic": "mail"}, "what is off adds nothing"


def test_what_a_group_gives_can_not_be_taken_but_can_make_another_needless() -> None:
    by_group = {"suite": License("suite", direct=False, groups=("sales",))}
    assert contained(held("mail") | by_group, CONTEXT) == {"mail": "suite"}
    small = {"mail": License("mail", direct=False, groups=("sales",))}
    assert contained(small | held("suite"), CONTEXT) == {}


def test_a_product_without_services_for_people_is_left_alone() -> None:
    assert contained(held("shell", "suite"), CONTEXT) == {}
    assert contained(held("unknown", "suite"), CONTEXT) == {}
