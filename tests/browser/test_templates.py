"""**Templates**: saved from **Manage licenses**, applied to other people, renamed and deleted."""

from __future__ import annotations

import re

from tests.browser.person import Person, exactly
from tests.browser.test_manage import choose_users

NORRSKEN = "Norrsken Medicinteknik AB"


def first_free(person: Person) -> str:
    """A product with licenses left that can be assigned; it is set to be."""
    for row in person.page.locator("tbody[data-product]").all():
        radio = row.locator("input[value=assign]")
        if radio.count() and int(row.get_attribute("data-available") or 0) > 5:
            radio.check()
            return str(row.locator("bdi").first.inner_text())
    raise AssertionError("no product is left")


def test_a_draft_is_saved_as_a_template_and_applied_to_others(person: Person) -> None:
    name = f"New starters {'with' if person.script else 'without'} script"
    person.signs_in("admin")
    choose_users(person, NORRSKEN, "licensed=no", each=2)
    product = first_free(person)
    person.presses("Save as template")
    assert person.h1 == "New template"
    person.page.get_by_label("Name", exact=True).fill(name)
    service = person.page.locator(".apps label").first
    person.page.locator("details", has=service).locator("summary").click()
    service.locator("input").uncheck()
    person.presses("Save template")
    assert f"Template “{name}” is saved." in person.text
    assert person.radio(product, "Assign to").is_checked(), "the draft goes on"
    person.presses("Start over")

    person.page.get_by_label("Template").select_option(label=name)
    person.presses("Apply template")
    assert f"“{name}” is filled in. Nothing is sent until you save." in person.text
    assert person.radio(product, "Assign to").is_checked()
    assert "1 plan changed" in person.product(product).inner_text()
    person.presses("Start over")


def test_a_template_of_the_partner_is_kept_under_settings(person: Person) -> None:
    name = f"Everybody {'with' if person.script else 'without'} script"
    person.signs_in("global")
    person.page.goto("/settings")
    person.follows(exactly("Templates"))
    person.follows("New template")
    person.page.get_by_label("Name", exact=True).fill(name)
    person.page.locator("input[name=p]").first.check()
    person.presses("Save template")
    assert person.h1 == name
    person.page.get_by_label("Name", exact=True).fill(name + "!")
    person.presses("Save template")
    assert f"Template “{name}!” is saved." in person.text
    person.follows(exactly(name + "!"))
    person.page.get_by_text("Delete this template").first.click()
    person.presses("Delete template")
    assert f"Template “{name}!” is deleted." in person.text
    assert person.page.get_by_role("link", name=exactly(name + "!")).count() == 0


def test_a_customers_templates_are_found_from_its_licenses(person: Person) -> None:
    person.signs_in("helpdesk").opens(NORRSKEN)
    person.page.goto(person.customer_path + "/licenses")
    person.follows(exactly("Templates"))
    assert person.h1 == "Templates"
    assert "Your role does not allow this: Make and change templates." in person.text
    assert re.search("No templates yet|For this customer", person.text)
