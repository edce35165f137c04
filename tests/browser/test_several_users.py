"""**Manage product licenses** of several people: three modes, carried-over apps, copying (S3.2, S3.3)."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.person import Person, exactly
from tests.browser.test_licenses import picks, saves
from tests.browser.test_one_user import product

CASCADE = "Cascade Timber & Millwork"


def chooses_people(person: Person, customer: str, query: str, *rows: int) -> list[str]:
    """Tick some of the list and go on by the bar's button."""
    person.opens(customer, query)
    names = person.ticks(*rows)
    person.page.wait_for_timeout(300 if person.script else 0)
    person.presses("Manage product licenses")
    assert person.h1 == "Manage product licenses"
    return names


def test_s3_2_more_is_assigned_beside_what_they_have(person: Person) -> None:
    person.signs_in("users")
    page = 2 if person.script else 3
    chooses_people(person, CASCADE, f"licensed=yes&page={page}", 0, 1)
    name = "Enterprise Mobility + Security E3"
    assert re.search(r"of 30 available", product(person, name).inner_text())
    product(person, name).locator("input[name=has]").check()
    if person.script:
        expect(person.page.locator("#figures")).to_contain_text("to assign")
    saves(person)
    assert person.h1 == "Licenses updated"


def test_s3_2_a_replacement_is_reviewed_with_what_it_turns_on(person: Person) -> None:
    old, new = "Office 365 E1", "Microsoft 365 E3"
    person.signs_in("global").opens(CASCADE)
    person.page.get_by_label("Has product").select_option(label=old)
    person.presses("Apply")
    (name,) = person.ticks(0 if person.script else 1)
    address = person.page.get_by_role("link", name=exactly(name)).get_attribute("href")
    person.page.wait_for_timeout(300 if person.script else 0)
    person.presses("Manage product licenses")
    person.follows(exactly("Replace"))
    product(person, new).locator("input[name=has]").check()
    with person.page.expect_navigation():
        person.page.locator("button[value=save]").click()
    assert person.h1 == "Review changes"
    assert "Services that will be turned on" in person.text
    assert f"Revoke {old}" in person.text
    person.understands().saves()
    person.waits_for_result()
    assert person.h1 == "Licenses updated"
    person.page.goto(str(address))
    assert product(person, new).locator("input[name=has]").is_checked()
    assert not product(person, old).locator("input[name=has]").is_checked()


def test_s3_2_unassign_all_takes_the_direct_ones_and_names_the_rest(person: Person) -> None:
    person.signs_in("admin")
    page = 6 if person.script else 7
    names = chooses_people(person, CASCADE, f"source=direct&kind=member&page={page}", 2)
    person.follows(exactly("Unassign all"))
    assert "What comes from a group stays." in person.text
    saves(person)
    assert person.h1 == "Licenses updated", names


def test_s3_1_the_licenses_of_one_are_copied_to_another(person: Person) -> None:
    person.signs_in("sales")
    person.opens(CASCADE, "licensed=yes")
    with person.page.expect_navigation():
        person.page.locator("tbody th[scope=row] a").nth(3).click()
    source = person.h1
    person.presses("Choose people")
    assert f"What {source} has is ticked below" in person.page.locator("body").inner_text()
    assert person.page.locator(".boxes input[name=has]:checked").count() > 0
    picks(person, "mercado" if person.script else "gib")
    assert person.page.locator(".chips .chip").count() > 0
    with person.page.expect_navigation():
        person.page.locator("button[value=save]").click()
    assert "/changes/" in person.page.url
