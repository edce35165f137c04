"""**Licenses**: what is owned, added up for each product, and a row for each subscription."""

from __future__ import annotations

from datetime import timedelta

import pytest

from partner_center.cloud.port import RemoteSubscription, RemoteTerm
from partner_center.directory import mirror
from partner_center.shared import clock
from tests.cast import Cast
from tests.make import Make, guid
from tests.page import PageClient


@pytest.fixture
def path(page: PageClient, cast: Cast) -> str:
    page.sign_in(cast.admin)
    return f"/customers/{cast.fjord.id}/licenses"


def five_and_eight(make: Make, cast: Cast, **fields: object) -> str:
    """A product in two subscriptions, three of its licences in use; its SKU."""
    sku, at = make.product("E3"), clock.now()
    make.skus(cast.fjord, make.sku(sku, enabled=13, consumed=3))
    told: dict[str, object] = {
        "status": "Enabled",
        "is_trial": False,
        "self_service": False,
        "next_lifecycle_at": at + timedelta(days=90),
    }
    two = [
        RemoteSubscription(guid(f"s{count}"), sku, total_licenses=count, **(told | fields))  # type: ignore[arg-type]
        for count in (5, 8)
    ]
    terms = [RemoteTerm(guid("s5"), "P1M", False), RemoteTerm(guid("s8"), "P1Y", True)]
    mirror.store_subscriptions(make.session, cast.fjord.id, two, at, terms)
    make.session.commit()
    return sku


def test_s2_1_five_and_eight_are_thirteen_over_all_subscriptions(
    page: PageClient, path: str, cast: Cast, make: Make
) -> None:
    five_and_eight(make, cast)
    (row,) = page.get(path).rows
    assert "2 subscriptions" in row[0]
    assert row[1] == "10 of 13 available"
    assert row[2] == "3 of 13"


def test_s5_1_counts_read_as_a_person_says_them(page: PageClient, path: str, cast: Cast, make: Make) -> None:
    make.skus(cast.fjord, make.sku(make.product("E3"), enabled=10, consumed=4))
    assert page.get(path).rows[0][1] == "6 of 10 available"
    make.skus(cast.fjord, make.sku(make.product("E3"), enabled=10, consumed=12))
    row = page.get(path).rows[0]
    assert row[1] == "0 of 10 available"
    assert "2 over" in row[0]


def test_s2_2_your_products_has_a_row_for_each_subscription_of_the_same_product(
    page: PageClient, path: str, cast: Cast, make: Make
) -> None:
    five_and_eight(make, cast)
    shown = page.get(f"{path}/subscriptions")
    assert shown.h1 == "Your products"
    assert [row[1:4] for row in shown.rows] == [["Active", "8", "One year"], ["Active", "5", "One month"]]
    assert [row[4].split(" on ")[0] for row in shown.rows] == ["Renews", "Ends"]


def test_states_are_marked_with_words(page: PageClient, path: str, cast: Cast, make: Make) -> None:
    five_and_eight(make, cast, next_lifecycle_at=clock.now() + timedelta(days=9), self_service=True)
    rows = page.get(f"{path}/subscriptions").rows
    assert rows[0][1] == "Active Renews soon Bought by a user Take over — Office 365 E3"
    assert rows[1][1] == "Active Ends soon Bought by a user Take over — Office 365 E3"
    assert "Ends soon" in page.get(path).rows[0][0]
    five_and_eight(make, cast, status="Suspended")
    assert page.get(f"{path}/subscriptions").rows[0][1] == "Suspended"


def test_a_subscription_nobody_of_us_sold_has_no_term(
    page: PageClient, path: str, cast: Cast, make: Make
) -> None:
    five_and_eight(make, cast)
    mirror.store_subscriptions(
        make.session,
        cast.fjord.id,
        [RemoteSubscription(guid("s5"), make.product("E3"), "Enabled", 5, True, False, None)],
        clock.now(),
    )
    make.session.commit()
    (row,) = page.get(f"{path}/subscriptions").rows
    assert row[1:] == ["Active Trial", "5", "Not sold by us", ""]


def test_a_product_is_found_by_any_part_of_its_name_and_sorted_by_what_is_left(
    page: PageClient, path: str, cast: Cast, make: Make
) -> None:
    few, many = make.product("Few", "Alpha Işık"), make.product("Many", "Beta")
    make.skus(cast.fjord, make.sku(few, enabled=1), make.sku(many, enabled=9))
    assert [row[0].split()[0] for row in page.get(f"{path}?sort=-available").rows] == ["Beta", "Alpha"]
    assert [row[0].split()[0] for row in page.get(f"{path}?q=isik").rows] == ["Alpha"]
    assert "No product matches." in page.get(f"{path}?q=zzz").text
    assert page.get(f"{path}?sort=junk").rows


def test_a_customer_without_products_says_so(page: PageClient, path: str) -> None:
    assert "This customer owns no product." in page.get(path).text
    assert "This customer owns no product." in page.get(f"{path}/subscriptions").text


def test_licenses_stand_in_the_customers_menu(page: PageClient, path: str) -> None:
    users = page.get(path.replace("licenses", "users"))
    assert users.link("Licenses") == path


@pytest.mark.parametrize("end", ["", "/subscriptions"])
def test_a_stranger_finds_nothing_and_posting_is_no_method(
    page: PageClient, path: str, cast: Cast, end: str
) -> None:
    page.post(path + end, {}, 405 if not end else 404)
    page.sign_in(cast.stranger).get(path + end, 404)
