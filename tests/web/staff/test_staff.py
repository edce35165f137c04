"""**Staff**: the list, roles, customers, suspending; and what it does to who is signed in."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from partner_center.staff.roles import Role, Scope
from tests.cast import Cast
from tests.make import Make
from tests.page import PageClient
from tests.web.staff.steps import NEW, PASSWORD, actions, invite, person, press


def test_the_list_shows_everybody_with_roles_customers_and_state(
    page: PageClient, cast: Cast, make: Make
) -> None:
    make.member(Role.SALES_AGENT, name="Of North", scope=Scope.RESELLER, reseller="North", password=PASSWORD)
    shown = page.sign_in(cast.user_admin).get("/staff")
    rows = {row[0].split(" ")[0]: row[1:] for row in shown.rows}
    assert rows["Of"] == ["Sales agent", "Customers of North", "Active"]
    assert rows["Suspended"] == ["Global admin", "All customers", "Suspended"]
    assert rows["Håkon"] == ["Helpdesk agent", "All customers", "Invited"]
    assert rows["Stian"][1] == "0 customers"
    assert [row[0].split(" ")[0] for row in page.get("/staff?q=ha%CC%8Akon+PARTNER").rows] == ["Håkon"]
    assert "Nobody matches" in page.get("/staff?q=zzz").text


@pytest.mark.parametrize("who", ["admin", "helpdesk", "sales"])
def test_others_see_nothing_of_it_and_are_told_who_manages_staff(
    page: PageClient, cast: Cast, who: str
) -> None:
    page.sign_in(getattr(cast, who))
    assert "/staff" not in [link.attrs["href"] for link in page.get("/customers").all("a")]
    for path in ("/staff", "/staff/new", person(cast.sales)):
        assert "They can: Grace Global, Stian Stranger, Ulla Users." in page.get(path, 403).text
    for deed in ("roles", "customers", "suspend", "reactivate", "link"):
        page.post(f"{person(cast.sales)}/{deed}", {"role": "global_admin"}, 403)
    page.post("/staff/new", NEW, 403)


def test_a_user_management_admin_is_not_offered_the_role_global_admin_nor_given_it(
    page: PageClient, cast: Cast, session: Session
) -> None:
    page.sign_in(cast.user_admin)
    values = [box.attrs["value"] for box in page.get("/staff/new").all("input", name="role")]
    assert "global_admin" not in values
    assert "Only a global admin" in invite(page, 403, role=["global_admin"]).text
    shown = page.get(person(cast.global_admin))
    assert "Only a global admin can do this for a global admin." in shown.text
    assert not shown.one("main").all("form")
    page.post(f"{person(cast.sales)}/roles", {"role": "global_admin"}, 403)
    page.post(f"{person(cast.global_admin)}/link", {}, 403)
    assert actions(session) == ["refused"] * 3


def test_nobody_changes_themselves(page: PageClient, cast: Cast, session: Session) -> None:
    shown = page.sign_in(cast.global_admin).get(person(cast.global_admin))
    assert "You can't change your own access." in shown.text
    assert not shown.one("main").all("form")
    for deed in ("roles", "customers", "suspend", "reactivate", "link"):
        page.post(f"{person(cast.global_admin)}/{deed}", {"role": "sales_agent", "scope": "all"}, 403)
    assert set(actions(session)) == {"refused"}


def test_new_roles_end_the_sessions_and_hold_when_the_person_is_back(
    page: PageClient, app: Flask, cast: Cast, session: Session
) -> None:
    agent = PageClient(app).sign_in(cast.helpdesk)
    agent.get("/customers")
    shown = page.follow(press(page.sign_in(cast.user_admin), cast.helpdesk, "roles", role=["sales_agent"]))
    assert "The roles are saved." in shown.text
    assert agent.get("/customers", 303).location.startswith("/sign-in")
    session.refresh(cast.helpdesk)
    assert {role.role for role in cast.helpdesk.roles} == {"sales_agent"}
    assert actions(session) == ["staff_roles_changed"]


def test_customers_are_given_by_domain_name_or_tenant_id(
    page: PageClient, app: Flask, cast: Cast, session: Session, make: Make
) -> None:
    third = make.customer("Üçüncü Müşteri")
    lines = f"{cast.fjord.domain.upper()}\n\n  ANADOLU tekstil \r\n{third.tenant_id}"
    page.sign_in(cast.user_admin)
    press(page, cast.helpdesk, "customers", scope="listed", customers=lines)
    shown = page.get(person(cast.helpdesk))
    kept = sorted([cast.fjord.domain, cast.anatolia.domain, third.domain])
    assert shown.one("textarea", id="customers").text.split() == kept
    assert "3 customers" in shown.text
    press(page, cast.helpdesk, "customers", scope="listed", customers=cast.anatolia.domain)
    session.refresh(cast.helpdesk)
    agent = PageClient(app).sign_in(cast.helpdesk)
    assert [row[0].split(" ")[0] for row in agent.get("/customers").rows] == ["Anadolu"]
    agent.get(f"/customers/{cast.fjord.id}", 404)


def test_a_name_that_means_two_customers_is_asked_about(page: PageClient, cast: Cast, make: Make) -> None:
    for _ in range(2):
        make.customer("Same Name")
    page.sign_in(cast.user_admin)
    shown = press(page, cast.helpdesk, "customers", 422, scope="listed", customers="Same Name\nnobody")
    assert "or several of them: Same Name, nobody." in shown.text
    assert shown.one("textarea", id="customers").text == "Same Name nobody"


def test_customers_of_a_reseller(page: PageClient, cast: Cast, session: Session, make: Make) -> None:
    make.customer("Northern", reseller="North")
    page.sign_in(cast.user_admin)
    press(page, cast.helpdesk, "customers", scope="reseller", reseller="North")
    assert "Customers of North" in page.get(person(cast.helpdesk)).text
    page.post(f"{person(cast.helpdesk)}/customers", {"scope": "reseller", "reseller": "South"}, 422)
    session.refresh(cast.helpdesk)
    assert (cast.helpdesk.scope, cast.helpdesk.reseller) == ("reseller", "North")


def test_who_sees_few_customers_gives_only_those_and_learns_of_no_others(
    page: PageClient, cast: Cast, make: Make
) -> None:
    make.customer("Southern", reseller="South")
    few = make.member(Role.USER_MANAGEMENT_ADMIN, scope=Scope.LISTED, customers=[cast.anatolia])
    new = make.member(Role.HELPDESK_AGENT, scope=Scope.LISTED)
    page.sign_in(few)
    shown = page.get(person(new))
    assert [one.attrs["value"] for one in shown.all("input", name="scope")] == ["listed"]
    assert "South" not in shown.html
    said = {
        press(page, new, "customers", 422, scope="listed", customers=domain).one("div", id="problems").text
        for domain in (cast.fjord.domain, "nobody.example")
    }
    assert len({text.replace(cast.fjord.domain, "X").replace("nobody.example", "X") for text in said}) == 1
    press(page, new, "customers", scope="listed", customers=cast.anatolia.domain)
    page.post(f"{person(new)}/customers", {"scope": "all"}, 403)
    assert "sees customers that you don't see" in page.get(person(cast.helpdesk)).text


def test_suspending_and_reactivating(page: PageClient, app: Flask, cast: Cast, session: Session) -> None:
    agent = PageClient(app).sign_in(cast.helpdesk)
    agent.get("/customers")
    shown = page.follow(press(page.sign_in(cast.user_admin), cast.helpdesk, "suspend"))
    assert "Suspended" in shown.text
    agent.get("/customers", 303)
    page.post(f"{person(cast.helpdesk)}/link", {}, 409)
    press(page, cast.helpdesk, "reactivate")
    agent.get("/customers", 303)
    session.refresh(cast.helpdesk)
    agent.sign_in(cast.helpdesk).get("/customers")
    assert actions(session) == ["staff_suspended", "refused", "staff_reactivated"]


def test_a_persons_page_leads_to_what_they_did(page: PageClient, cast: Cast) -> None:
    page.sign_in(cast.user_admin)
    shown = page.get(person(cast.helpdesk))
    found = page.get(shown.link("What this person did"))
    assert found.one("input", name="person").attrs["value"] == cast.helpdesk.email


@pytest.mark.parametrize("number", ["0", "999999", "9" * 30])
def test_a_person_who_is_not_there_is_404(page: PageClient, cast: Cast, number: str) -> None:
    page.sign_in(cast.global_admin)
    page.get(f"/staff/{number}", 404)
    for deed in ("roles", "customers", "suspend", "reactivate", "link"):
        page.post(f"/staff/{number}/{deed}", {"role": "sales_agent"}, 404)


@pytest.mark.parametrize("path", ["/staff", "/staff/new"])
def test_people_not_signed_in_and_other_methods(page: PageClient, cast: Cast, path: str) -> None:
    assert page.get(path, 303).location.startswith("/sign-in")
    page.sign_in(cast.global_admin)
    assert page.client.delete(path, headers={"X-CSRFToken": page.token()}).status_code == 405
