"""**Find a person**: from the header of every page; whose they are; nobody of a foreign customer."""

from __future__ import annotations

import pytest

from partner_center.directory import people
from partner_center.staff.roles import Role, Scope
from tests.cast import Cast
from tests.make import Make
from tests.page import Page, PageClient


@pytest.fixture(autouse=True)
def _users(make: Make, cast: Cast) -> None:
    make.users(cast.fjord, make.user("Işıl Fjord", department="Sales"), make.user("Bo Fjord"))
    make.users(cast.anatolia, make.user("Işıl Çağla", account_enabled=False, user_type="Guest"))


def test_the_header_of_every_page_finds_a_person(page: PageClient, cast: Cast) -> None:
    page.sign_in(cast.helpdesk)
    for address in ("/customers", "/settings", f"/customers/{cast.fjord.id}/users"):
        assert page.get(address).one("header").one("a", href="/people")
    assert page.get("/customers/999999", status=404).one("header").one("a", href="/people")
    shown = page.submit(page.get("/people").form("/people"), status=200, q="ISIL")
    assert shown.title.startswith("2 people match")
    assert shown.rows == [
        [f"Işıl Çağla {address_in(shown, 0)}", "Anadolu Tekstil", "", "Guest Sign-in blocked"],
        [f"Işıl Fjord {address_in(shown, 1)}", "Fjord Seafood", "Sales", ""],
    ]
    assert shown.link("Işıl Fjord") == f"/customers/{cast.fjord.id}/users/1"
    assert page.get(shown.link("Işıl Fjord")).h1 == "Işıl Fjord"


def address_in(shown: Page, row: int) -> str:
    return shown.all("span", **{"class": "person-address"})[row].text


def test_customers_leads_there_with_what_was_typed(page: PageClient, cast: Cast) -> None:
    shown = page.sign_in(cast.sales).get("/customers?q=isil")
    assert "No customer matches" in shown.text
    assert page.get(shown.link("Find a person with this name")).rows


def test_people_of_a_foreign_customer_never_show(page: PageClient, make: Make, cast: Cast) -> None:
    page.sign_in(make.member(Role.ADMIN_AGENT, scope=Scope.LISTED, customers=[cast.fjord]))
    shown = page.get("/people?q=isil")
    assert [row[1] for row in shown.rows] == ["Fjord Seafood"]
    assert "Anadolu" not in shown.html
    assert "Çağla" not in shown.html
    assert "Nobody matches" in page.sign_in(cast.stranger).get("/people?q=isil").text


def test_says_when_more_match_than_are_shown(
    page: PageClient, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people, "SHOWN", 1)
    shown = page.sign_in(cast.admin).get("/people?q=isil")
    assert len(shown.rows) == 1
    assert "There are more." in shown.text
    assert "The first 1 people" in shown.title


def test_without_letters_or_with_too_few_it_says_what_to_type(page: PageClient, cast: Cast) -> None:
    page.sign_in(cast.admin)
    assert "Type at least 3 letters." not in page.get("/people").text
    assert "Type at least 3 letters." in page.get("/people?q=is").text


def test_who_may_not_see_users_has_no_field_for_it(page: PageClient, make: Make) -> None:
    nobody = make.member(name="Nobody")
    nobody.roles.clear()
    make.session.commit()
    page.sign_in(nobody)
    assert "/people" not in page.get("/settings").html
    page.get("/people?q=isil", status=403)
