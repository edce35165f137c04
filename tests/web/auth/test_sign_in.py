"""Signing in and out: by password, in the demo by role, and what is told to whom."""

from __future__ import annotations

from dataclasses import replace

import pytest
from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from partner_center.audit.models import AuditEntry
from partner_center.config import Config
from partner_center.staff import demo, service
from partner_center.staff.models import StaffMember
from partner_center.staff.roles import Role
from tests.cast import Cast
from tests.conftest import Apps
from tests.make import Make
from tests.page import PageClient

PASSWORD = "Øystein's long password"
WRONG = "Email or password is not correct."


@pytest.fixture
def ada(make: Make) -> StaffMember:
    return make.member(Role.HELPDESK_AGENT, name="Ada", password=PASSWORD, email="ada@partner.example")


def send(page: PageClient, email: str, password: str, status: int = 303, path: str = "/sign-in"):  # type: ignore[no-untyped-def]
    form = page.get(path).form("/sign-in")
    return page.submit(form, status, email=email, password=password)


def entries(session: Session) -> list[tuple[str, int | None, str]]:
    rows = session.scalars(select(AuditEntry).order_by(AuditEntry.id))
    return [(row.action, row.actor_id, row.subject) for row in rows]


def test_the_right_password_opens_the_console_and_is_noted(
    page: PageClient, ada: StaffMember, session: Session
) -> None:
    assert send(page, " ADA@partner.example", PASSWORD).location == "/customers"
    page.get("/settings")
    assert entries(session) == [("signed_in", ada.id, "ada@partner.example")]


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("ada@partner.example", "wrong"),
        ("nobody@partner.example", PASSWORD),
        ("nobody", "wrong"),
        ("ada@partner.example", "x" * 256),
    ],
)
def test_every_wrong_entry_gets_the_same_sentence_and_is_noted(
    page: PageClient, ada: StaffMember, session: Session, email: str, password: str
) -> None:
    shown = send(page, email, password, status=422)
    assert WRONG in shown.text
    assert shown.title.startswith("Error – Sign in")
    assert password not in shown.html
    assert shown.one("input", name="email").attrs["value"] == email
    page.get("/settings", status=303)
    assert entries(session) == [("sign_in_refused", None, email)]


def test_a_suspended_person_is_told_the_same(page: PageClient, ada: StaffMember, session: Session) -> None:
    service.suspend(session, ada)
    session.commit()
    assert WRONG in send(page, ada.email, PASSWORD, status=422).text


