"""**Take over** what a user of the organization bought (S2.7)."""

from __future__ import annotations

from tests.browser.person import Person, exactly
from tests.browser.test_licenses import goes_to

MESA, POWER_BI = "Blue Mesa Outfitters", "Power BI Pro"
SAHINLER, FLOW = "Şahinler Tekstil A.Ş.", "Microsoft Power Automate Free"


def test_s2_7_what_a_user_bought_is_locked_until_it_is_taken_over(person: Person) -> None:
    customer, name = (MESA, POWER_BI) if person.script else (SAHINLER, FLOW)
    person.signs_in("helpdesk")
    product = goes_to(person, customer, name)
    assert "Bought by a user of the organization" in person.text
    assert not person.page.locator("button[value=unassign]").is_visible()
    person.follows("Take over")
    assert "They can:" in person.text, "the helpdesk does not buy"
    person.context.clear_cookies()
    person.signs_in("sales")
    person.page.goto(product)
    person.follows("Take over")
    assert "The person who bought it no longer manages it." in person.text
    person.presses("Take over")
    assert "It can be assigned like any other." in person.text
    assert "ought by a user" not in person.page.locator("main").inner_text().replace("bought by a user.", "")
    assert person.page.locator("button[value=unassign]").is_visible()
    person.follows("Assign licenses")
    assert person.page.locator("#assign").is_visible()
    person.page.goto(person.customer_path + "/licenses")
    assert not person.page.get_by_role("link", name=exactly(f"Take over — {name}")).is_visible()
