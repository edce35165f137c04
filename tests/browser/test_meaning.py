"""What a license means: data that waits, licenses to take back, seats unused, a message to share (S5)."""

from __future__ import annotations

import re

from axe_playwright_python.sync_playwright import Axe

from tests.browser.person import Person, exactly

LAKESHORE = "Lakeshore Community Credit Union"
BLUE_MESA = "Blue Mesa Outfitters"


def goes_to(person: Person, customer: str, entry: str) -> None:
    """A page of the group **Clean up**, by the customer's menu."""
    person.opens(customer)
    person.page.goto(person.customer_path)
    person.follows(exactly(entry))


def saves_review(person: Person) -> None:
    assert person.h1 == "Review changes"
    person.understands().saves()
    person.waits_for_result()


def has_no_fault(person: Person) -> None:
    assert not Axe().run(person.page).response["violations"] if person.script else True


def test_s5_4_who_lost_a_mailbox_is_shown_and_gets_it_back(person: Person) -> None:
    person.signs_in("global")
    goes_to(person, BLUE_MESA, "Reclaim licenses")
    before = person.page.locator("tbody tr").count()
    row = person.page.locator("tbody tr").nth(0 if person.script else 1)
    name = row.locator("th bdi").first.inner_text()
    row.get_by_role("checkbox").check()
    with person.page.expect_navigation():
        person.page.locator("button.btn-outline-danger").click()
    saves_review(person)
    assert person.h1 == "Licenses updated"
    goes_to(person, BLUE_MESA, "Reclaim licenses")
    assert person.page.locator("tbody tr").count() == before - 1
    goes_to(person, BLUE_MESA, "Recently removed")
    waiting = person.page.locator("tbody tr", has_text=name)
    assert re.search(r"30 days left\s+Mailbox: deleted for good after", waiting.inner_text())
    has_no_fault(person)
    with person.page.expect_navigation():
        waiting.get_by_role("button", name=re.compile("^Give back")).click()
    saves_review(person)
    assert person.h1 == "Licenses updated"
    goes_to(person, BLUE_MESA, "Recently removed")
    assert person.page.locator("tbody tr", has_text=name).count() == 0


def test_who_has_not_signed_in_is_found_where_microsoft_tells(person: Person) -> None:
    person.signs_in("helpdesk")
    goes_to(person, LAKESHORE, "Reclaim licenses")
    person.page.get_by_label("Look for").select_option(label="Not signed in for 30 days")
    person.presses("Show")
    assert re.search("Last sign-in .+ 2026", person.page.locator("tbody").inner_text())
    assert "What this would free" in person.text
    goes_to(person, BLUE_MESA, "Reclaim licenses")
    person.page.get_by_label("Look for").select_option(label="Not signed in for 90 days")
    person.presses("Show")
    assert "Microsoft reports sign-ins only to customers with Microsoft Entra ID P1 or P2." in person.text


def test_s5_7_unused_licenses_say_what_may_be_reduced_and_when(person: Person) -> None:
    person.signs_in("sales")
    goes_to(person, LAKESHORE, "Unused licenses")
    first = person.page.locator("tbody tr").first.inner_text()
    assert re.search(r"\d+ of \d+ unused", first)
    assert "How to reduce now" in person.text
    assert "Turn recurring billing off" in person.text
    has_no_fault(person)


def test_s5_8_a_quick_start_message_is_shared_from_the_result(person: Person) -> None:
    person.signs_in("admin")
    person.opens(LAKESHORE, "licensed=no&location=US" if person.script else "licensed=no&location=US&page=1")
    person.page.locator("tbody input[name=u]").nth(0 if person.script else 1).check()
    person.presses("Manage licenses")
    product = person.page.locator("tbody[data-product]", has_text="Microsoft 365 E5").first
    product.locator("input[value=assign]").check()
    with person.page.expect_navigation():
        person.page.locator("button[value=save]").click()
    if "Review" in person.h1:
        saves_review(person)
    person.waits_for_result()
    person.follows(exactly("Quick-start message"))
    message = person.page.get_by_label("Message", exact=True)
    assert "Install Office" in message.input_value()
    person.page.get_by_label("Language of the message").select_option(label="Norsk bokmål")
    person.presses("Show")
    assert message.input_value().startswith("Hei!")
    link = person.page.get_by_role("link", name=re.compile("^Open in mail program"))
    assert str(link.get_attribute("href")).startswith("mailto:?bcc=")
    has_no_fault(person)


def test_s5_5_shared_and_room_mailboxes_say_which_need_a_license(person: Person) -> None:
    person.signs_in("helpdesk")
    goes_to(person, BLUE_MESA, "Mailboxes")
    rows = person.page.locator("tbody tr").all_inner_texts()
    assert rows
    assert all(re.search(r"of 50 GB\s", row) for row in rows)
    assert any("No license needed" in row for row in rows)
    has_no_fault(person)
