"""The second factor: set up at the first sign-in, asked for at each, taken once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from urllib.parse import unquote

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from partner_center.audit.models import AuditEntry
from partner_center.config import Config
from partner_center.shared import clock
from partner_center.staff import service
from partner_center.staff.models import StaffMember
from tests.cast import Cast
from tests.conftest import Apps
from tests.make import Make
from tests.page import PageClient
from tests.web.auth.second import PASSWORD, code_of, enrol, give_code, give_password

LATER = timedelta(minutes=2)


@pytest.fixture
def page(apps: Apps, config: Config) -> PageClient:
    """A console that is no demo."""
    return PageClient(apps.open(replace(config, demo=False)))


@pytest.fixture
def ada(make: Make) -> StaffMember:
    return make.member(name="Ada", password=PASSWORD, email="ada@partner.example")


def entries(session: Session) -> list[tuple[str, dict[str, object]]]:
    session.rollback()
    rows = session.scalars(select(AuditEntry).order_by(AuditEntry.id))
    return [(row.action, dict(row.details)) for row in rows]


def test_the_first_sign_in_sets_up_the_app_and_shows_ten_codes_once(
    page: PageClient, ada: StaffMember, session: Session
) -> None:
    assert give_password(page, ada.email).location == "/sign-in/set-up"
    page.get("/settings", status=303)
    shown = page.get("/sign-in/set-up")
    assert shown.one("svg", role="img").attrs["aria-label"].startswith("QR code")
    key = shown.one("p", id="key").text
    assert "This code is not right" in page.submit(shown.form("/sign-in/set-up"), 422, code="000000").text
    done = page.submit(page.get("/sign-in/set-up").form("/sign-in/set-up"), 200, code=code_of(key))
    codes = [line.text for line in done.one("ol", id="codes").all("li")]
    assert len(set(codes)) == 10
    file = next(link.attrs["href"] for link in done.all("a") if "download" in link.attrs)
    assert set(codes) <= set(unquote(file).splitlines())
    page.get(done.link("Go on"), status=200)
    page.get("/sign-in/set-up", status=303)
    told = entries(session)
    assert [action for action, _details in told] == ["sign_in_refused", "second_factor_set_up", "signed_in"]
    assert told[-1][1]["how"] == "password, app"
    for secret in (key, key.replace(" ", ""), *codes, PASSWORD):
        assert secret not in repr(told)


def test_a_password_alone_opens_nothing(page: PageClient, ada: StaffMember) -> None:
    enrol(page, ada.email)
    page.post("/sign-out")
    assert give_password(page, ada.email).location == "/sign-in/code"
    page.get("/sign-in/set-up", status=303)
    for path in ("/settings", "/customers", "/settings/sign-in"):
        assert page.get(path, status=303).location.startswith("/sign-in?")


def test_a_code_signs_in_once_and_the_same_one_never_again(page: PageClient, ada: StaffMember) -> None:
    key, _codes = enrol(page, ada.email)
    page.post("/sign-out")
    with time_machine.travel(clock.now() + LATER, tick=False):
        code = code_of(key)
        give_password(page, ada.email)
        assert give_code(page, code).location == "/customers"
        page.get("/settings")
        page.post("/sign-out")
        give_password(page, ada.email)
        assert "used already" in give_code(page, code, 422).text
        page.get("/settings", status=303)


def test_a_recovery_code_signs_in_once(page: PageClient, ada: StaffMember, session: Session) -> None:
    _key, codes = enrol(page, ada.email)
    page.post("/sign-out")
    give_password(page, ada.email)
    give_code(page, codes[0].lower())
    assert "9 of 10 recovery codes" in page.get("/settings/sign-in").text
    assert entries(session)[-1] == ("signed_in", {"how": "password, recovery code"})
    page.post("/sign-out")
    give_password(page, ada.email)
    give_code(page, codes[0], 422)
    give_code(page, codes[1])


def test_signing_in_leads_back_to_the_page_and_never_into_a_circle(
    page: PageClient, ada: StaffMember
) -> None:
    _key, codes = enrol(page, ada.email)
    page.post("/sign-out")
    form = page.get(page.get("/settings?a=1", status=303).location).form("/sign-in")
    onward = page.submit(form, email=ada.email, password=PASSWORD).location
    done = page.submit(page.get(onward).form("/sign-in/code"), code=codes[0])
    assert done.location == "/settings?a=1"
    assert page.get("/sign-in?next=/sign-in/code", status=303).location == "/customers"
    page.post("/sign-out")
    page.get("/sign-in/code", status=303)


def test_a_wait_ends_after_ten_minutes_and_with_a_new_password(
    page: PageClient, ada: StaffMember, session: Session
) -> None:
    _key, codes = enrol(page, ada.email)
    page.post("/sign-out")
    give_password(page, ada.email)
    with time_machine.travel(clock.now() + timedelta(minutes=11)):
        page.get("/sign-in/code", status=303)
        page.post("/sign-in/code", {"code": codes[0]})
        page.get("/settings", status=303)
    give_password(page, ada.email)
    service.set_password(session, session.get_one(StaffMember, ada.id), "quite another long one")
    session.commit()
    page.post("/sign-in/code", {"code": codes[0]})
    page.get("/settings", status=303)


def test_new_codes_replace_the_old_ones_for_who_has_a_code(page: PageClient, ada: StaffMember) -> None:
    _key, codes = enrol(page, ada.email)
    form = page.get("/settings/sign-in").form("/settings/sign-in/codes")
    assert "not right" in page.submit(form, 422, code="000000").text
    shown = page.submit(page.get("/settings/sign-in").form("/settings/sign-in/codes"), 200, code=codes[0])
    new = [line.text for line in shown.one("ol", id="codes").all("li")]
    assert not set(new) & set(codes)
    page.post("/sign-out")
    give_password(page, ada.email)
    give_code(page, codes[1], 422)
    give_code(page, new[0])


def test_a_reset_by_who_manages_staff_has_a_new_app_set_up(
    page: PageClient, ada: StaffMember, cast: Cast, session: Session
) -> None:
    key, codes = enrol(page, ada.email)
    admin = PageClient(page.app).sign_in(cast.global_admin)
    admin.submit(admin.get(f"/staff/{ada.id}").form("/second-factor"))
    assert entries(session)[-1][0] == "staff_second_factor_reset"
    page.get("/settings", status=303)
    assert give_password(page, ada.email).location == "/sign-in/set-up"
    assert page.get("/sign-in/set-up").one("p", id="key").text != key
    page.post("/sign-in/code", {"code": codes[0]}, status=422)


def test_the_demo_alone_does_without_and_says_so(page: PageClient, apps: Apps, config: Config) -> None:
    assert "The second factor is off" in PageClient(apps.open(config)).get("/sign-in").text
    assert "second factor" not in page.get("/sign-in").text
