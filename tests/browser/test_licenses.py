"""**Licenses**: what is owned, who has a product, giving and taking it (S2.1 to S2.6, S5.1)."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Demo
from tests.browser.person import Person, exactly

CASCADE = "Cascade Timber & Millwork"
FJORDLYS = "Fjordlys Energi AS"
JUNIPER = "Juniper & Vale Architects"
E3 = "Microsoft 365 E3"


def goes_to(person: Person, customer: str, product: str) -> str:
    """The product's page, by the customer's menu; its address."""
    person.opens(customer)
    person.page.goto(person.customer_path)
    if not person.page.get_by_role("link", name="Licenses", exact=True).is_visible():
        person.page.get_by_text("Menu").click()
    person.follows(exactly("Licenses"))
    person.follows(exactly(product))
    return person.page.url


def picks(person: Person, query: str) -> str:
    """The first person who matches `query` and can be picked; their name."""
    page = person.page
    if person.script:
        page.get_by_role("combobox").fill("")
        page.get_by_role("combobox").press_sequentially(query)
        option = page.locator("#people [role=option]:not([aria-disabled])").first
        option.wait_for()
        name = option.locator("bdi").inner_text()
        option.click()
    else:
        page.get_by_label("Part of a name or e-mail address").fill(query)
        person.presses("Search")
        row = page.locator("#found tbody tr", has=page.get_by_role("button", name=re.compile("^Add"))).first
        name = row.locator("th bdi").inner_text()
        with page.expect_navigation():
            row.get_by_role("button").click()
    expect(page.locator(".chips bdi", has_text=exactly(name))).to_be_visible()
    return name


def saves(person: Person) -> Person:
    """By the page's button, and by Review where it asks for it."""
    with person.page.expect_navigation():
        person.page.locator("button[value=save]").click()
    if "Review" in person.h1:
        person.understands().saves()
    return person.waits_for_result()


def test_s2_1_and_s2_2_what_is_owned_is_found_from_the_menu(person: Person) -> None:
    person.signs_in("helpdesk").opens(JUNIPER)
    person.follows(exactly("Licenses"))
    assert person.h1 == "Licenses"
    row = person.page.locator("tbody tr", has_text="2 subscriptions")
    assert re.search(r"\d+ of 13 available", row.inner_text()), "5 + 8 shows 13"
    product = row.get_by_role("link").first.inner_text()
    person.follows(re.compile("^Your products"))
    assert person.h1 == "Your products"
    seats = person.page.locator("tbody tr", has_text=product).locator("td.num").all_inner_texts()
    assert seats == ["8", "5"], "one row each"
    assert "Renews on" in person.text or "Ends on" in person.text
    person.page.get_by_label("Find a product").fill("zzzz")
    person.presses("Search")
    assert "No product matches." in person.text


def test_s2_3_and_s2_4_people_are_picked_by_name_with_services_off(person: Person) -> None:
    person.signs_in("admin")
    product = goes_to(person, CASCADE, E3)
    person.page.goto(product + "/assign")
    who = ("aaron mur", "hughes") if person.script else ("allison gib", "mercado")
    names = [picks(person, query) for query in who]
    figures = person.page.locator("#figures")
    expect(figures).to_contain_text("→")
    before, after = (int(part) for part in re.findall(r"\d+", figures.inner_text())[:2])
    assert before - after == 2
    person.page.locator("#apps summary").click()
    service = person.page.locator("#apps label", has_text=re.compile("Sway|Yammer|Viva Engage")).first
    service.locator("input").uncheck()
    saves(person)
    assert person.h1 == "Licenses updated"
    person.page.goto(f"{product}?q={names[0].split()[0]}")
    row = person.page.locator("tbody tr", has_text=names[0]).first
    assert re.search("Sway|Yammer|Viva", row.inner_text(), re.I)
    assert row.get_by_role("link", name=re.compile(r"\d{4}$")).is_visible(), "since when, by which change"
    person.page.goto(product + "/assign")
    assert "Nobody yet." in person.text


def test_s2_3_who_has_it_is_shown_and_can_not_be_picked(scripted: Person) -> None:
    scripted.signs_in("admin")
    scripted.page.goto(goes_to(scripted, CASCADE, E3))
    holder = scripted.page.locator("tbody th a").first.inner_text()
    scripted.page.goto(scripted.page.url.split("?")[0] + "/assign")
    field = scripted.page.get_by_role("combobox")
    field.press_sequentially(holder)
    option = scripted.page.locator("#people [role=option]").first
    option.wait_for()
    assert "Already has it" in option.inner_text()
    field.press("ArrowDown")
    field.press("Enter")
    expect(scripted.page.locator("#status")).to_have_text(re.compile("Already has it"))
    assert scripted.page.locator(".chips .chip").count() == 0


