"""**Find a person** over all customers, from the header, with script and without."""

from __future__ import annotations

import re

from tests.browser.person import Person, exactly

FJORDLYS = "Fjordlys Energi AS"


def test_a_person_is_found_from_the_header_with_whose_they_are(person: Person) -> None:
    person.signs_in("helpdesk").opens(FJORDLYS)
    name = person.page.locator("tbody th[scope=row] a").nth(3).inner_text()
    person.page.goto("/settings")
    person.follows("Find a person")
    assert person.h1 == "Find a person"
    person.page.get_by_label("Name or e-mail").fill(name.swapcase())
    person.presses("Search")
    row = person.page.locator("tbody tr", has_text=name).filter(has_text=FJORDLYS).first
    with person.page.expect_navigation():
        row.get_by_role("link", name=exactly(name)).click()
    assert person.h1 == name
    assert FJORDLYS in person.page.locator(".context").inner_text()


def test_folded_letters_meet_at_several_customers(person: Person) -> None:
    person.signs_in("sales")
    person.opens(FJORDLYS, "size=100")
    known = person.page.locator("tbody th[scope=row] a").all_inner_texts()
    name = next(one for one in known if re.search("[øåØÅ]", one))
    plain = name.translate(str.maketrans("øåØÅ", "oaOA"))
    person.page.goto(f"/people?q={plain.upper()}")
    assert name in person.page.locator("tbody th bdi").all_inner_texts()
    person.page.goto("/people?q=anders")
    assert len(set(person.page.locator("tbody td[data-label=Customer]").all_inner_texts())) > 1


def test_customers_leads_there_when_no_customer_is_called_so(person: Person) -> None:
    person.signs_in("users")
    person.page.goto("/customers?q=anders")
    assert "No customer matches" in person.text
    person.follows("Find a person with this name")
    assert re.search(r"people match|The first 20 people", person.page.locator("caption").inner_text())


def test_the_header_leads_there_on_a_phone_by_keyboard(scripted: Person) -> None:
    scripted.signs_in("admin")
    scripted.page.set_viewport_size({"width": 390, "height": 844})
    link = scripted.page.locator("header").get_by_role("link", name="Find a person")
    link.focus()
    with scripted.page.expect_navigation():
        scripted.page.keyboard.press("Enter")
    assert scripted.page.evaluate("document.activeElement.id") == "q", "the field is ready to type in"
    with scripted.page.expect_navigation():
        scripted.page.keyboard.type("andersen")
        scripted.page.keyboard.press("Enter")
    assert scripted.page.locator("tbody tr").count() > 0
