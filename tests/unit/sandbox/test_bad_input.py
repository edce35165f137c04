"""Nonsense is answered with a 4xx and changes nothing; never a 500."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.sandbox.asking import TENANT, Asking, sku

NONSENSE: list[Any] = [None, 0, 1.5, True, "", "x", "\ud800", [], [1], [None], {}, {"a": 1}, 10**30]


@pytest.mark.parametrize("value", NONSENSE, ids=ascii)
def test_nonsense_in_a_licence_change(plain: Asking, value: Any) -> None:
    path = f"/users/{plain.users()[0]}/assignLicense"
    bodies = [
        value,
        {"addLicenses": value, "removeLicenses": []},
        {"addLicenses": [value], "removeLicenses": []},
        {"addLicenses": [{"skuId": value}], "removeLicenses": []},
        {"addLicenses": [], "removeLicenses": [value]},
    ]
    for body in bodies:
        assert 400 <= plain.ask("POST", path, body).status_code < 500, body
    plans = {"addLicenses": [{"skuId": sku("POWER_BI_PRO"), "disabledPlans": value}], "removeLicenses": []}
    assert plain.ask("POST", path, plans).status_code in ({200} if not value else {400})


@pytest.mark.parametrize("value", NONSENSE, ids=ascii)
def test_nonsense_in_a_batch(plain: Asking, value: Any) -> None:
    step = {"id": "1", "method": "GET", "url": "/users"}
    for body in (value, {"requests": value}, {"requests": [value]}):
        assert plain.ask("POST", "/$batch", body).status_code == 400, body
    for key in ("id", "method", "url", "headers", "dependsOn", "body"):
        reply = plain.ask("POST", "/$batch", {"requests": [{**step, key: value}]})
        assert reply.status_code in {200, 400}, (key, value)


@pytest.mark.parametrize("value", NONSENSE, ids=ascii)
@pytest.mark.parametrize("name", ["usageLocation", "displayName", "accountEnabled", "department"])
def test_nonsense_in_a_change_of_a_user(plain: Asking, name: str, value: Any) -> None:
    user = plain.users()[0]
    reply = plain.ask("PATCH", f"/users/{user}", {name: value})
    assert reply.status_code in {204, 400}
    assert plain.get(f"/users/{user}?$select={name}").status_code == 200


@pytest.mark.parametrize("value", NONSENSE, ids=ascii)
def test_nonsense_in_a_change_of_a_subscription(plain: Asking, value: Any) -> None:
    path = f"/customers/{TENANT}/subscriptions"
    item = plain.partner("GET", path).json["items"][0]
    for body in (value, *({**item, key: value} for key in ("quantity", "status", "friendlyName"))):
        assert plain.partner("PATCH", f"{path}/{item['id']}", body).status_code in {200, 400}, body


@pytest.mark.parametrize(
    "query",
    [
        "$skiptoken=MQ",
        "$skiptoken=e30",
        "$skiptoken=%FF",
        "$deltatoken=bm9uc2Vuc2U",
        "$deltatoken=W10",
        "$filter=displayName eq 999999999999999999999999999",
        "$search=%22displayName:%00%22",
        "$select=,,,",
        "$top=9999999999999999999999999",
    ],
)
@pytest.mark.parametrize(
    "path", ["/users", "/users/delta", "/groups", "/directory/deletedItems/graph.user", "/subscribedSkus"]
)
def test_nonsense_in_a_query(plain: Asking, path: str, query: str) -> None:
    reply = plain.get(f"{path}?{query}&$count=true", ConsistencyLevel="eventual")
    assert reply.status_code < 500
