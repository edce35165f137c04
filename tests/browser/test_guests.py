"""Guests get licenses with services chosen one by one, from a global admin alone (S4.1, S4.2)."""

from __future__ import annotations

import re

from tests.browser.person import Person
from tests.browser.test_licenses import saves

PLACE = "Fjordlys Energi AS"
F3 = "Microsoft 365 F3"
GUESTS = "kind=guest&licensed=no"
PRODUCT = re.compile("^View service plans")


def test_s4_1_a_guest_gets_a_license_with_one_service_off(person: Person) -> None:
    person.signs_in("global").opens(PLACE, GUESTS)
    assert "guest" in person.text.casefold()
    row = 1 if person.script else 2
    [name] = person.ticks(row)
    person.presses("Manage licenses")
    product = person.product(F3)
    product.locator("input[value=assign]").check()
    person.page.locator("input[name=location-scope][value=missing]").check()
    person.page.locator("#location-value").select_option("NO")
    with person.page.expect_navigation():
        product.get_by_role("button", name=PRODUCT).click()
    off = person.page.get_by_role("radio", name=re.compile("^Off")).first
    off.check()
    with person.page.expect_navigation():
        person.page.locator(".actionbar").get_by_role("button", name="Use these service plans").click()
    saves(person)
    person.page.goto(f"{person.customer_path}/users?{'kind=guest'}&q={name.split()[0]}")
    person.follows(name)
    assert "Guest" in person.text
    assert "1 service off" in person.text


def test_s4_2_others_are_told_who_can_and_nothing_is_saved(person: Person) -> None:
    person.signs_in("admin").opens(PLACE, GUESTS)
    person.ticks(0)
    person.presses("Manage licenses")
    person.product(F3).locator("input[value=assign]").check()
    person.page.locator("input[name=location-scope][value=missing]").check()
    person.page.locator("#location-value").select_option("NO")
    with person.page.expect_navigation():
        person.page.locator("button[value=save]").click()
    assert "Change the licenses of guests" in person.text
    assert "They can:" in person.text


def test_s4_2_where_no_guest_is_the_list_says_how_they_are_invited(person: Person) -> None:
    person.signs_in("admin").opens(PLACE, "kind=guest&q=zzzz")
    assert "Invite external user" in person.text
