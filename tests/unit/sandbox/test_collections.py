"""Filters and orders on short collections, and words for the state of a product."""

from __future__ import annotations

import pytest

from partner_center.sandbox.calls import Refused
from partner_center.sandbox.odata.rows import keep, ordered
from partner_center.sandbox.seats import Units
from tests.unit.sandbox.asking import Asking, sku

ITEMS = [
    {"id": 1, "name": "Åse", "tags": ["x"], "customer": {"id": "c1"}, "at": "2026-01-01", "parts": []},
    {"id": 2, "name": "bo", "tags": [], "customer": {"id": "c2"}, "at": "2026-02-01", "parts": [{"k": "v"}]},
    {"id": 3, "name": None, "tags": [], "customer": {"id": "c3"}, "at": None, "parts": []},
]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (None, [1, 2, 3]),
        ("name eq 'ÅSE'", [1]),
        ("name ne 'bo'", [1, 3]),
        ("name eq null", [3]),
        ("customer/id in ('C1','c3')", [1, 3]),
        ("tags/$count eq 1", [1]),
        ("startsWith(name,'B')", [2]),
        ("endsWith(name,'E') eq true", [1]),
        ("endsWith(name,'E') eq false", [2, 3]),
        ("at ge 2026-01-01 and at lt 2026-02-01", [1]),
        ("at gt 2026-01-01 or id le 1", [1, 2]),
        ("not (id eq 2)", [1, 3]),
        ("parts/any(p:p/k eq 'V')", [2]),
    ],
)
def test_a_filter_keeps(text: str | None, found: list[int]) -> None:
    assert [item["id"] for item in keep(ITEMS, text)] == found


@pytest.mark.parametrize("text", ["size eq 1", "customer/id/x eq 1", "name eq", "name"])
def test_a_filter_on_what_is_not_there_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        keep(ITEMS, text)


def test_an_order_goes_both_ways() -> None:
    assert [item["id"] for item in ordered(ITEMS[:2], "name desc")] == [1, 2]
    assert [item["id"] for item in ordered(ITEMS[:2], "at")] == [1, 2]
    assert ordered(ITEMS, None) == ITEMS


@pytest.mark.parametrize(
    ("units", "word", "free"),
    [
        (Units(enabled=2, warning=1, suspended=5, consumed=4), "Enabled", -1),
        (Units(warning=3, suspended=1), "Warning", 3),
        (Units(suspended=3, locked_out=1), "Suspended", 0),
        (Units(locked_out=3), "LockedOut", 0),
        (Units(), "Deleted", 0),
    ],
)
def test_a_product_is_in_the_best_state_of_its_subscriptions(units: Units, word: str, free: int) -> None:
    assert (units.capability, units.free) == (word, free)


def test_one_product_can_be_read_by_its_id(plain: Asking) -> None:
    (first, *_) = plain.get("/subscribedSkus").json["value"]
    assert first["id"] == f"{plain.tenant}_{first['skuId']}"

    shown = plain.get(f"/subscribedSkus/{first['id']}").json

    shown.pop("@odata.context")
    assert shown == first
    assert plain.get(f"/subscribedSkus/{plain.tenant}_{sku('SPE_E5')}").status_code == 404


def test_only_selected_properties_of_products_come(plain: Asking) -> None:
    for item in plain.get("/subscribedSkus?$select=skuId,consumedUnits").json["value"]:
        assert set(item) == {"skuId", "consumedUnits"}


def test_an_unknown_subscription_is_not_found(plain: Asking) -> None:
    assert plain.get("/directory/subscriptions/none").status_code == 404


def test_the_partners_own_tenant_owns_nothing(plain: Asking) -> None:
    partner = plain.as_partner()
    assert partner.get("/users").json["value"] == []
    assert partner.get("/subscribedSkus").json["value"] == []
