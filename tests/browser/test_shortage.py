"""Short of licenses on **Review**: to the first in an order, or another product with the same services."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.person import Person, exactly
from tests.browser.test_manage import choose_users, having

JUNIPER = "Juniper & Vale Architects"


def lacking(person: Person, customer: str, product: str) -> str:
    """The filter for members of the organization who have licenses and not this one."""
    return having(person, customer, product).replace("has=", "lacks=") + "&licensed=yes&kind=member"


def reviews(person: Person, product: str) -> str:
    """Asks for the product for everybody selected; what **Review** says of its shortage."""
    person.chooses(product, "Assign to")
    with person.page.expect_navigation():
        person.page.locator("button[value=save]").click()
    assert person.h1 == "Review changes"
    return person.page.locator("fieldset[id^=short-]").inner_text()


def saves_as_decided(person: Person) -> None:
    """The decision shows the plan again, and saving that leaves nobody without a license for lack of one."""
    person.saves()
    assert "The plan below is what you decided. Check it, then save." in person.text
    assert person.page.locator("fieldset[id^=short-]").count() == 0


def test_it_is_given_to_the_first_by_the_order_chosen(person: Person) -> None:
    customer, product, people = (
        ("Blue Mesa Outfitters", "Visio Plan 1", (2, 0, 1))
        if person.script
        else ("Skåne Åkeri AB", "Power Automate per user plan", (0, 1, 2, 3, 4))
    )
    person.signs_in("helpdesk")
    choose_users(person, customer)
    person.opens(customer, lacking(person, customer, product))
    names: list[str] = []
    for place in people:
        if person.script:
            with person.page.expect_response(lambda answer: "/selection/ticks" in answer.url):
                names += person.ticks(place)
        else:
            names += person.ticks(place)
    person.presses("Manage licenses")
    said = reviews(person, product)
    assert re.search(r"Give it to the first \d of \d users\.", said)
    person.page.get_by_label("Give it to the first").check()
    order = "In the order they were ticked" if person.script else "By name"
    person.page.get_by_label("Who is first").select_option(label=order)
    saves_as_decided(person)
    left_out = person.page.locator("section", has=person.page.locator("#left-out-head")).inner_text()
    assert names[0] not in left_out, "the first ticked gets it"
    assert names[-2 if person.script else -1] in left_out
    person.saves()
    person.waits_for_result()
    assert person.h1 == "Licenses updated"
    assert "Not enough licenses" not in person.text


def test_another_product_with_the_same_services_is_given(scripted: Person) -> None:
    _gives_another(scripted)


@pytest.mark.parametrize("script", [False], ids=["script off"])
def test_another_product_without_script(person: Person) -> None:
    _gives_another(person)


def _gives_another(person: Person) -> None:
    person.signs_in("admin" if person.script else "users")
    names = choose_users(person, "Anadolu Seramik Sanayi A.Ş.", "licensed=no&location=TR", each=2)
    said = reviews(person, "Office 365 E3")
    assert "Give the 2 remaining users Microsoft 365 E3 instead" in said
    assert "It also has:" in said
    person.page.get_by_label("Give the 2 remaining users Microsoft 365 E3 instead").check()
    saves_as_decided(person)
    person.saves()
    person.waits_for_result()
    assert person.h1 == "Licenses updated"
    for name in names:
        row = person.page.locator("tr", has_text=name).first
        expect(row).to_contain_text("Microsoft 365 E3")


def test_nothing_is_saved_before_it_is_decided(person: Person) -> None:
    person.signs_in("sales" if person.script else "global")
    choose_users(person, JUNIPER, lacking(person, JUNIPER, "Visio Plan 2"), each=5)
    reviews(person, "Visio Plan 2")
    person.saves()
    assert (
        "Choose what happens with Visio Plan 2."
        in person.page.locator(".error-summary, [role=alert]").first.inner_text()
    )
    person.page.get_by_label("Leave this product out").check()
    person.presses("Discard this plan")
    assert person.page.get_by_role("button", name=exactly("Discard this plan")).count() == 0
