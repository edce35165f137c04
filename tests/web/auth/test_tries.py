"""Brute force, over several processes; nobody is locked out by others; no hint whether an account exists."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy.orm import Session

from partner_center.config import Config
from partner_center.shared import clock
from partner_center.staff import throttle
from partner_center.staff.models import StaffMember
from tests.conftest import Apps
from tests.make import Make
from tests.page import Page, PageClient
from tests.web.auth.second import PASSWORD, enrol, give_code, give_password

TOO_MANY = "Too many tries. Wait 15 minutes, then try again."


@pytest.fixture
def ada(make: Make) -> StaffMember:
    return make.member(name="Ada", password=PASSWORD, email="ada@partner.example")


def come_from(page: PageClient, address: str) -> PageClient:
    page.client.environ_base["REMOTE_ADDR"] = address
    return page


def guess(page: PageClient, times: int, email: str) -> list[int]:
    found = []
    for _ in range(times):
        sent = {"email": email, "password": "wrong", "csrf_token": page.token()}
        found.append(page.client.post("/sign-in", data=sent).status_code)
    return found


def test_two_processes_share_one_count(apps: Apps, config: Config, ada: StaffMember) -> None:
    one, two = (PageClient(apps.open(config)) for _ in range(2))
    most = throttle.PAIR.most
    assert guess(one, most - 3, ada.email) + guess(two, 3, ada.email) == [422] * most
    assert guess(one, 1, ada.email) + guess(two, 1, ada.email) == [429, 429]
    assert TOO_MANY in give_password(two, ada.email, status=429).text, "the right one is not even looked at"
    with time_machine.travel(clock.now() + timedelta(minutes=16)):
        give_password(two, ada.email)


def test_guesses_from_elsewhere_do_not_keep_the_owner_out(
    page: PageClient, apps: Apps, config: Config, ada: StaffMember, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = come_from(page, "192.0.2.1")
    give_password(owner, ada.email)
    owner.post("/sign-out")
    monkeypatch.setattr(throttle, "ACCOUNT", replace(throttle.ACCOUNT, most=12))
    for number in range(2):  # of the owner's own network, and of another one
        guess(come_from(PageClient(page.app), f"192.0.2.{1 + number}"), 11, ada.email)
    stranger = come_from(PageClient(page.app), "198.51.100.9")
    assert guess(stranger, 1, ada.email) == [429], "from anywhere strange there is a limit"
    assert give_password(owner, ada.email).location == "/customers"


def test_a_forged_known_device_is_a_strange_one(page: PageClient, ada: StaffMember) -> None:
    guess(page, throttle.PAIR.most, ada.email)
    page.client.set_cookie("known", "eyJhIjoiYiJ9.aaaa.bbbb")
    give_password(page, ada.email, status=429)


def test_one_address_can_not_try_many_accounts(
    page: PageClient, ada: StaffMember, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttle, "ADDRESS", replace(throttle.ADDRESS, most=5))
    told = [guess(page, 1, f"nobody.{number}@partner.example")[0] for number in range(7)]
    assert told == [422] * 5 + [429] * 2


def test_known_and_unknown_accounts_get_the_same_answers_to_the_end(
    page: PageClient, apps: Apps, config: Config, ada: StaffMember
) -> None:
    def answers(email: str) -> list[tuple[int, str]]:
        client = PageClient(page.app)
        shown: list[Page] = [
            client.submit(
                client.get("/sign-in").form("/sign-in"),
                422 if number < throttle.PAIR.most else 429,
                email=email,
                password="wrong",
            )
            for number in range(throttle.PAIR.most + 2)
        ]
        return [(one.status, one.text.replace(email, "")) for one in shown]

    assert answers(ada.email) == answers("nobody@partner.example")


def test_codes_are_counted_over_processes_too(
    apps: Apps, config: Config, ada: StaffMember, session: Session
) -> None:
    one, two = (PageClient(apps.open(replace(config, demo=False))) for _ in range(2))
    _key, codes = enrol(one, ada.email)
    for client in (one, two):
        client.sign_out()
        client.client.delete_cookie("known")
        give_password(client, ada.email)
    for number in range(throttle.CODE.most):
        give_code((one, two)[number % 2], "000000", 422)
    for client in (one, two):
        assert TOO_MANY in give_code(client, codes[0], 429).text


def test_links_can_not_be_guessed_for_long(page: PageClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle, "LINK", replace(throttle.LINK, most=3))
    page.get("/sign-in")
    sent = {"password": PASSWORD, "again": PASSWORD}
    told = [
        page.client.post("/invitations/made-up", data=sent | {"csrf_token": page.token()}) for _ in range(5)
    ]
    assert [answer.status_code for answer in told] == [404, 404, 404, 429, 429]
