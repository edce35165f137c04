"""A new member of staff is invited, sees two customers and nothing else; an admin sees what they did."""

from __future__ import annotations

from playwright.sync_api import Browser

from tests.browser.conftest import Demo
from tests.browser.person import Person


def test_s6_1_a_new_person_sees_two_customers_and_an_admin_sees_what_they_did(
    chromium: Browser, demo: Demo, person: Person
) -> None:
    name = "With script" if person.script else "Without script"
    email = f"{name.replace(' ', '.')}@partner.example".lower()
    person.signs_in("users")
    domains = person.domains[:2]
    link = person.invites(name, email, domains)
    page = person.page

    context = chromium.new_context(base_url=demo.url, java_script_enabled=person.script, locale="en-US")
    new = Person(context, demo.url, person.script)
    new.accepts(link).gives_password(email)
    assert new.domains == domains
    new.page.goto("/staff")
    assert "They can: Grace Miller, Ulla Østby." in new.text

    person.page.goto(f"/audit?person={email}")
    told = [one.inner_text() for one in page.locator("tbody th .strong").all()]
    assert told == ["Was refused", "Signed in", "Set a password"]

    page.goto(f"/staff?q={email}")
    person.follows(name).presses("Suspend")
    new.page.goto("/customers")
    assert new.h1 == "Sign in"
    context.close()
    new.check_nothing_strange()
