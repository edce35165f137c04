"""One person's **Licenses and apps**, and taking over what a user bought (S3.1, S3.3, S3.4, S2.7)."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, expect

from tests.browser.person import Person, exactly
from tests.browser.test_licenses import saves

CASCADE = "Cascade Timber & Millwork"


def opens_somebody(person: Person, query: str) -> str:
    """The first person of that list, by the list; their name."""
    person.signs_in("admin").opens(CASCADE, query)
    link = person.page.locator("tbody th[scope=row] a").first
    name = link.inner_text()
    with person.page.expect_navigation():
        link.click()
    assert person.h1 == name
    return name


def product(person: Person, name: str) -> Locator:
    """The product's box with all that stands at it."""
    return person.page.locator(".boxes > li", has=person.page.locator("bdi", has_text=exactly(name)))


def test_s3_1_and_s3_3_a_license_is_ticked_an_app_cleared_and_all_taken_again(person: Person) -> None:
    page = 3 if person.script else 4
    opens_somebody(person, f"licensed=yes&page={page}")
    here, name = person.page.url, "Power BI Pro"
    box = product(person, name)
    expect(box).to_contain_text(re.compile(r"\d+ of 27 available"))
    boxes = box.locator(".apps input")
    assert boxes.count() == box.locator(".apps input:checked").count(), "all on by default"
    box.locator("input[name=has]").check()
    box.locator("summary").click()
    boxes.first.uncheck()
    saves(person)
    assert person.h1 == "Licenses updated"
    person.page.goto(here)
    assert product(person, name).locator("input[name=has]").is_checked()
    assert re.search(r"1 of \d+ off", product(person, name).inner_text())
    product(person, name).locator("input[name=has]").uncheck()
    with person.page.expect_navigation():
        person.page.locator("button[value=save]").click()
    assert person.h1 == "Review changes", "what takes something is shown first"
    person.follows("Back to editing")
    assert not product(person, name).locator("input[name=has]").is_checked(), "what was set is kept"
    saves(person)
    assert person.h1 == "Licenses updated"
    person.page.goto(here)
    assert not product(person, name).locator("input[name=has]").is_checked()


def test_s3_4_with_none_left_the_way_to_buy_stands_beside_it(person: Person) -> None:
    opens_somebody(person, "licensed=yes")
    box = person.page.locator(".boxes > li", has_text="None left").first
    sku = str(box.get_attribute("id"))
    box.locator("input[name=has]").check()
    with person.page.expect_navigation():
        box.get_by_role("button", name="Buy more").click()
    assert "/purchases/new" in person.page.url
    person.page.go_back()
    person.page.goto(person.page.url.split("#")[0])
    assert person.page.locator(f"#{sku} input[name=has]").is_checked(), "what was ticked is kept"
    person.presses("Start over")
    assert not person.page.locator(f"#{sku} input[name=has]").is_checked()
