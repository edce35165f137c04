"""**Add a user**, **Delete** and **Deleted users**: S3.5 and S3.6 as a person does them."""

from __future__ import annotations

import re

from tests.browser.person import Person, exactly

KUZEY = "Fjordlys Energi AS"
SEATS = re.compile(r"(\d+) of (\d+) available")


def name_of(person: Person) -> str:
    """Somebody who is in no other journey."""
    return "Nora Script" if person.script else "Nora Plain"


def adds(person: Person, *products: str) -> None:
    """A user, from the list's own button."""
    name = name_of(person)
    page = person.page
    person.follows("Add a user")
    page.get_by_label("Display name").fill(name)
    page.get_by_label("User name").fill(name.lower().replace(" ", "."))
    page.get_by_label("Usage location").select_option("NO")
    for product in products:
        page.get_by_role("checkbox", name=re.compile("^" + re.escape(product))).check()
    person.presses("Add the user")


def test_s3_6_and_s3_5_a_user_is_added_with_a_license_deleted_and_restored(person: Person) -> None:
    name, page = name_of(person), person.page
    person.signs_in("admin").opens(KUZEY)
    page.goto(page.url.split("?")[0].removesuffix("/users") + "/accounts/new")
    boxes = page.get_by_role("checkbox").all()
    labels = [box.locator("xpath=..").inner_text() for box in boxes]
    product = next(
        text.split("\n")[0] for text in labels if (found := SEATS.search(text)) and int(found[1]) > 1
    )
    product = SEATS.sub("", product).strip()
    page.goto(page.url.removesuffix("/accounts/new") + "/users")

    adds(person, product)
    assert "Users added: 1 of 1" in person.h1
    result = page.url
    person.presses("Show the passwords")
    assert re.fullmatch(r"\w{4}-\w{4}-\w{4}", page.get_by_label(name).input_value())
    page.goto(result)
    assert "Show the passwords" not in person.text
    person.follows("To the license change").waits_for_result()
    assert product in person.text

    page.goto(result)
    person.follows(exactly(name))
    assert product in person.text
    person.follows("Block sign-in").presses("Block sign-in")
    assert "Sign-in blocked: 1 of 1" in person.h1
    person.follows(exactly(name))
    assert "Blocked" in person.text

    person.follows("Delete user")
    assert "is free for others at once" in person.text
    person.presses("Delete 1 user")
    assert "Users deleted: 1 of 1" in person.h1
    person.follows("Back to users").follows("Deleted users")
    row = page.locator("tbody tr", has_text=name)
    assert "30 days left of 30" in row.inner_text()
    row.get_by_role("checkbox").check()
    person.presses("Restore")
    assert "Users restored: 1 of 1" in person.h1
    person.follows(exactly(name))
    assert product in person.text, "the license came back with its seat"


def test_s3_6_who_may_not_add_users_finds_no_way_to(person: Person) -> None:
    person.signs_in("helpdesk").opens(KUZEY)
    assert "Add a user" not in person.text
    person.page.goto(person.page.url.split("?")[0].removesuffix("/users") + "/accounts/new")
    assert "Your role does not allow this: Add, block and delete users." in person.text
