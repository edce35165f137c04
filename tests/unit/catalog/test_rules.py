"""The rules between service plans and the products they came with."""

from __future__ import annotations

import re

from partner_center.catalog.rules import Rules, load_rules
from partner_center.catalog.seed import load_products

EXCHANGE_1 = "9aaf7827-d63c-4b61-89c3-182f06f82e5c"
EXCHANGE_2 = "efb87545-963c-4e0d-99df-69c6916d9eb0"
ARCHIVE = "da040e0a-b393-4bea-bb76-928b3fa1cf5a"
CALLING_1 = "4ed3ff63-69d7-4fb7-b984-5aec7f605ca8"
CALLING_2 = "5a10155d-f5c1-411a-a8ec-e99aae125390"
PROJECT = "fe71d6c3-a2ea-4499-9778-da042bf08063"
SHAREPOINT_2 = "5dbe027f-2339-4123-9542-606e4d348a72"
GUID_V4_OR_OLDER = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def test_two_calling_plans_exclude_each_other() -> None:
    assert load_rules().conflicts([CALLING_2, CALLING_1, EXCHANGE_1]) == [(CALLING_1, CALLING_2)]


def test_exchange_plans_of_two_tiers_go_together_since_2023() -> None:
    assert load_rules().conflicts([EXCHANGE_1, EXCHANGE_2]) == []


def test_exchange_plans_of_two_tiers_excluded_each_other_before_2023() -> None:
    assert load_rules(stacking=False).conflicts([EXCHANGE_1, EXCHANGE_2]) == [(EXCHANGE_1, EXCHANGE_2)]


def test_archiving_for_a_server_excludes_a_mailbox_of_plan_1() -> None:
    assert load_rules().conflicts([EXCHANGE_1, ARCHIVE]) == [(EXCHANGE_1, ARCHIVE)]


def test_one_plan_of_a_set_is_no_conflict() -> None:
    assert load_rules().conflicts([CALLING_1]) == []


def test_a_plan_whose_prerequisite_is_missing_names_it() -> None:
    assert load_rules().unmet([PROJECT]) == [(PROJECT, frozenset({SHAREPOINT_2}))]


def test_a_plan_whose_prerequisite_is_there_is_content() -> None:
    assert load_rules().unmet([PROJECT, SHAREPOINT_2]) == []


def test_any_one_of_several_prerequisites_is_enough() -> None:
    rules = Rules((), {"a": frozenset({"b", "c"})}, {})
    assert rules.unmet(["a", "c"]) == []
    assert rules.unmet(["a"]) == [("a", frozenset({"b", "c"}))]


def test_a_calling_plan_is_not_sold_in_turkey() -> None:
    assert load_rules().forbidden([CALLING_1, EXCHANGE_1], "TR") == [CALLING_1]
    assert load_rules().forbidden([CALLING_1, EXCHANGE_1], "NO") == []


def test_an_unknown_country_forbids_nothing() -> None:
    assert load_rules().forbidden([CALLING_1], None) == []


def test_no_product_conflicts_with_itself() -> None:
    for product in load_products():
        assert load_rules().conflicts([plan.plan_id for plan in product.plans]) == [], product.name


def test_products_are_many_distinct_and_well_formed() -> None:
    products = load_products()
    assert len(products) >= 40
    assert len({product.sku_id for product in products}) == len(products)
    assert len({product.part_number for product in products}) == len(products)
    for product in products:
        assert GUID_V4_OR_OLDER.fullmatch(product.sku_id)
        assert product.plans
        assert product.applies_to in {"User", "Company"}
        assert len({plan.plan_id for plan in product.plans}) == len(product.plans)


def test_every_live_rule_but_the_old_markets_can_be_met_with_the_products() -> None:
    known = {plan.plan_id for product in load_products() for plan in product.plans}
    for plan, needs in load_rules().dependencies.items():
        assert plan in known
        assert needs & known
