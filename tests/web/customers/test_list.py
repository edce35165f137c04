"""**Customers**: found by name, domain or tenant, sorted, paged, with what is wrong in numbers."""

from __future__ import annotations

from datetime import timedelta

import pytest

from partner_center.jobs.models import Job
from partner_center.shared import clock
from partner_center.staff.roles import Role, Scope
from tests.cast import Cast
from tests.make import Make
from tests.page import Page, PageClient


def names(shown: Page) -> list[str]:
    return [link.text for link in shown.all("a") if link.attrs.get("class") == "person-name"]


@pytest.fixture
def admin(page: PageClient, cast: Cast) -> PageClient:
    return page.sign_in(cast.admin)


def test_the_console_opens_with_the_customers(admin: PageClient) -> None:
    assert admin.get("/", status=302).location == "/customers"


def test_lists_those_one_may_see(admin: PageClient, page: PageClient, make: Make, cast: Cast) -> None:
    assert names(admin.get("/customers?sort=name")) == ["Anadolu Tekstil", "Fjord Seafood"]
    page.sign_in(make.member(Role.HELPDESK_AGENT, scope=Scope.LISTED, customers=[cast.fjord]))
    assert names(page.get("/customers")) == ["Fjord Seafood"]


def test_who_may_see_none_is_told_so(page: PageClient, cast: Cast) -> None:
    assert "No customers yet" in page.sign_in(cast.stranger).get("/customers").text


def test_finds_part_of_a_name(admin: PageClient) -> None:
    for words in ("ANADOLU", "anadolu tek", "tekst"):
        assert names(admin.get(f"/customers?q={words}")) == ["Anadolu Tekstil"]


def test_finds_a_domain_and_a_tenant(admin: PageClient, cast: Cast) -> None:
    for words in (cast.fjord.domain, cast.fjord.tenant_id):
        assert names(admin.get(f"/customers?q={words}")) == ["Fjord Seafood"]


def test_no_match_shows_the_search_and_a_way_back(admin: PageClient) -> None:
    shown = admin.get("/customers?q=nobody")
    assert "No customer matches" in shown.text
    assert shown.one("input", name="q").attrs["value"] == "nobody"
    assert shown.link("Show all customers") == "/customers"


def test_health_says_what_and_how_many(admin: PageClient, cast: Cast, make: Make) -> None:
    full, over = make.product("Full"), make.product("Over")
    make.skus(cast.fjord, make.sku(full, enabled=10, consumed=10), make.sku(over, enabled=5, consumed=7))
    shown = admin.get("/customers")
    assert names(shown) == ["Fjord Seafood", "Anadolu Tekstil"]
    assert "1 product full" in shown.text
    assert "1 product over its limit" in shown.text
    assert "17 of 15" in shown.text


def test_access_that_ended_or_ends_is_said(admin: PageClient, cast: Cast, make: Make) -> None:
    cast.fjord.access_state = "none"
    cast.anatolia.access_ends_at = clock.now() + timedelta(days=5, hours=1)
    make.session.commit()
    words = admin.get("/customers").text
    assert "No access" in words
    assert "Access ends in 5 days" in words


def test_segments_count_and_narrow(admin: PageClient, cast: Cast, make: Make) -> None:
    make.skus(cast.fjord, make.sku(make.product("Full"), enabled=10, consumed=10))
    shown = admin.get("/customers")
    assert shown.link("All 2") == "/customers"
    assert names(admin.get(shown.link("Full 1"))) == ["Fjord Seafood"]


def test_sorts_by_each_column_both_ways(admin: PageClient) -> None:
    by_name = admin.get("/customers").link("Customer")
    assert names(admin.get(by_name)) == ["Anadolu Tekstil", "Fjord Seafood"]
    turned = admin.get(by_name).link("Customer")
    assert names(admin.get(turned)) == ["Fjord Seafood", "Anadolu Tekstil"]


def test_pages_have_links_and_keep_the_search(admin: PageClient, make: Make) -> None:
    for number in range(30):
        make.customer(f"Kunde {number:02d}")
    shown = admin.get("/customers?q=kunde&sort=name")
    assert "30 customers match, page 1 of 2" in shown.text
    following = admin.get(shown.link("Next"))
    assert names(following) == [f"Kunde {number}" for number in range(25, 30)]
    assert following.title.startswith("Customers (Page 2 of 2)")


def test_junk_falls_back_to_what_there_is(admin: PageClient) -> None:
    for query in ("page=99", "page=x", "sort=shoe&show=blue&size=3", "q=%3Cscript%3E", "q=" + "x" * 9000):
        assert admin.get(f"/customers?{query}").h1 == "Customers"


def test_a_megabyte_in_the_search_box_is_refused_with_a_sentence(admin: PageClient) -> None:
    assert "too long" in admin.get("/customers?q=" + "x" * 1_000_000, status=414).h1


def test_any_name_is_shown_as_text(admin: PageClient, make: Make) -> None:
    odd = ("<script>alert(1)</script>", "=1+1", "محمد", "👩‍🚒", "\u202eabc")
    for number, name in enumerate(odd):
        make.customer(name, domain=f"a{number}.example")
    shown = admin.get("/customers")
    assert set(odd) <= set(names(shown))
    assert "<script>alert" not in shown.html


def test_the_list_is_only_read(admin: PageClient) -> None:
    admin.post("/customers", {}, status=405)


def test_all_are_refreshed_by_one_job_however_often_it_is_asked(admin: PageClient, make: Make) -> None:
    for _again in range(2):
        assert admin.submit(admin.get("/customers").form("/customers/refresh")).location == "/customers"
    assert make.session.query(Job).filter(Job.kind == "sync-all").count() == 1


def test_signed_out_one_signs_in_first(page: PageClient, clean: None) -> None:
    assert "/sign-in" in page.get("/customers", status=303).location
