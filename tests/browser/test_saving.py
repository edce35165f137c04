"""**Save**, and the truth afterwards (S1.12 to S1.16)."""

from __future__ import annotations

import csv
import re
from datetime import UTC, datetime, timedelta

from tests.browser.conftest import Demo
from tests.browser.person import Person
from tests.browser.test_manage import choose_users, having

FJORDLYS = "Fjordlys Energi AS"
TEAM_MEMBERS = "Dynamics 365 for Team Members Enterprise Edition"
SKANE = "Skåne Åkeri AB"
HARBOR = "Harbor Light Pediatrics"
BLUE_MESA = "Blue Mesa Outfitters"
TEAMS = "Microsoft Teams Premium"
ARCHIVE = "Exchange Online Archiving for Exchange Online"
PREMIUM = "Microsoft 365 Business Premium"


def test_s1_12_a_small_safe_save_shows_its_result_at_once(person: Person) -> None:
    person.signs_in("admin")
    lacks = having(person, HARBOR, TEAMS).replace("has=", "lacks=")
    names = choose_users(person, HARBOR, lacks + "&licensed=yes")
    person.chooses(TEAMS, "Assign to").saves().waits_for_result()
    assert person.h1 == "Licenses updated"
    for name in names:
        assert name in person.text
    address = person.page.url
    person.page.goto("/customers")
    person.page.goto(address)
    assert person.h1 == "Licenses updated"


def test_s1_16_a_revoke_is_reviewed_with_the_day_the_data_is_gone(person: Person) -> None:
    person.signs_in("global")
    has = having(person, HARBOR, PREMIUM)
    choose_users(person, HARBOR, has + "&sort=-name", each=1)
    person.chooses(PREMIUM, "Revoke from").reviews()
    assert person.h1 == "Review changes"
    assert "Nothing has been changed yet" in person.text
    gone = (datetime.now(UTC) + timedelta(days=30)).date()
    assert f"{gone.day} {gone:%b %Y}" in person.text
    person.page.locator("#understood").check()
    person.saves().waits_for_result()
    assert person.h1 == "Licenses updated"


def test_s1_15_a_mixed_outcome_says_why_and_retries_only_what_failed(person: Person) -> None:
    person.signs_in("global")  # guests are among them
    lacks = having(person, FJORDLYS, TEAM_MEMBERS).replace("has=", "lacks=")
    f3 = having(person, FJORDLYS, "Microsoft 365 F3")
    choose_users(person, FJORDLYS, lacks + "&location=missing", lacks + "&" + f3)
    person.chooses(TEAM_MEMBERS, "Assign to").reviews()
    assert "Usage location is missing" in person.text
    person.page.get_by_label("Skip users expected to fail").uncheck()
    person.saves().waits_for_result()
    assert person.h1 == "Licenses updated for 2 of 4 users", person.text
    assert "There is a problem" in person.text
    assert "License assignment cannot be done for user with invalid usage location." in person.page.content()
    assert re.search(r"2 succeeded \+ 2 failed = 4", person.text)
    assert _rows_of_csv(person) == 4
    person.presses("Retry failed only (2)")
    assert "2 users" in person.text
    assert "Usage location is missing" in person.text


def test_s1_14_a_form_sent_twice_makes_one_change(person: Person) -> None:
    person.signs_in("helpdesk")
    choose_users(person, SKANE, "licensed=yes", each=1)
    product = person.page.locator(
        "tbody[data-product]", has=person.page.get_by_role("radio", name=re.compile("^Assign to 1"))
    )
    product.first.get_by_role("radio", name=re.compile("^Assign to 1")).check()
    twice = [_send(person), _send(person)]
    assert len(set(twice)) == 1
    assert "/changes/CH-" in twice[0]


def test_s1_14_what_another_admin_did_meanwhile_brings_the_plan_back(person: Person, demo: Demo) -> None:
    person.signs_in("admin")
    has = having(person, BLUE_MESA, "Microsoft 365 Business Standard")
    choose_users(person, BLUE_MESA, has + ("" if person.script else "&sort=-name"), each=1)
    tenant = "34b95130-965a-4fee-a8f5-91ab6e759d49"
    address = person.opens(BLUE_MESA, "selected=1").page.locator("tbody .person-address").first.inner_text()
    person.page.goto(person.customer_path + "/manage")
    person.chooses("Microsoft 365 Business Standard", "Revoke from").reviews()
    person.understands()
    demo.sandbox(
        "/sandbox/edit",
        {"tenant": tenant, "do": "remove", "user": address, "sku": "O365_BUSINESS_PREMIUM"},
    )
    person.saves()
    for _ in range(40):
        if "Changed by someone else" in person.text:
            break
        person.page.wait_for_timeout(300)
        person.page.reload()
    assert "Changed by someone else" in person.text
    assert "Nothing has been sent" in person.text


def _rows_of_csv(person: Person) -> int:
    with person.page.expect_download() as waiting:
        person.page.get_by_role("link", name="Export CSV").click()
    with open(waiting.value.path(), encoding="utf-8-sig", newline="") as file:
        return sum(1 for _ in csv.DictReader(file))


def _send(person: Person) -> str:
    """Post the form as it stands, past the browser; the path it leads to."""
    form = {"go": "save"}
    for field in person.page.locator("#manage input[type=hidden], #manage input[type=radio]:checked").all():
        form[str(field.get_attribute("name"))] = str(field.get_attribute("value"))
    answer = person.context.request.post(person.customer_path + "/manage", form=form, max_redirects=0)
    return answer.headers["location"]
