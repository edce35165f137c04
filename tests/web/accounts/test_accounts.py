"""The pages over users: forms, what is said before, what is shown after."""

from __future__ import annotations

import re

import pytest
from pyroaring import BitMap
from sqlalchemy import select

from partner_center.accounts.models import AccountItem, AccountOrder
from partner_center.directory import selection
from tests.cast import Cast
from tests.page import Page, PageClient
from tests.unit.accounts.desk import Desk
from tests.unit.sandbox.asking import sku

NEW = {"name": "Ada Berg", "local": "ada.berg", "domain": "plain.no", "location": "NO", "way": "made"}
PASSWORD = re.compile(r"[A-Z][a-z]{3}-[a-z2-9]{4}-[a-z2-9]{3}[2-9]")


def below(site: Desk, path: str) -> str:
    return f"/customers/{site.customer.id}/{path}"


def add(site: Desk, page: PageClient, **changed: object) -> Page:
    form = page.get(below(site, "accounts/new")).form("/accounts/new")
    return page.submit(form, **(NEW | changed))


def confirm(site: Desk, page: PageClient, path: str) -> Page:
    """Press the confirmation's button, have it done, and see the result."""
    shown = page.get(below(site, path))
    assert "Nothing has been done yet." in shown.text
    done = page.submit(shown.form(path))
    site.run()
    return page.get(done.location)


def test_a_user_is_added_with_a_license_and_a_password_shown_once(site: Desk, page: PageClient) -> None:
    form = page.get(below(site, "accounts/new"))
    assert re.search(r"\d+ of \d+ available", form.text)
    sent = add(site, page, product=[sku("POWER_BI_PRO")])
    site.run()
    result = page.get(sent.location)
    assert "Users added: 1 of 1" in result.text
    assert "To the license change" in result.text
    told = page.submit(result.form("/passwords"), status=200)
    [password] = PASSWORD.findall(told.html)
    assert password
    assert not PASSWORD.search(page.get(sent.location).html)
    assert "Show the passwords" not in page.get(sent.location).text
    assert site.session.scalars(select(AccountItem.secret)).one() is None


def test_no_location_is_chosen_for_anybody(site: Desk, page: PageClient) -> None:
    form = page.get(below(site, "accounts/new"))
    chosen = re.search(r'<select[^>]*id="location".*?</select>', form.html, re.S)
    assert chosen
    assert "selected" not in chosen[0]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"name": ""}, "Enter a display name"),
        ({"name": "x" * 257}, "Enter a display name"),
        ({"local": "a b"}, "Enter a user name"),
        ({"local": "=1+1"}, "Enter a user name"),
        ({"local": "user3"}, "Somebody has this address already"),
        ({"domain": "elsewhere.example"}, "Choose one of the customer's domains"),
        ({"location": ""}, "Choose a usage location"),
        ({"location": "ZZ"}, "Choose a usage location"),
        ({"way": "own", "password": "short"}, "Enter a password"),
        ({"product": ["nonsense"]}, "does not have one of the products"),
    ],
)
def test_what_is_wrong_is_said_and_nobody_made(
    site: Desk, page: PageClient, changed: dict[str, object], said: str
) -> None:
    page.get(below(site, "accounts/new"))
    form = page.get(below(site, "accounts/new")).form("/accounts/new")
    refused = page.submit(form, status=422, **(NEW | changed))
    assert said in refused.text
    assert site.session.scalars(select(AccountOrder)).all() == []


@pytest.mark.parametrize(
    ("deed", "heading"),
    [
        ("block", "Sign-in blocked: 1 of 1"),
        ("password", "Passwords reset: 1 of 1"),
        ("delete", "Users deleted: 1 of 1"),
    ],
)
def test_each_deed_is_confirmed_and_told(site: Desk, page: PageClient, deed: str, heading: str) -> None:
    assert heading in confirm(site, page, f"users/1/{deed}").text


def test_the_selected_are_deleted_and_restored(site: Desk, page: PageClient) -> None:
    selection.change(site.session, site.actor, site.customer.id, add=BitMap([1, 2]))
    site.session.commit()
    assert "Delete these users" in page.get(below(site, "selected")).text
    assert "Users deleted: 2 of 2" in confirm(site, page, "accounts/delete").text
    gone = page.get(below(site, "accounts/deleted"))
    assert "30 days left of 30" in gone.text or "29 days left of 30" in gone.text
    ids = re.findall(r'name="u" value="([^"]+)"', gone.html)
    sent = page.submit(gone.form("/accounts/deleted"), u=ids)
    site.run()
    assert "Users restored: 2 of 2" in page.get(sent.location).text
    assert site.living() == 10


def test_restoring_nobody_is_refused(site: Desk, page: PageClient) -> None:
    confirm(site, page, "users/1/delete")
    gone = page.get(below(site, "accounts/deleted"))
    refused = page.submit(gone.form("/accounts/deleted"), status=422)
    assert "Select at least one user." in refused.text


def test_who_may_not_does_not_see_the_ways(site: Desk, page: PageClient, cast: Cast) -> None:
    assert "Reset password" in page.get(below(site, "users/1")).text
    page.sign_in(cast.helpdesk)
    for path in ("users", "users/1", "selected"):
        text = page.get(below(site, path)).text
        assert "Reset password" not in text
        assert "Add a user" not in text
        assert "Delete" not in text
