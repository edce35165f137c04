"""One's own password and sessions; when sessions end."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from partner_center.audit.models import AuditEntry
from partner_center.extensions import db
from partner_center.shared import clock
from partner_center.staff import administration, passwords, sessions, throttle
from partner_center.staff.models import StaffMember, StaffSession
from partner_center.staff.queries import actor_of
from partner_center.staff.roles import Role, Scope
from partner_center.staff.scopes import ScopeWish
from tests.cast import Cast
from tests.make import Make
from tests.page import PageClient
from tests.web.auth.second import PASSWORD, give_password

NEW = "another of several words"


@pytest.fixture
def ada(make: Make) -> StaffMember:
    return make.member(name="Ada", password=PASSWORD, email="ada@partner.example")


def key_in(page: PageClient) -> str | None:
    with page.client.session_transaction() as session:
        key: str | None = session.get("_user_id")
        return key


def last(session: Session) -> AuditEntry:
    session.rollback()
    return session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first() or AuditEntry()


def change(page: PageClient, current: str, new: str, status: int = 303) -> str:
    form = page.get("/settings/sign-in").form("/settings/sign-in/password")
    return page.submit(form, status, current=current, password=new, again=new).text


def test_signing_in_gives_a_new_key_and_the_one_before_is_worth_nothing(
    page: PageClient, ada: StaffMember, cast: Cast
) -> None:
    page.sign_in(cast.helpdesk).get("/settings")
    before, kept = key_in(page), page.client.get_cookie("session")
    assert kept
    page.post("/sign-in", {"email": ada.email, "password": PASSWORD})
    assert key_in(page) not in (None, before)
    assert "Ada" in page.get("/settings").html
    page.client.set_cookie("session", kept.value)
    page.get("/settings", status=303)


def test_signing_out_ends_the_row_so_that_a_kept_cookie_opens_nothing(
    page: PageClient, ada: StaffMember
) -> None:
    give_password(page, ada.email)
    kept = page.client.get_cookie("session")
    assert kept
    page.post("/sign-out")
    page.client.set_cookie("session", kept.value)
    page.get("/settings", status=303)


def test_a_tampered_cookie_is_nobodys(page: PageClient, ada: StaffMember) -> None:
    give_password(page, ada.email)
    cookie = page.client.get_cookie("session")
    assert cookie
    for at in (0, len(cookie.value) // 2, len(cookie.value) - 2):
        letter = "A" if cookie.value[at] != "A" else "B"
        page.client.set_cookie("session", cookie.value[:at] + letter + cookie.value[at + 1 :])
        page.get("/settings", status=303)


def test_the_database_holds_no_key(page: PageClient, ada: StaffMember, session: Session) -> None:
    give_password(page, ada.email)
    key = key_in(page)
    assert key
    assert key not in repr(session.execute(select(StaffSession.__table__)).all())


def test_a_session_ends_after_two_idle_hours_and_use_prolongs_it(page: PageClient, ada: StaffMember) -> None:
    page.sign_in(ada)
    start = clock.now()
    for minutes in (100, 200, 300):
        with time_machine.travel(start + timedelta(minutes=minutes), tick=False):
            page.get("/settings")
    with time_machine.travel(start + timedelta(minutes=421), tick=False):
        assert page.get("/settings?a=1", status=303).location == "/sign-in?next=/settings?a%3D1"


def test_a_page_that_asks_by_itself_is_no_use(page: PageClient, ada: StaffMember, session: Session) -> None:
    page.sign_in(ada)
    before = session.scalar(select(StaffSession.last_seen_at))
    session.rollback()
    with time_machine.travel(clock.now() + timedelta(minutes=5), tick=False):
        page.client.get("/settings", headers={"Accept": "application/json"})
        assert session.scalar(select(StaffSession.last_seen_at)) == before
        session.rollback()
        page.get("/settings")
        assert session.scalar(select(StaffSession.last_seen_at)) == clock.now()


def test_a_session_ends_after_twelve_hours_however_much_it_is_used(
    page: PageClient, ada: StaffMember, session: Session
) -> None:
    page.sign_in(ada)
    start = session.scalars(select(StaffSession.started_at)).one()
    session.rollback()
    for half_hours in range(1, 24):
        with time_machine.travel(start + timedelta(minutes=30 * half_hours), tick=False):
            last_page = page.get("/settings")
    assert re.search(rf"you are signed out at .*{start + timedelta(hours=12):%H:%M} UTC\.", last_page.text)
    with time_machine.travel(start + timedelta(hours=12, seconds=1), tick=False):
        page.get("/settings", status=303)


def test_a_request_asks_once_who_it_is_and_writes_at_most_once_a_minute(
    page: PageClient, ada: StaffMember
) -> None:
    page.sign_in(ada).get("/settings")
    said: list[str] = []
    with page.app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", lambda *told: said.append(told[2]))
    page.get("/settings")
    assert len([one for one in said if "staff_session" in one]) == 1
    assert not [one for one in said if one.startswith(("UPDATE", "INSERT"))]
    said.clear()
    with time_machine.travel(clock.now() + timedelta(seconds=61), tick=False):
        page.get("/settings")
        page.get("/settings")
    assert len([one for one in said if one.startswith("UPDATE staff_session")]) == 1


@pytest.mark.parametrize("what", ["role", "scope", "suspend"])
def test_a_change_of_rights_ends_the_session_at_once(
    page: PageClient, ada: StaffMember, cast: Cast, session: Session, what: str
) -> None:
    page.sign_in(ada).get("/settings")
    admin = actor_of(cast.global_admin)
    match what:
        case "role":
            administration.change_roles(session, admin, ada.id, [Role.SALES_AGENT])
        case "scope":
            administration.change_scope(session, admin, ada.id, ScopeWish(Scope.LISTED))
        case _:
            administration.suspend(session, admin, ada.id)
    session.commit()
    page.get("/settings", status=303)


def test_a_new_password_ends_every_other_session_and_keeps_this_one(
    page: PageClient, app: Flask, ada: StaffMember, session: Session
) -> None:
    other = PageClient(app).sign_in(ada)
    other.get("/settings")
    page.sign_in(ada)
    before = key_in(page)
    change(page, PASSWORD, NEW)
    assert "Your password is changed." in page.get("/settings/sign-in").text
    assert key_in(page) != before
    other.get("/settings", status=303)
    session.expire_all()
    assert passwords.matches(session.get_one(StaffMember, ada.id).password_hash, NEW)
    assert (last(session).action, last(session).details) == ("password_set", {"how": "change"})


@pytest.mark.parametrize(
    ("current", "new", "words"),
    [
        ("wrong", NEW, "This is not your current password."),
        (PASSWORD, "short", "12 to 256 characters"),
        (PASSWORD, "password1234", "among the first that are tried"),
        (PASSWORD, "ada@partner.example", "mostly your name or email"),
    ],
)
def test_what_is_refused_changes_nothing(  # noqa: PLR0917
    page: PageClient, ada: StaffMember, session: Session, current: str, new: str, words: str
) -> None:
    other = PageClient(page.app).sign_in(ada)
    page.sign_in(ada)
    assert words in change(page, current, new, 422)
    other.get("/settings")
    assert last(session).action == "refused"
    session.expire_all()
    assert passwords.matches(session.get_one(StaffMember, ada.id).password_hash, PASSWORD)


def test_the_current_password_can_not_be_guessed_for_long(page: PageClient, ada: StaffMember) -> None:
    page.sign_in(ada)
    for _ in range(throttle.PASSWORD.most):
        change(page, "wrong", NEW, 422)
    assert "Too many tries." in change(page, PASSWORD, NEW, 429)


def test_sessions_are_listed_and_ended_one_by_one_and_all_others(
    page: PageClient, app: Flask, ada: StaffMember, session: Session
) -> None:
    agent = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/130.0 Safari/537.36 Edg/130.0"
    others = [PageClient(app) for _ in range(3)]
    for one in others:
        one.client.environ_base["HTTP_USER_AGENT"] = agent
        give_password(one, ada.email)
    page.sign_in(ada)
    shown = page.get("/settings/sign-in")
    assert [row[0] for row in shown.rows] == ["Firefox, Linux This one", *["Edge, Windows"] * 3]
    first = next(form for form in shown.all("form") if "/sessions/" in form.attrs.get("action", ""))
    page.submit(first)
    assert [one.client.get("/settings").status_code for one in others].count(200) == 2
    assert (last(session).action, last(session).details) == ("session_ended", {"count": 1})
    page.submit(page.get("/settings/sign-in").form("/settings/sign-in/sessions"))
    assert last(session).details == {"count": 2}
    assert [one.client.get("/settings").status_code for one in others] == [303] * 3
    assert len(page.get("/settings/sign-in").rows) == 1


def test_nobody_ends_a_session_of_somebody_else(
    page: PageClient, app: Flask, ada: StaffMember, cast: Cast, session: Session
) -> None:
    theirs = PageClient(app).sign_in(cast.sales)
    number = session.scalar(select(StaffSession.id))
    session.rollback()
    page.sign_in(ada)
    page.post(f"/settings/sign-in/sessions/{number}", status=404)
    page.post("/settings/sign-in/sessions/99999999999999999999", status=404)
    page.post("/settings/sign-in/sessions")
    theirs.get("/settings")


def test_rows_of_sessions_long_over_are_cleared_away(session: Session, ada: StaffMember, make: Make) -> None:
    make.signed_in(ada)
    with time_machine.travel(clock.now() + timedelta(days=9)):
        make.signed_in(ada)
    assert len(session.scalars(select(StaffSession.id)).all()) == 1
    assert sessions.end_all(session, ada.id) == 1
