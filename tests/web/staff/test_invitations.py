"""Inviting by link: who gets one, what is wrong with a form, and the password set with it."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from partner_center.audit.models import AuditEntry
from partner_center.staff.models import StaffMember
from tests.cast import Cast
from tests.make import Make
from tests.page import PageClient
from tests.web.staff.steps import PASSWORD, actions, invite, link_on, press


def test_a_new_person_is_invited_by_a_link_and_signs_in_with_a_password_of_their_own(
    page: PageClient, app: Flask, cast: Cast, session: Session
) -> None:
    page.sign_in(cast.user_admin)
    shown = invite(page)
    link = link_on(shown)
    assert "This link is shown once" in shown.text
    assert "no-store" in shown.response.headers["Cache-Control"]
    ada = PageClient(app)
    opened = ada.get(link)
    assert "Welcome, Ada Lovelace." in opened.text
    sent = ada.submit(opened.form(link), password=PASSWORD, again=PASSWORD)
    assert sent.location == "/sign-in"
    form = ada.follow(sent).form("/sign-in")
    assert ada.submit(form, email="ada@partner.example", password=PASSWORD).location == "/customers"
    ada.get("/customers")
    assert actions(session) == ["staff_invited", "password_set", "signed_in"]
    assert "used already" in ada.get(link, 404).text


def test_the_links_token_is_nowhere_but_on_the_page(
    page: PageClient, cast: Cast, session: Session, capsys: pytest.CaptureFixture[str]
) -> None:
    link = link_on(invite(page.sign_in(cast.user_admin)))
    token = link.rpartition("/")[2]
    page.get(link)
    page.post(link, {"password": "short", "again": "short"}, 422)
    page.post(f"{link}x", {"password": PASSWORD, "again": PASSWORD}, 404)
    said = capsys.readouterr()
    assert "/invitations/[token]" in said.err
    assert token not in said.err + said.out
    told = "".join(f"{entry.subject}{entry.details}" for entry in session.scalars(select(AuditEntry)))
    assert "/invitations/[token]" in told
    assert token not in told


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"password": "", "again": ""}, "Enter a password."),
        ({"password": PASSWORD, "again": "other"}, "The two passwords differ."),
        ({"password": "short", "again": "short"}, "A password has 12 to 256 characters."),
        ({"password": "x" * 257, "again": "x" * 257}, "This is too long."),
    ],
)
def test_a_password_that_can_not_be_is_asked_for_again_and_the_link_still_works(
    page: PageClient, cast: Cast, sent: dict[str, str], words: str
) -> None:
    link = link_on(invite(page.sign_in(cast.user_admin)))
    page.sign_out()
    shown = page.submit(page.get(link).form(link), 422, **sent)
    assert words in shown.text
    assert sent["password"] not in shown.html or not sent["password"]
    page.get(link)


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"name": " "}, "Enter the person's name."),
        ({"email": "nobody"}, "Enter an email address"),
        ({"email": "a@b@c"}, "Enter an email address"),
        ({"role": None}, "Choose at least one role."),
        ({"role": ["owner"]}, "Choose at least one role."),
        ({"scope": "listed", "customers": "fjord"}, "These lines name no customer you see"),
        ({"scope": "reseller"}, "Choose a reseller from the list."),
    ],
)
def test_what_can_not_be_is_said_beside_the_form_and_nobody_is_added(
    page: PageClient, cast: Cast, make: Make, sent: dict[str, object], words: str
) -> None:
    make.customer(reseller="North")
    session = make.session
    before = session.scalar(select(func.count()).select_from(StaffMember))
    shown = invite(page.sign_in(cast.user_admin), 422, **sent)
    assert words in shown.one("div", id="problems").text
    assert session.scalar(select(func.count()).select_from(StaffMember)) == before


def test_an_address_that_is_taken_is_refused_and_what_was_typed_is_kept(
    page: PageClient, cast: Cast, session: Session
) -> None:
    shown = invite(page.sign_in(cast.user_admin), 409, email=cast.sales.email.upper())
    assert "already belongs to a member of staff" in shown.text
    assert shown.one("input", id="name").attrs["value"] == "Ada Lovelace"
    assert actions(session) == ["refused"]


def test_a_new_link_lets_a_person_set_another_password(
    page: PageClient, app: Flask, cast: Cast, session: Session
) -> None:
    page.sign_in(cast.user_admin)
    shown = press(page, cast.sales, "link", 200)
    somebody = PageClient(app)
    somebody.submit(somebody.get(link_on(shown)).form("/invitations"), password=PASSWORD, again=PASSWORD)
    assert actions(session) == ["staff_link_renewed", "password_set"]
    session.refresh(cast.sales)
    assert cast.sales.password_hash
