"""**Undo this change**: shown first, then everybody holds again exactly what they held."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.conftest import Demo
from tests.browser.person import Person
from tests.browser.test_manage import choose_users, having

NORRSKEN = "Norrsken Medicinteknik AB"
E3 = "Microsoft 365 E3"
E5 = "Microsoft 365 E5"
SWITCHED_OFF = "Sway"


def held(demo: Demo, customer: str, names: Iterable[str]) -> dict[str, object]:
    """What these users hold at the emulator, services switched off included, and where they are."""
    wanted = set(names)
    with sqlite3.connect(f"file:{demo.folder / 'sandbox.sqlite'}?mode=ro", uri=True) as db:
        rows = db.execute(
            "SELECT u.display_name, u.usage_location, u.states FROM user u JOIN tenant t ON t.id = u.tenant "
            "WHERE t.name = ? AND u.deleted_at IS NULL",
            (customer,),
        ).fetchall()
    return {name: (place, _states(text)) for name, place, text in rows if name in wanted}


def _states(text: str) -> list[object]:
    """Product, group, services off and error of each license; only when it was given may differ."""
    return sorted([sku, group or "", sorted(off), error] for sku, group, off, error, _at in json.loads(text))


def save(person: Person) -> str:
    """Save what is reviewed, wait for its result, and give its address."""
    person.understands().saves().waits_for_result()
    assert person.h1 == "Licenses updated", person.text
    return person.page.url


@pytest.fixture
def swapped(person: Person, demo: Demo) -> tuple[dict[str, object], str]:
    """Two users who had E3 with a service off have E5 instead: what they held, and the result's address."""
    person.signs_in("admin")
    has = having(person, NORRSKEN, E3) + "&source=direct" + ("" if person.script else "&sort=-name")
    names = choose_users(person, NORRSKEN, has)
    with person.page.expect_navigation():
        person.product(E3).get_by_role("button", name=re.compile("^View service plans")).first.click()
    service = person.page.locator("tbody", has=person.page.get_by_text(SWITCHED_OFF, exact=True))
    service.get_by_role("radio", name=re.compile("^Off")).check()
    with person.page.expect_navigation():
        person.page.get_by_role("button", name="Use these service plans").last.click()
    person.reviews()
    save(person)
    before = held(demo, NORRSKEN, names)
    choose_users(person, NORRSKEN, has)
    person.chooses(E3, "Revoke from").chooses(E5, "Assign to").reviews()
    address = save(person)
    assert held(demo, NORRSKEN, names) != before
    return before, address


def test_everybody_holds_again_exactly_what_they_held(
    person: Person, demo: Demo, swapped: tuple[dict[str, object], str]
) -> None:
    before, address = swapped
    assert "Offered until" in person.text
    person.presses("Undo this change")
    assert person.h1 == "Review changes"
    assert "This puts users back to what they held before" in person.text
    assert "Nothing has been changed yet" in person.text
    check_accessibility(person)
    save(person)
    assert held(demo, NORRSKEN, before) == before
    assert "Undo of" in person.text
    person.page.goto(address)
    assert "Undone by" in person.text
    check_accessibility(person)


def check_accessibility(person: Person) -> None:
    """Axe needs script to run; the page is the same without."""
    if person.script:
        assert not Axe().run(person.page).response["violations"]
