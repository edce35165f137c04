"""What a process remembers between requests is keyed by all it was made of: language, person, facts."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from flask import Flask, g

from partner_center.shared import clock
from partner_center.staff.roles import Role
from partner_center.staff.sessions import SEEN_EVERY
from partner_center.web import formats
from tests.cast import Cast
from tests.make import Make
from tests.page import Page, PageClient


def in_template(app: Flask, language: str, source: str, **values: object) -> str:
    with app.test_request_context("/"):
        g.language = language
        return app.jinja_env.from_string(source).render(**values)


@pytest.fixture
def path(page: PageClient, cast: Cast, make: Make) -> str:
    make.users(cast.fjord, *(make.user(name) for name in ("Ada", "Bo", "Cem")))
    page.sign_in(cast.admin)
    return f"/customers/{cast.fjord.id}/users"


def bar(shown: Page) -> str:
    return shown.one("p", class_="actionbar-text").text


def test_sentences_follow_the_language_and_escape_what_is_put_in(app: Flask) -> None:
    source = "{{ _('Customers') }} {{ _('Search: %(text)s', text=text) }}"
    english, turkish = (in_template(app, code, source, text="<b>&") for code in ("en", "tr"))
    assert english == "Customers Search: &lt;b&gt;&amp;"
    assert turkish.split()[0] == "Müşteriler"
    assert turkish.endswith("&lt;b&gt;&amp;")
    assert in_template(app, "en", source, text="second").endswith("second")


def test_numbers_follow_the_language(app: Flask) -> None:
    shown = {code: in_template(app, code, "{{ 12345|number }}") for code in ("en", "tr", "en")}
    assert shown == {"en": "12,345", "tr": "12.345"}
    with app.test_request_context("/"):
        assert [formats.number(value) for value in (1234, 1235, 1234)] == ["1,234", "1,235", "1,234"]


def test_two_people_of_one_name_keep_their_own_roles_and_language(
    page: PageClient, app: Flask, make: Make
) -> None:
    made = [make.member(role, name="Ada Same") for role in (Role.ADMIN_AGENT, Role.SALES_AGENT)]
    headers = [PageClient(app).sign_in(member).get("/customers").one("header").text for member in made]
    assert "Admin agent" in headers[0]
    assert "Admin agent" not in headers[1]
    assert "Sales agent" in headers[1]


def test_each_selection_bar_counts_its_own(page: PageClient, app: Flask, path: str, cast: Cast) -> None:
    page.submit(page.get(path).form("/users/selection"), button="Keep ticks", u=["1"])
    other = PageClient(app).sign_in(cast.helpdesk)
    other.submit(other.get(path).form("/users/selection"), button="Keep ticks", u=["1", "2"])
    assert bar(page.get(path)).startswith("1 user selected.")
    assert bar(other.get(path)).startswith("2 users selected.")
    page.submit(page.get(path).one("form", action="/settings"), language="sv")
    assert "user" not in bar(page.get(path))


def test_each_customer_has_a_form_and_a_menu_of_its_own(
    page: PageClient, path: str, cast: Cast, make: Make
) -> None:
    page.get(path)
    make.users(cast.anatolia, make.user("Deniz"))
    shown = page.get(f"/customers/{cast.anatolia.id}/users")
    assert f"/customers/{cast.fjord.id}/" not in shown.html
    assert (
        shown.one("div", id="users-table").attrs["data-ticks"].startswith(f"/customers/{cast.anatolia.id}/")
    )


def test_who_signs_in_after_another_in_one_browser_is_themselves(page: PageClient, cast: Cast) -> None:
    page.sign_in(cast.admin)
    assert "Deniz Admin" in page.get("/customers").one("header").text
    page.post("/sign-out")
    page.sign_in(cast.helpdesk)
    header = page.get("/customers").one("header").text
    assert "Håkon Helpdesk" in header
    assert "Deniz Admin" not in header


def test_a_cookie_is_signed_once_and_use_is_noted_in_the_database(page: PageClient, cast: Cast) -> None:
    page.sign_in(cast.admin)
    page.get("/settings")
    signed = clock.now()
    for passed in (timedelta(seconds=1), SEEN_EVERY, timedelta(hours=1)):
        with time_machine.travel(signed + passed, tick=False):
            assert "Set-Cookie" not in page.get("/settings").response.headers
