"""**Manage licenses**: what is shown before anything is changed (S1.7 to S1.13)."""

from __future__ import annotations

import re

import pytest

from tests.browser.person import Person

NORRSKEN = "Norrsken Medicinteknik AB"
FJORDLYS = "Fjordlys Energi AS"
E3 = "Microsoft 365 E3"
E5 = "Microsoft 365 E5"
COPILOT = "Microsoft Copilot for Microsoft 365"


def choose_users(person: Person, customer: str, *queries: str, each: int = 2) -> list[str]:
    """Select the first `each` users of every filter, on a clean draft; leaves **Manage licenses** open."""
    names: list[str] = []
    person.opens(customer)
    if person.page.get_by_role("button", name="Clear selection").is_visible():
        person.presses("Clear selection")
    for query in queries:
        person.opens(customer, query)
        names += person.ticks(*range(each))
        person.presses(re.compile("^Selected users"))
    person.page.goto(person.customer_path + "/manage")
    if person.page.get_by_role("button", name="Start over").count():
        person.presses("Start over")
    return names


def sku(person: Person, product: str) -> str:
    """The SKU id of a product, from the row's address on the page."""
    return str(person.product(product).get_attribute("id")).removeprefix("p-")


def having(person: Person, customer: str, product: str) -> str:
    """The filter `has=SKU` of the users page, read from its own list of products."""
    person.opens(customer)
    value = person.page.locator("#f-has option", has_text=product).first.get_attribute("value")
    return f"has={value}"


@pytest.fixture
def mixed(person: Person) -> Person:
    """Two who have E3 and two who do not, on **Manage licenses**."""
    person.signs_in("admin")
    has = having(person, NORRSKEN, E3)
    choose_users(person, NORRSKEN, has, "licensed=no")
    return person


def test_s1_8_partly_filled_is_printed_and_left_alone_it_changes_nothing(mixed: Person) -> None:
    row = mixed.product(E3)
    assert "2 of 4" in row.inner_text()
    assert row.locator("[data-box]").get_attribute("data-now") == "some"
    assert row.get_by_label("Leave as is").is_checked()
    mixed.reviews()
    assert "You have not changed anything" in mixed.text


def test_s1_8_the_third_click_of_a_partly_filled_box_restores_leave(scripted: Person) -> None:
    scripted.signs_in("global")
    has = having(scripted, NORRSKEN, E5)
    choose_users(scripted, NORRSKEN, has, "licensed=no")
    row = scripted.product(E5)
    box = row.locator("[data-box] input[type=checkbox]")
    states = []
    for _ in range(3):
        box.click()
        states.append(row.locator("input[type=radio]:checked").get_attribute("value"))
    assert states == ["assign", "revoke", "leave"]
    assert box.evaluate("box => box.indeterminate")


def test_s1_9_the_selected_users_stand_in_sorted_boxes_at_the_top(mixed: Person) -> None:
    names = mixed.page.locator(".chips .chip bdi").all_inner_texts()
    assert len(names) == 4
    mixed.presses(f"Remove {names[1]} from the selection")
    assert mixed.page.locator(".chips .chip bdi").all_inner_texts() == [names[0], *names[2:]]


def test_s1_10_assigned_lists_the_selected_users_who_have_it(mixed: Person) -> None:
    chips = mixed.page.locator(".chips .chip bdi").all_inner_texts()
    button = mixed.product(E3).get_by_role("button", name=re.compile("^2 of 4"))
    if mixed.script:
        button.press("Enter")
        list_ = mixed.product(E3).locator("[data-list] li bdi.strong")
        list_.first.wait_for()
        listed = list_.all_inner_texts()
        mixed.page.keyboard.press("Escape")
        assert not list_.first.is_visible()
    else:
        with mixed.page.expect_navigation():
            button.click()
        listed = mixed.page.locator("#assigned-list li bdi.strong").all_inner_texts()
    assert len(listed) == 2
    assert listed == [name for name in chips if name in listed]


def test_s1_11_buy_more_comes_back_to_the_row_it_left(person: Person) -> None:
    person.signs_in("sales")
    product = COPILOT if person.script else "Visio Plan 2"  # both are full until this has bought
    choose_users(person, FJORDLYS, "licensed=no", each=3)
    person.chooses(product, "Assign to")
    if not person.script:  # the button in front of the form, which Enter presses
        with person.page.expect_navigation():
            person.page.locator("button[value=stay]").dispatch_event("click")
    row = person.product(product)
    row.get_by_role("button", name=re.compile("^Buy 3 more")).click()
    person.page.wait_for_url("**/purchases/new**")
    assert person.page.get_by_label("Licenses to add").input_value() == "3"
    person.presses("Continue")
    assert ("20 → 23" if person.script else "6 → 9") in re.sub(r"\s+", " ", person.text)
    person.presses(re.compile("^Buy"))
    person.page.wait_for_url("**/purchases/OR-**")
    for _ in range(20):
        if person.page.get_by_role("link", name="Refresh").count() == 0:
            break
        person.page.wait_for_timeout(300)
        person.page.reload()
    person.follows("Back to your change")
    assert person.page.url.endswith("#p-" + sku(person, product))
    assert person.radio(product, "Assign to").is_checked()
    assert "short" not in person.product(product).inner_text()


def test_s1_11_who_may_not_buy_is_told_who_can(person: Person) -> None:
    person.signs_in("helpdesk")
    choose_users(person, "Juniper & Vale Architects", "licensed=no")
    row = person.product("Planner and Project Plan 3")
    assert "None left" in row.inner_text()
    assert row.get_by_role("button", name=re.compile("^Buy")).count() == 0
    row.get_by_text("Who can buy?").click()
    assert "Sara Öberg" in row.inner_text()


def test_s1_13_service_plans_are_seen_and_chosen(mixed: Person) -> None:
    mixed.chooses(E5, "Assign to")
    mixed.product(E5).get_by_role("button", name=re.compile("^View service plans")).click()
    mixed.page.wait_for_url("**/plans")
    assert mixed.h1 == f"Service plans of {E5}"
    fieldset = mixed.page.get_by_role("group", name=re.compile("^Yammer|^Viva Engage")).first
    fieldset.get_by_role("radio", name=re.compile("^Off")).check()
    mixed.page.locator(".actionbar").get_by_role("button", name="Use these service plans").click()
    mixed.page.wait_for_url("**/manage**")
    assert "1" in mixed.product(E5).locator("td.plans").inner_text()
    assert mixed.radio(E5, "Assign to").is_checked()


def test_s1_7_and_s5_1_entitlements_are_listed_with_what_is_available(mixed: Person) -> None:
    assert mixed.h1 == "Assign and revoke licenses"
    assert mixed.page.locator("tbody[data-product]").count() == 8
    available = mixed.product("Office 365 F3").locator("td[data-label=Available]").inner_text()
    assert re.fullmatch(r"12 of \d+ available", available.strip())
    assert "None left" in mixed.product(E3).inner_text()
