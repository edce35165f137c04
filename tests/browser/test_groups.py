"""**Groups**: licenses by membership, errors explained, reprocess, assign, move from direct (S3.7)."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import expect

from tests.browser.conftest import Demo
from tests.browser.person import Person, exactly

TROMSO = "Tromsø Havbruk AS"
FIELD = "Feltarbeidere"
BRANCH = "Branch employees"
LAKESHORE = "Lakeshore Community Credit Union"
FREE = "Microsoft Fabric (Free)"
FJORDLYS = "Fjordlys Energi AS"
OFFICE = "Lisens - kontoransatte"


def goes_to(person: Person, customer: str, group: str) -> str:
    """The group's page, by the customer's menu; its address."""
    person.opens(customer)
    if not person.page.get_by_role("link", name="Groups", exact=True).is_visible():
        person.page.get_by_text("Menu").click()
    person.follows(exactly("Groups"))
    person.follows(exactly(group))
    return person.page.url


def waits_for_outcome(person: Person) -> str:
    """Until the order has ended; its heading."""
    for _ in range(60):
        if not re.search("Asking Microsoft|Microsoft is working", person.h1):
            return person.h1
        person.page.wait_for_timeout(500)
        person.page.reload()
    raise AssertionError(f"no outcome after half a minute: {person.h1}")


def tenant_of(demo: Demo, customer: str) -> str:
    state: Any = demo.sandbox("/sandbox/state")
    return next(tenant["id"] for tenant in state["tenants"] if tenant["name"] == customer)


def test_s3_7_errors_are_explained_and_a_member_is_reprocessed(person: Person, demo: Demo) -> None:
    person.signs_in("admin")
    group = goes_to(person, TROMSO, FIELD)
    found = re.search(r"(\d+) of (\d+) members ha(s|ve) an error", person.text)
    assert found
    person.follows(re.compile("^With errors"))
    assert person.page.locator("tbody .tag-err").count() == int(found[1])
    assert "Office 365 F3: Not enough licenses. Buy more, or take the license" in person.text
    member = person.page.locator("table.list tbody th a").last.inner_text()
    row = person.page.locator("tbody tr", has_text=member)
    with person.page.expect_navigation():
        row.get_by_role("button", name="Reprocess").click()
    assert waits_for_outcome(person) == "0 of 1 members have it from the group", "no seat has come"
    assert "Not enough licenses" in person.text
    more = {"tenant": tenant_of(demo, TROMSO), "do": "seats", "sku": "DESKLESSPACK"}
    seats = seats_of(demo.sandbox("/sandbox/state"), TROMSO)["DESKLESSPACK"]
    demo.sandbox("/sandbox/edit", more | {"quantity": seats["enabled"] + 1})
    person.page.goto(group + "?show=errors")
    row = person.page.locator("tbody tr", has_text=member)
    with person.page.expect_navigation():
        row.get_by_role("button", name="Reprocess").click()
    assert waits_for_outcome(person) == "1 of 1 members has it from the group"
    person.follows("To the group")
    person.follows(re.compile("^With errors"))
    expect(person.page.locator("tbody tr", has_text=member)).to_have_count(0)


def test_s3_7_a_group_is_given_a_license_and_loses_it_again(person: Person) -> None:
    person.signs_in("global" if person.script else "users")
    group = goes_to(person, LAKESHORE, BRANCH)
    person.follows("Assign licenses")
    person.page.get_by_role("radio", name=re.compile(re.escape(FREE))).check()
    person.presses("Continue")
    person.page.locator("input[name=on]").first.uncheck()
    person.presses("Review…")
    assert "Nothing has been changed yet." in person.text
    assert re.search(r"\d+ of \d+ members get it and take a license each", person.text)
    assert "Services turned off" in person.text
    person.presses("Assign to the group")
    assert re.search(r"\d+ of \d+ members have it from the group", waits_for_outcome(person))
    person.page.goto(group)
    row = person.page.locator("tbody tr", has_text=FREE).first
    with person.page.expect_navigation():
        row.get_by_role("link", name=re.compile("^Remove")).click()
    assert re.search(r"\d+ of \d+ members lose it, and the licenses are free again", person.text)
    person.understands().presses("Remove from the group")
    heading = waits_for_outcome(person)
    assert heading == "The group gives it no more, and no member has it from the group"
    person.page.goto(group)
    assert FREE not in person.page.locator("table.list").first.inner_text()


def test_s3_7_an_inherited_license_leads_to_its_group(person: Person) -> None:
    person.signs_in("helpdesk")
    goes_to(person, FJORDLYS, OFFICE)
    name = person.page.locator("table.list").nth(1).locator("tbody th a").nth(5).inner_text()
    person.follows(exactly(name))
    assert f"From a group: {OFFICE}" in person.text
    person.follows(exactly(OFFICE))
    assert person.h1 == OFFICE


def test_s3_7_members_move_from_direct_to_group_without_a_second_seat(person: Person, demo: Demo) -> None:
    person.signs_in("admin")
    customer, group = (FJORDLYS, OFFICE) if person.script else (TROMSO, FIELD)
    address = goes_to(person, customer, group)
    person.follows(re.compile("^Move to the group"))
    assert re.search(r"\d+ members? ha(s|ve) it from the group, with every service", person.text)
    before = demo.sandbox("/sandbox/state")
    person.presses(re.compile("^Review the move"))
    assert person.h1 == "Review changes"
    assert "What is lost" not in person.text
    person.saves()
    person.waits_for_result()
    assert person.h1 == "Licenses updated"
    after = demo.sandbox("/sandbox/state")
    assert seats_of(before, customer) == seats_of(after, customer), "no seat taken, none freed"
    person.page.goto(address)
    assert "directly as well" not in person.text


def test_s3_7_who_would_lose_a_service_is_left_out_and_named(person: Person) -> None:
    person.signs_in("admin")
    goes_to(person, LAKESHORE, BRANCH)
    assert "Sway" in person.page.locator("table.list").first.inner_text()
    person.follows(re.compile("^Move to the group"))
    left = person.page.locator("section", has=person.page.get_by_role("heading", name="Left out"))
    assert re.search("would lose services that the group has off: .*Sway", left.inner_text())


def seats_of(state: Any, customer: str) -> Any:
    return next(tenant["seats"] for tenant in state["tenants"] if tenant["name"] == customer)
