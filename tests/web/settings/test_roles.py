"""**Roles** and **Who can do this?**: who edits the table, within which bounds, and what it does at once."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from partner_center.audit.models import AuditEntry
from partner_center.staff.models import RoleOverride
from partner_center.staff.permissions import Permission
from partner_center.staff.roles import Role, Scope
from tests.cast import Cast
from tests.make import Make
from tests.page import Page, PageClient, filled

ROLES = "/settings/roles"


def save(page: PageClient, *, give: str = "", take: str = "", status: int = 303, **more: str) -> Page:
    """Tick and clear one box each, and press the button."""
    form = page.get(ROLES).one("main").one("form", action=ROLES)
    grants = [value for value in filled(form).getlist("grant") if value != take]
    sent = {"grant": [*grants, give] if give else grants, **more}
    return page.submit(form, status, button="Save roles", **sent)


def entries(session: Session, action: str) -> list[tuple[str, dict[str, object]]]:
    rows = session.scalars(select(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.id))
    return [(row.subject, row.details) for row in rows]


def test_a_change_holds_from_the_next_request_on_and_is_audited(
    page: PageClient, cast: Cast, session: Session
) -> None:
    buy = f"/settings/who-can?can={Permission.BUY_SEATS}&customer={cast.fjord.id}"
    assert "Håkon Helpdesk" not in page.sign_in(cast.helpdesk).get(buy).text
    page.sign_in(cast.global_admin)
    shown = page.follow(save(page, give="helpdesk_agent:seats:buy", take="sales_agent:seats:buy"))
    assert "They hold from the next page on." in shown.text
    assert len(shown.all("span", class_="tag tag-chg")) == 2
    assert entries(session, "roles_edited") == [
        ("helpdesk_agent", {"given": ["seats:buy"], "taken": []}),
        ("sales_agent", {"given": [], "taken": ["seats:buy"]}),
    ]
    told = page.sign_in(cast.helpdesk).get(buy).text
    assert "Håkon Helpdesk" in told
    assert "Sara Sales" not in told
    start = f"/customers/{cast.fjord.id}/purchases/new"
    assert page.sign_in(cast.sales).get(start).h1 == "Who can buy licenses"
    page.sign_in(cast.helpdesk).get(start, 503)  # these tests have no Microsoft: the door is open


def test_the_defaults_can_be_had_back(page: PageClient, cast: Cast, session: Session) -> None:
    page.sign_in(cast.global_admin)
    save(page, give="helpdesk_agent:seats:buy")
    assert session.scalars(select(RoleOverride)).all()
    session.rollback()
    page.submit(page.get(ROLES).one("main").one("form", action=ROLES), button="Back to Microsoft's roles")
    assert session.scalars(select(RoleOverride)).all() == []
    assert entries(session, "roles_edited")[-1] == ("helpdesk_agent", {"given": [], "taken": ["seats:buy"]})


def test_saving_what_is_there_changes_and_notes_nothing(
    page: PageClient, cast: Cast, session: Session
) -> None:
    page.sign_in(cast.global_admin)
    save(page)
    assert session.scalars(select(RoleOverride)).all() == []
    assert entries(session, "roles_edited") == []


@pytest.mark.parametrize("who", ["admin", "helpdesk", "sales", "user_admin"])
def test_others_read_the_table_and_are_told_who_edits_it(page: PageClient, cast: Cast, who: str) -> None:
    shown = page.sign_in(getattr(cast, who)).get(ROLES)
    assert not shown.all("input", name="grant")
    assert "Your role does not allow this: Change what roles may do. They can: Grace Global" in shown.text
    page.post(ROLES, {"grant": f"{getattr(cast, who).roles[0].role}:roles:edit"}, 403)


@pytest.mark.parametrize("given", ["user_management_admin:roles:edit", "sales_agent:roles:edit"])
def test_a_box_that_is_not_there_can_not_be_sent_either(
    page: PageClient, cast: Cast, session: Session, given: str
) -> None:
    page.sign_in(cast.global_admin)
    shown = save(page, give=given, status=422)
    assert "Only a global admin can have “Change what roles may do”." in shown.text
    assert session.scalars(select(RoleOverride)).all() == []
    assert entries(session, "refused")


def test_what_a_global_admin_keeps_is_kept_whatever_is_sent(
    page: PageClient, cast: Cast, session: Session
) -> None:
    page.sign_in(cast.global_admin)
    form = page.get(ROLES).one("main").one("form", action=ROLES)
    page.submit(form, button="Save roles", grant=[])
    page.get("/staff")
    page.get("/audit")
    page.get("/customers")
    assert page.get(ROLES).all("input", name="grant")
    page.sign_in(cast.admin).get("/customers", 403)


def test_a_permission_without_its_pages_is_refused_and_what_was_ticked_is_kept(
    page: PageClient, cast: Cast
) -> None:
    page.sign_in(cast.global_admin)
    shown = save(page, take="sales_agent:users:view", status=422)
    assert shown.title.startswith("Error – Roles")
    assert "Sales agent can't have “Buy licenses” without “See users and their licenses”." in shown.text
    assert "checked" not in shown.one("input", value="sales_agent:users:view").attrs
    assert shown.one("td", id="sales_agent:seats:buy")


def test_two_people_who_edit_at_once_do_not_overwrite_each_other(page: PageClient, cast: Cast) -> None:
    page.sign_in(cast.global_admin)
    form = page.get(ROLES).one("main").one("form", action=ROLES)
    save(page, give="helpdesk_agent:seats:buy")
    shown = page.submit(form, 409, button="Save roles")
    assert "Somebody else changed the roles meanwhile." in shown.text


def test_who_can_names_roles_and_people(page: PageClient, cast: Cast, make: Make) -> None:
    both = make.member(Role.HELPDESK_AGENT, Role.SALES_AGENT, name="Both Roles")
    shown = page.sign_in(cast.helpdesk).get("/settings/who-can?can=seats:buy")
    assert "Admin agent, Global admin, Sales agent" in shown.one("main").one("dl", class_="facts").text
    assert [both.display_name, "Sales agent"] in shown.rows
    assert shown.one("caption").text == "5 people can"
    assert "Suspended Person" not in shown.text


def test_for_a_customer_only_those_who_see_it_are_named(page: PageClient, cast: Cast, make: Make) -> None:
    make.member(Role.SALES_AGENT, name="Sees Anatolia", scope=Scope.LISTED, customers=[cast.anatolia])
    page.sign_in(cast.helpdesk)
    for customer, sees in ((cast.fjord, False), (cast.anatolia, True)):
        shown = page.get(f"/settings/who-can?can=seats:buy&customer={customer.id}")
        assert ("Sees Anatolia" in shown.text) == sees
        assert "Stian Stranger" not in shown.text
    page.sign_in(cast.stranger).get(f"/settings/who-can?can=seats:buy&customer={cast.fjord.id}", 404)
    page.get("/settings/who-can?can=seats:buy&customer=999999", 404)


JUNK = ["", "?can=nonsense&customer=x", "?can=&customer=%C2%B2", "?customer=" + "9" * 40]


@pytest.mark.parametrize("query", JUNK)
def test_junk_in_the_address_shows_the_default(page: PageClient, cast: Cast, query: str) -> None:
    shown = page.sign_in(cast.helpdesk).get("/settings/who-can" + query)
    assert shown.one("h2").text == "Assign licenses"


def test_when_nobody_can_it_says_so(page: PageClient, cast: Cast) -> None:
    page.sign_in(cast.global_admin)
    save(page, take="global_admin:guests:license")
    shown = page.get("/settings/who-can?can=guests:license")
    assert "Nobody can" in shown.text
    assert "No role" in shown.text


@pytest.mark.parametrize("path", [ROLES, "/settings/who-can"])
def test_people_not_signed_in_and_other_methods(page: PageClient, cast: Cast, path: str) -> None:
    assert page.get(path, 303).location.startswith("/sign-in")
    page.sign_in(cast.admin)
    assert page.client.delete(path, headers={"X-CSRFToken": page.token()}).status_code == 405