def test_the_combobox_is_the_aria_pattern_and_needs_no_mouse(scripted: Person) -> None:
    scripted.signs_in("admin")
    page = scripted.page
    page.goto(goes_to(scripted, FJORDLYS, "Visio Plan 2") + "/assign")
    field = page.get_by_role("combobox", name="Part of a name or e-mail address")
    assert field.get_attribute("aria-autocomplete") == "list"
    assert field.get_attribute("aria-expanded") == "false"
    field.press_sequentially("an")
    page.locator("#people [role=option]").nth(2).wait_for()
    assert field.get_attribute("aria-expanded") == "true"
    assert page.evaluate("document.activeElement.id") == "person", "focus stays in the field"
    for key, place in (("ArrowDown", 0), ("ArrowDown", 1), ("ArrowUp", 0), ("ArrowUp", -1)):
        field.press(key)
        options = page.locator("#people [role=option]")
        chosen = options.nth(place % options.count())
        assert chosen.get_attribute("aria-selected") == "true"
        assert field.get_attribute("aria-activedescendant") == chosen.get_attribute("id")
    field.press("Escape")
    assert not page.locator("#people").is_visible()
    assert field.input_value() == "an"
    field.press("Escape")
    assert field.input_value() == ""
    picks(scripted, "an")
    assert page.evaluate("document.activeElement.id") == "person"
    field.press_sequentially("zzzzzz")
    expect(page.locator("#status")).to_have_text("Nobody matches.")
    field.fill("er")
    page.locator("#people [role=option]").first.wait_for()
    with page.expect_navigation():
        field.press("Enter")
    assert "match" in page.locator("#found caption").inner_text(), "Enter without a choice searches"
    page.get_by_role("button", name=re.compile("^Remove ")).first.click()
    expect(page.locator(".chips .chip")).to_have_count(0)


def test_figures_notes_and_location_follow_who_is_picked(scripted: Person) -> None:
    scripted.signs_in("helpdesk")
    page = scripted.page
    scripted.opens(CASCADE, "location=missing")
    name = page.locator("tbody th a").first.inner_text()
    page.goto(goes_to(scripted, CASCADE, E3) + "/assign")
    picks(scripted, name)
    expect(page.locator("#save-label")).to_have_text("Review changes…")
    page.get_by_role("link", name="Set the usage location").click()
    page.get_by_label("Set for 1 user without one").check()
    page.get_by_label("Country").select_option("SE")
    expect(page.locator("#notes-slot section")).to_have_count(0)
    expect(page.locator("#save-label")).to_have_text("Save")
    page.get_by_role("button", name=f"Remove {name}").click()
    expect(page.locator("#figures")).not_to_contain_text("→")


def test_addresses_are_pasted_and_the_unknown_ones_told(person: Person) -> None:
    person.signs_in("global" if person.script else "sales")
    product = goes_to(person, CASCADE, E3)
    person.page.goto(f"{person.customer_path}/users?licensed=no")
    address = person.page.locator("tbody .person-address").nth(4 if person.script else 5).inner_text()
    person.page.goto(product + "/assign")
    person.presses("Paste e-mail addresses")
    person.page.get_by_label("E-mail addresses").fill(f"{address.upper()}\nnobody@nowhere.example")
    person.presses("Add these people")
    assert "nobody@nowhere.example" in person.text
    person.follows("Back to the people picked")
    assert person.page.locator(".chips .chip").count() == 1


def test_s2_5_ticks_survive_paging_and_unassigning_is_confirmed(person: Person) -> None:
    person.signs_in("users" if person.script else "helpdesk")
    product = goes_to(person, CASCADE, E3)
    first, second = (
        ("Anne-Marie St. John", "Kylie Daniels") if person.script else ("Chris Thompson", "Manuel Sharp")
    )
    person.page.get_by_label(f"Select {first}", exact=True).check()
    person.presses("Next")
    person.page.get_by_label(f"Select {second}", exact=True).check()
    person.presses("First")
    assert person.page.locator("tbody input[name=u]:checked").count() == 1
    person.presses("Unassign licenses")
    assert person.h1 == "Review changes"
    assert "2 to revoke" in person.text
    person.understands().saves()
    person.waits_for_result()
    assert person.h1 == "Licenses updated"
    person.page.goto(product)
    for name in (first, second):
        person.page.goto(f"{product}?q={name.split()[0]}")
        assert person.page.get_by_role("link", name=exactly(name)).count() == 0


@pytest.fixture(scope="module")
def pages(chromium: Browser, demo: Demo) -> Iterator[list[str]]:
    """One address of each page of the area."""
    context = chromium.new_context(base_url=demo.url, locale="en-US")
    person = Person(context, demo.url, True).signs_in("sales")
    product = goes_to(person, CASCADE, E3).removeprefix(demo.url)
    base = person.customer_path + "/licenses"
    yield [
        base,
        base + "/subscriptions",
        product,
        product + "?source=group",
        product + "/assign?q=an&open=apps",
        product + "/assign/list",
    ]
    context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "tr", "nb", "sv"])
def test_no_fault_for_a_screen_reader_and_no_sideways_scroll(
    chromium: Browser, demo: Demo, pages: list[str], theme: str, language: str
) -> None:
    context = chromium.new_context(
        base_url=demo.url,
        viewport={"width": 1280, "height": 844},
        color_scheme="dark" if theme == "dark" else "light",
        locale=language,
    )
    person = Person(context, demo.url, True)
    person.signs_in("sales")
    found: list[str] = []
    for address in pages:
        person.page.set_viewport_size({"width": 1280, "height": 844})
        person.page.goto(address)
        _open_names(person.page)
        for problem in Axe().run(person.page).response["violations"]:
            nodes = [node["html"][:160] for node in problem["nodes"][:3]]
            found.append(f"{address}: {problem['id']}: {problem['help']} {nodes}")
        for width in (390, 320):
            person.page.set_viewport_size({"width": width, "height": 844})
            needed = person.page.evaluate("document.documentElement.scrollWidth")
            if needed > width:
                found.append(f"{address}: {needed} px at {width}")
    context.close()
    assert not found, "\n".join(found)
    person.check_nothing_strange()


def _open_names(page: Page) -> None:
    """With the names under the field, where there is one."""
    field = page.locator("[role=combobox]")
    if field.count():
        field.press_sequentially("an")
        page.locator("#people [role=option]").first.wait_for()