def test_an_unknown_address_costs_one_hash_like_a_wrong_password(
    page: PageClient, ada: StaffMember, monkeypatch: pytest.MonkeyPatch
) -> None:
    verified: list[str] = []

    class Watched(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> bool:  # type: ignore[override]
            verified.append(str(hash))
            return super().verify(hash, password)

    monkeypatch.setattr(
        "partner_center.staff.passwords._hasher", Watched(time_cost=2, memory_cost=19_456, parallelism=1)
    )
    for email in (ada.email, "nobody@partner.example"):
        verified.clear()
        send(page, email, "wrong", status=422)
        assert len(verified) == 1
        assert "m=19456,t=2,p=1" in verified[0]


def test_empty_fields_are_asked_for_beside_the_field(page: PageClient) -> None:
    shown = send(page, "", "", status=422)
    assert "Enter your email." in shown.text
    assert "Enter your password." in shown.text


def test_signing_in_leads_back_to_the_page_that_was_asked_for(page: PageClient, ada: StaffMember) -> None:
    asked = page.get("/settings?a=1", status=303).location
    assert send(page, ada.email, PASSWORD, path=asked).location == "/settings?a=1"


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/\\evil.example", "/\t/evil"])
def test_signing_in_never_leads_away_from_the_site(page: PageClient, ada: StaffMember, target: str) -> None:
    page.get("/sign-in", query_string={"next": target})
    answer = page.post("/sign-in", {"email": ada.email, "password": PASSWORD, "next": target})
    assert answer.location == "/customers"
    assert page.get("/sign-in", status=303, query_string={"next": target}).location == "/customers"


def test_nothing_of_the_session_before_survives_signing_in(page: PageClient, ada: StaffMember) -> None:
    with page.client.session_transaction() as session:
        session["planted"] = "by somebody else"
    token = page.token()
    send(page, ada.email, PASSWORD)
    with page.client.session_transaction() as session:
        assert "planted" not in session
        assert not session.permanent, "closing the browser ends the session"
    assert page.client.post("/sign-out", data={"csrf_token": token}).status_code == 400


def test_signing_out_ends_the_session_and_is_noted(page: PageClient, cast: Cast, session: Session) -> None:
    page.sign_in(cast.sales)
    assert page.post("/sign-out").location == "/sign-in"
    page.get("/settings", status=303)
    assert entries(session) == [("signed_out", cast.sales.id, cast.sales.email)]
    assert page.client.get("/sign-out").status_code == 405


def test_the_demo_offers_each_role_and_signs_in_at_a_click(page: PageClient, session: Session) -> None:
    demo.install_demo_staff(session)
    session.commit()
    for person in demo.DEMO_PEOPLE:
        page.sign_out()
        form = page.get("/sign-in").form("/sign-in/demo")
        role = person.role.value.replace("_", " ").capitalize()
        assert page.submit(form, button=f"Try as {role}").location == "/customers"
        assert person.name in page.get("/settings").html
    assert [action for action, *_rest in entries(session)] == ["signed_in"] * 5


def test_the_demo_says_so_on_every_page(page: PageClient, cast: Cast) -> None:
    assert "Demo data" in page.get("/sign-in").html
    assert "Demo data" in page.sign_in(cast.admin).get("/settings").html


def test_outside_the_demo_nobody_signs_in_at_a_click(apps: Apps, config: Config, session: Session) -> None:
    demo.install_demo_staff(session)
    session.commit()
    page = PageClient(apps.open(replace(config, demo=False)))
    shown = page.get("/sign-in")
    assert "Try as" not in shown.html
    assert "Demo data" not in shown.html
    page.post("/sign-in/demo", {"email": demo.DEMO_PEOPLE[0].email}, status=404)
    page.get("/settings", status=303)


@pytest.mark.parametrize("email", ["", "ada@partner.example", "admin.agent@partner.example' OR 1=1"])
def test_the_demo_signs_in_its_own_people_only(page: PageClient, ada: StaffMember, email: str) -> None:
    page.post("/sign-in/demo", {"email": email}, status=404)
    page.get("/settings", status=303)


def test_somebody_signed_in_is_not_asked_again(page: PageClient, cast: Cast) -> None:
    assert page.sign_in(cast.admin).get("/sign-in", status=303).location == "/customers"


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(
    apps: Apps, config: Config, app: Flask
) -> None:
    plain = app.test_client().get("/sign-in").headers["Set-Cookie"]
    assert plain.startswith("session=")
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(plain.split("; "))
    tls = (
        apps.open(replace(config, secure_cookies=True))
        .test_client()
        .get("/sign-in", base_url="https://localhost")
    )
    assert tls.headers["Set-Cookie"].startswith("__Host-session=")
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(tls.headers["Set-Cookie"].split("; "))
    assert "Domain" not in tls.headers["Set-Cookie"]


def test_the_browsers_language_is_used_until_another_is_chosen(page: PageClient) -> None:
    norwegian = {"Accept-Language": "nn-NO,nn;q=0.9,no;q=0.8,en;q=0.5"}
    assert page.get("/sign-in", headers=norwegian).one("html").attrs["lang"] == "nb"
    assert page.get("/sign-in", headers={"Accept-Language": "xx"}).one("html").attrs["lang"] == "en"
    shown = page.get("/sign-in?next=/settings", headers=norwegian)
    chosen = page.submit(shown.form("/language"), language="tr")
    assert chosen.location == "/sign-in?next=/settings"
    assert page.get("/sign-in", headers=norwegian).one("html").attrs["lang"] == "tr"


def test_a_language_that_is_not_offered_changes_nothing(page: PageClient) -> None:
    page.post("/language", {"language": "../../etc", "next": "//evil.example"})
    assert page.get("/sign-in").one("html").attrs["lang"] == "en"
