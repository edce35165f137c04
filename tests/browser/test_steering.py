"""Pause, resume, stop the rest, while Microsoft takes its time."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from tests.browser.conftest import Demo
from tests.browser.person import Person
from tests.browser.test_everywhere import LANGUAGES, _visit
from tests.browser.test_manage import having

CASCADE = "Cascade Timber & Millwork"
FLOW = "Microsoft Power Automate Free"
USERS = 40
SLOW = {"quota": 0.008}
"""Microsoft takes 24 writes at once, then one in six seconds."""


@pytest.fixture
def slow(demo: Demo) -> Iterator[Demo]:
    """A Microsoft that has little left for us."""
    demo.sandbox("/sandbox/switches", SLOW)
    yield demo
    demo.sandbox("/sandbox/switches", {"quota": 1})


def save_for_forty(person: Person, query: str) -> None:
    """Give forty people the product, and look at the page of the change."""
    lacks = having(person, CASCADE, FLOW).replace("has=", "lacks=")
    person.opens(CASCADE)
    if person.page.get_by_role("button", name="Clear selection").is_visible():
        person.presses("Clear selection")
    person.opens(CASCADE, f"{lacks}&licensed=yes&size=50{query}")
    person.ticks(*range(USERS))
    person.presses(re.compile("^Selected users"))
    person.page.goto(person.customer_path + "/manage")
    person.chooses(FLOW, "Assign to").reviews()
    person.saves()


def done(person: Person) -> int:
    """How many users are done, as the page says it."""
    found = re.search(rf"(\d+) of {USERS} users done", person.text)
    assert found, person.text
    return int(found[1])


def wait_until_it_waits(person: Person) -> None:
    """Until what Microsoft takes at once is used up; without script by the page's own **Refresh**."""
    for _ in range(60):
        if 0 < done(person) < USERS:
            return
        person.page.wait_for_timeout(500)
        if not person.script:
            person.follows("Refresh")
    raise AssertionError(person.text)


def test_a_change_is_paused_and_goes_on_to_its_end(person: Person, slow: Demo) -> None:
    person.signs_in("admin")
    save_for_forty(person, "" if person.script else "&sort=-name")
    wait_until_it_waits(person)

    person.presses("Pause")

    assert person.h1 == "Paused"
    assert re.search(r"Paused by .+ since \d\d:\d\d UTC\.", person.text)
    person.page.wait_for_timeout(2000)
    person.follows("Refresh")
    before, waiting = done(person), re.search(r"(\d+) waiting\. (\d+) licenses stay promised", person.text)
    assert waiting
    assert int(waiting[1]) == int(waiting[2]) == USERS - before
    person.page.wait_for_timeout(8000)
    person.follows("Refresh")
    assert done(person) == before, "something was sent while it was paused"

    slow.sandbox("/sandbox/switches", {"quota": "off"})
    person.presses("Resume").waits_for_result()
    assert person.h1 == "Licenses updated"
    assert f"{USERS} succeeded = {USERS}" in person.text


def test_the_rest_of_a_change_is_stopped_and_the_sums_add_up(person: Person, slow: Demo) -> None:
    person.signs_in("users")
    save_for_forty(person, "&sort=upn" if person.script else "&sort=-upn")
    wait_until_it_waits(person)

    person.presses("Stop the rest").waits_for_result()

    found = re.search(r"Licenses updated for (\d+) of 40 users", person.h1)
    assert found, person.h1
    succeeded = int(found[1])
    assert f"{succeeded} succeeded + {USERS - succeeded} not attempted = {USERS}" in person.text
    assert re.search(r"Stopped by .+ before its turn came", person.text)


def test_the_page_of_a_paused_change_is_sound_in_every_language(
    scripted: Person, chromium: Browser, slow: Demo
) -> None:
    scripted.signs_in("global")
    save_for_forty(scripted, "&sort=-department")
    wait_until_it_waits(scripted)
    address = scripted.page.url.removeprefix(scripted.url)
    assert not Axe().run(scripted.page).response["violations"]
    scripted.presses("Pause")
    found = []
    for language in LANGUAGES:
        for theme, width in (("light", 390), ("dark", 1280)):
            for page, visited in _visit(chromium, slow, [address], language, theme, width=width):
                found += [f"{visited} {language}: {p['id']}" for p in Axe().run(page).response["violations"]]
                wide = page.evaluate("document.documentElement.scrollWidth")
                found += [f"{visited} {language}: {wide} px wide"] if wide > width else []
    scripted.presses("Stop the rest").waits_for_result()
    assert not found, "\n".join(found)


def test_the_buttons_are_large_enough_for_a_finger(chromium: Browser, slow: Demo) -> None:
    context = chromium.new_context(base_url=slow.url, has_touch=True, is_mobile=True, locale="en-US")
    person = Person(context, slow.url, True)
    person.signs_in("admin")
    save_for_forty(person, "&sort=department")
    wait_until_it_waits(person)
    for label in ("Pause", "Stop the rest"):
        box = person.page.get_by_role("button", name=label).bounding_box()
        assert box is not None
        assert box["height"] >= 44, label
    person.presses("Stop the rest").waits_for_result()
    context.close()
