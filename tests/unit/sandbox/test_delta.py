"""users/delta: everything once, then only what changed, until the token is too old."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from partner_center.shared import clock
from tests.unit.sandbox.asking import Asking


def walk(asking: Asking, url: str, **headers: str) -> tuple[list[dict[str, object]], str]:
    """All items and the delta link at the end."""
    items: list[dict[str, object]] = []
    while True:
        body = asking.get(url, **headers).json
        items += body["value"]
        if "@odata.deltaLink" in body:
            return items, body["@odata.deltaLink"]
        url = body["@odata.nextLink"]


def test_the_first_walk_shows_everybody_in_pages_of_the_size_preferred(plain: Asking) -> None:
    first = plain.get("/users/delta?$select=displayName", Prefer="odata.maxpagesize=3").json
    items, _ = walk(plain, "/users/delta?$select=displayName", Prefer="odata.maxpagesize=3")

    assert len(first["value"]) == 3
    assert [item["displayName"] for item in items] == [f"User {number}" for number in range(10)]


def test_nothing_changed_is_an_empty_page(plain: Asking) -> None:
    plain.assign(plain.users()[0], "POWER_BI_PRO")  # before: it shows in the walk, not after it
    _, link = walk(plain, "/users/delta")
    assert walk(plain, link)[0] == []


def test_a_licence_change_shows_with_the_properties_first_selected(plain: Asking) -> None:
    user = plain.users()[4]
    _, link = walk(plain, "/users/delta?$select=id,assignedLicenses,licenseAssignmentStates")
    plain.assign(user, "POWER_BI_PRO")

    items, again = walk(plain, link)

    assert [item["id"] for item in items] == [user]
    assert set(items[0]) == {"id", "assignedLicenses", "licenseAssignmentStates"}
    assert walk(plain, again)[0] == []


def test_a_change_during_the_first_walk_is_told_afterwards(plain: Asking) -> None:
    page = plain.get("/users/delta", Prefer="odata.maxpagesize=5").json
    plain.ask("PATCH", f"/users/{plain.users()[0]}", {"usageLocation": "SE"})

    _, link = walk(plain, page["@odata.nextLink"])

    assert [item["id"] for item in walk(plain, link)[0]] == [plain.users()[0]]


def test_a_deleted_user_is_removed_and_a_purged_one_gone(plain: Asking) -> None:
    user = plain.users()[0]
    _, link = walk(plain, "/users/delta")

    plain.ask("DELETE", f"/users/{user}")
    items, link = walk(plain, link)
    assert items == [{"id": user, "@removed": {"reason": "changed"}}]

    plain.ask("DELETE", f"/directory/deletedItems/{user}")
    assert walk(plain, link)[0] == [{"id": user, "@removed": {"reason": "deleted"}}]


def test_the_latest_token_comes_without_a_walk(plain: Asking) -> None:
    body = plain.get("/users/delta?$deltatoken=latest&$select=displayName").json
    assert body["value"] == []
    plain.ask("PATCH", f"/users/{plain.users()[1]}", {"usageLocation": "SE"})

    items, _ = walk(plain, body["@odata.deltaLink"])

    assert [item["displayName"] for item in items] == ["User 1"]


def test_an_expired_token_is_gone_and_says_where_to_start(plain: Asking) -> None:
    _, link = walk(plain, "/users/delta")
    plain.control("edit", tenant=plain.tenant, do="expire_delta")

    reply = plain.get(link)

    assert reply.status_code == 410
    assert plain.get(reply.headers["Location"]).status_code == 200


def test_a_token_is_good_for_seven_days(plain: Asking) -> None:
    _, link = walk(plain, "/users/delta")
    with time_machine.travel(clock.now() + timedelta(days=6, hours=23), tick=False):
        _, fresh = walk(plain, link)
    with time_machine.travel(clock.now() + timedelta(days=8), tick=False):
        assert plain.get(link).status_code == 410
        assert plain.get(fresh).status_code == 200


@pytest.mark.parametrize(
    "path", ["/users/delta()", "/users/microsoft.graph.delta", "/users/microsoft.graph.delta()"]
)
def test_all_spellings_of_delta_are_understood(plain: Asking, path: str) -> None:
    assert len(plain.get(path).json["value"]) == 10
