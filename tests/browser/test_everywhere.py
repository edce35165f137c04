"""What holds on every page: no accessibility fault, no sideways scroll, nothing from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.browser.conftest import Demo
from tests.browser.person import Person
from tests.browser.test_licenses import goes_to
from tests.browser.test_manage import choose_users

LANGUAGES = ("en", "tr", "nb", "sv")
ARSTAD = "Årstad Legesenter AS"


@pytest.fixture(scope="session")
def addresses(chromium: Browser, demo: Demo) -> Iterator[list[str]]:
    """One address of each kind of page, after a change was planned, one saved, and one order placed."""
    context = chromium.new_context(base_url=demo.url, viewport={"width": 1280, "height": 900}, locale="en-US")
    person = Person(context, demo.url, True)
    person.signs_in("global")
    choose_users(person, ARSTAD, "", each=3)
    base = person.customer_path
    row = person.page.locator(
        "tbody[data-product]", has=person.page.locator("button[value^='assigned:']")
    ).first
    sku = str(row.get_attribute("id")).removeprefix("p-")
    row.locator("input[value=revoke]").check()
    person.page.locator("#summary").get_by_text("1 product").wait_for()
    person.page.get_by_role("button", name="Review changes").click()
    person.page.wait_for_url("**/changes/CH-*")
    review = person.page.url.removeprefix(demo.url)
    result = _saved(person)
    groups = _groups(person)
    template = _template(person, base)
    bought = goes_to(person, "Blue Mesa Outfitters", "Power BI Pro").removeprefix(demo.url)
    yield [
        *groups,
        "/customers",
        "/customers?q=nobody",
        "/people",
        "/people?q=anders",
        "/people?q=nobody",
        base,
        f"{base}/users",
        f"{base}/users?q=zzzz",
        f"{base}/users/1",
        f"{base}/users/1/block",
        f"{base}/users/1/password",
        f"{base}/users/1/delete",
        f"{base}/accounts/new",
        f"{base}/accounts/deleted",
        f"{base}/selected",
        f"{base}/selected/add",
        f"{base}/selected/licenses?q=an",
        f"{base}/selected/licenses?mode=replace",
        f"{base}/selected/licenses?mode=none",
        f"{base}/licenses/{sku}/take-over",
        bought,
        f"{bought}/take-over",
        f"{base}/manage",
        f"{base}/manage/{sku}/assigned",
        f"{base}/manage/{sku}/plans",
        f"{base}/changes",
        review,
        result,
        f"{base}/purchases/new?sku={sku}&add=2",
        f"{base}/purchases/new?sku={sku}&add=2&confirm=1",
        f"{base}/cleanup/removed",
        f"{base}/cleanup/reclaim",
        f"{base}/cleanup/reclaim?why=away-30",
        f"{base}/cleanup/reclaim?why=overlap",
        f"{base}/cleanup/unused",
        f"{base}/cleanup/mailboxes",
        f"{result}/quick-start",
        f"{base}/activity",
        "/audit",
        "/audit?person=nobody",
        "/staff",
        "/staff?q=nobody",
        "/staff/new",
        "/staff/1",
        "/staff/2",
        "/settings",
        "/settings/templates",
        "/settings/templates/new",
        f"{base}/templates",
        template,
        "/settings/roles",
        "/settings/who-can?can=seats:buy",
        "/customers/999999",
    ]
    context.close()


def _groups(person: Person) -> list[str]:
    """The pages of groups: one that gives a license, one with members in error, an order of it."""
    person.opens("Lakeshore Community Credit Union")
    moved = _first_group(person)
    move = person.page.get_by_role("link", name=re.compile("^Move to the group")).get_attribute("href")
    remove = person.page.get_by_role("link", name=re.compile("^Remove")).first.get_attribute("href")
    person.opens("Tromsø Havbruk AS")
    failing = _first_group(person)
    person.presses(re.compile("^Reprocess"))
    order = person.page.url.removeprefix(person.url)
    person.page.goto(f"{moved}/assign")
    sku = person.page.locator("input[name=sku]").first.get_attribute("value")
    return [
        moved.rpartition("/")[0],
        moved,
        f"{failing}?show=errors",
        f"{moved}/assign",
        f"{moved}/assign?sku={sku}",
        f"{moved}/review?deed=assign&sku={sku}",
        str(remove),
        str(move),
        order,
    ]


def _first_group(person: Person) -> str:
    person.page.goto(person.customer_path + "/groups")
    with person.page.expect_navigation():
        person.page.locator("table.list tbody th a").first.click()
    return person.page.url.removeprefix(person.url)


def _template(person: Person, base: str) -> str:
    """A template with a product and its services; its address."""
    person.page.goto(f"{base}/templates/new")
    person.page.get_by_label("Name", exact=True).fill("Sales floor")
    person.page.locator("input[name=p]").first.check()
    person.presses("Save template")
    return person.page.url.removeprefix(person.url)


def _saved(person: Person) -> str:
    person.page.goto(person.customer_path + "/changes")
    choose_users(person, "Fjordlys Energi AS", "licensed=no", each=2)
    label = person.page.locator("tbody[data-product] input[value=assign]").first
    label.check()
    with person.page.expect_navigation():
        person.page.locator("button[value=save]").click()
    if "Review" in person.h1:
        person.understands().presses("Save")
    person.waits_for_result()
    return person.page.url.removeprefix(person.url)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_reports_nothing_on_any_page(
    chromium: Browser, demo: Demo, addresses: list[str], language: str, theme: str
) -> None:
    found = []
    for page, address in _visit(chromium, demo, addresses, language, theme, width=1280):
        assert page.locator("html").get_attribute("lang") == language
        for problem in Axe().run(page).response["violations"]:
            nodes = [node["html"][:160] for node in problem["nodes"][:3]]
            found.append(f"{address}: {problem['id']}: {problem['help']} {nodes}")
    assert not found, "\n".join(found)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", [390, 320])
def test_no_page_scrolls_sideways_on_a_phone(
    chromium: Browser, demo: Demo, addresses: list[str], language: str, width: int
) -> None:
    wide = []
    for page, address in _visit(chromium, demo, addresses, language, "light", width=width):
        needed = page.evaluate("document.documentElement.scrollWidth")
        if needed > width:
            wide.append(f"{address}: {needed} px at {width}")
    assert not wide, "\n".join(wide)


@pytest.mark.parametrize("language", ["en", "sv"])
@pytest.mark.parametrize("width", [1280, 1024, 700])
def test_no_table_is_cut_off_at_its_edge(
    chromium: Browser, demo: Demo, addresses: list[str], language: str, width: int
) -> None:
    cut = []
    for page, address in _visit(chromium, demo, addresses, language, "light", width=width):
        for radio in page.locator("tbody[data-product] input[value=assign]").all():
            radio.check()  # the widest this table becomes: short of licenses in every row
        if "/manage" in address:
            page.wait_for_timeout(1500)
        for table in page.locator(".list-wrap > table").all():
            over = table.evaluate("t => t.scrollWidth - t.parentElement.clientWidth")
            if over > 1:
                cut.append(f"{address}: {over} px at {width}")
    assert not cut, "\n".join(cut)


def test_the_policy_forbids_inline_script_and_other_origins(chromium: Browser, demo: Demo) -> None:
    context = chromium.new_context(base_url=demo.url)
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto("/sign-in")
    page.evaluate(
        "document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.hacked = 1\">')"
    )
    page.evaluate(
        """() => {
            const script = document.createElement("script");
            script.textContent = "window.hacked = 1";
            document.body.append(script);
        }"""
    )
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=\"http://127.0.0.1:9/x.png\">')")
    page.wait_for_timeout(300)
    assert page.evaluate("window.hacked") is None
    assert sum("Content Security Policy" in text for text in said) >= 2
    context.close()


def _visit(
    chromium: Browser, demo: Demo, addresses: list[str], language: str, theme: str, *, width: int
) -> Iterator[tuple[Page, str]]:
    context = chromium.new_context(
        base_url=demo.url,
        viewport={"width": width, "height": 844},
        color_scheme="dark" if theme == "dark" else "light",
        locale=language,
    )
    person = Person(context, demo.url, True)
    page = person.page
    page.goto("/sign-in")
    yield page, "/sign-in"
    person.signs_in("global")
    for address in addresses:
        page.goto(address)
        yield page, address
    context.close()
    person.check_nothing_strange()
