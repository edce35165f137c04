"""A customer's overview: what it owns in Microsoft's numbers, what we may do, how old the copy is."""

from __future__ import annotations

from datetime import timedelta

import pytest

from partner_center.cloud.port import RemoteSubscription
from partner_center.directory import mirror
from partner_center.directory.models import Mirror
from partner_center.jobs.models import Job
from partner_center.shared import clock
from tests.cast import Cast
from tests.make import Make, guid
from tests.page import PageClient


@pytest.fixture
def admin(page: PageClient, cast: Cast) -> PageClient:
    return page.sign_in(cast.admin)


@pytest.fixture
def path(cast: Cast) -> str:
    return f"/customers/{cast.fjord.id}"


def test_s5_1_the_overview_says_how_many_of_how_many(
    admin: PageClient, path: str, cast: Cast, make: Make
) -> None:
    make.skus(cast.fjord, make.sku(make.product("E3"), enabled=50, warning=2, consumed=42))
    (row,) = admin.get(path).rows
    assert row[1:3] == ["42 of 52", "10 of 52 available"]


def test_a_product_in_two_subscriptions_is_one_row_with_both(
    admin: PageClient, path: str, cast: Cast, make: Make
) -> None:
    sku, at = make.product("E3"), clock.now()
    make.skus(cast.fjord, make.sku(sku, enabled=13, consumed=1))
    two = [
        RemoteSubscription(guid(f"s{count}"), sku, "Enabled", count, False, False, at + timedelta(days=90))
        for count in (8, 5)
    ]
    mirror.store_subscriptions(make.session, cast.fjord.id, two, at)
    make.session.commit()
    (row,) = admin.get(path).rows
    assert "2 subscriptions" in row[0]
    assert "8 licenses, until" in row[0]
    assert "5 licenses, until" in row[0]
    assert row[1] == "1 of 13"


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"enabled": 5, "consumed": 5}, "Full"),
        ({"enabled": 20, "consumed": 19}, "Nearly full"),
        ({"enabled": 5, "consumed": 7}, "2 over"),
        ({"enabled": 5, "capability_status": "Suspended"}, "Suspended"),
        ({"enabled": 5, "suspended": 3}, "3 suspended"),
        ({"enabled": 5, "applies_to": "Company"}, "For the whole organization"),
    ],
)
def test_says_what_is_wrong_with_a_product(
    admin: PageClient, cast: Cast, make: Make, told: dict[str, int], words: str
) -> None:
    make.skus(cast.fjord, make.sku(make.product("E3"), **told))
    assert words in admin.get(f"/customers/{cast.fjord.id}").rows[0][0]


def test_buy_more_stands_beside_what_is_full_for_those_who_buy(
    page: PageClient, path: str, cast: Cast, make: Make
) -> None:
    sku = make.product("E3")
    make.skus(cast.fjord, make.sku(sku, enabled=5, consumed=5))
    address = page.sign_in(cast.sales).get(path).link("Buy more — Office 365 E3")
    assert f"sku={sku}" in address
    assert "Buy more" not in page.sign_in(cast.helpdesk).get(path).text


def test_a_product_no_table_knows_is_called_by_its_part_number(
    admin: PageClient, path: str, cast: Cast, make: Make
) -> None:
    make.skus(cast.fjord, make.sku(guid("unknown"), part_number="NEW_PRODUCT"))
    assert admin.get(path).rows[0][0].startswith("NEW_PRODUCT")


def test_says_how_old_the_copy_is(admin: PageClient, path: str, cast: Cast, make: Make) -> None:
    make.users(cast.fjord, make.user())
    row = make.session.get_one(Mirror, cast.fjord.id)
    row.synced_at = clock.now() - timedelta(hours=30)
    make.session.commit()
    words = admin.get(path).text
    assert "Synced 1 day ago" in words
    assert "Old copy" in words


def test_no_access_is_said_with_what_to_do(admin: PageClient, path: str, cast: Cast, make: Make) -> None:
    cast.fjord.access_state = "none"
    make.session.commit()
    assert "Nothing can be changed. Ask them to approve it." in admin.get(path).text


def test_refresh_asks_once_and_goes_back(admin: PageClient, path: str, cast: Cast, make: Make) -> None:
    form = admin.get(f"{path}/users?q=a").form(f"{path}/sync")
    assert admin.submit(form).location == f"{path}/users?q=a"
    shown = admin.get(path)
    assert "Refresh has started." in shown.text
    assert "Refreshing" in shown.text
    admin.post(f"{path}/sync", {"return": path})
    assert make.session.query(Job).filter(Job.kind == "sync-customer").count() == 1


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "/\\evil.example", ""])
def test_refresh_never_leads_off_the_site(admin: PageClient, path: str, back: str) -> None:
    assert admin.post(f"{path}/sync", {"return": back}).location == path


def test_nothing_owned_is_said(admin: PageClient, path: str) -> None:
    assert "Nothing to assign yet" in admin.get(path).text


@pytest.mark.parametrize("number", ["999999", "99999999999999999999", "0"])
def test_a_customer_that_does_not_exist_is_not_found(admin: PageClient, number: str) -> None:
    admin.get(f"/customers/{number}", status=404)


def test_a_stranger_finds_nothing(page: PageClient, cast: Cast, path: str) -> None:
    page.sign_in(cast.stranger)
    page.get(path, status=404)
    page.post(f"{path}/sync", {}, status=404)


def test_it_is_only_read(admin: PageClient, path: str) -> None:
    admin.post(path, {}, status=405)
