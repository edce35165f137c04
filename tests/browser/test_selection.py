"""A selection is built from several pages, and survives everything but clearing it (S1.3 to S1.6)."""

from __future__ import annotations

import re

from partner_center.shared.names import sort_key
from tests.browser.person import Person

FJORDLYS = "Fjordlys Energi AS"


def test_s1_5_ticks_of_several_pages_are_kept_while_paging(person: Person) -> None:
    person.signs_in("admin").opens(FJORDLYS)
    _start_anew(person)
    person.ticks(0, 1, 2)
    person.presses("Next").ticks(3, 4)
    person.presses("Last").presses("First")
    assert person.count_selected() == 5
    assert [person.boxes.nth(row).is_checked() for row in range(4)] == [True, True, True, False]
    person.presses("Next")
    assert person.boxes.nth(3).is_checked()
    assert person.boxes.nth(4).is_checked()


def test_s1_3_first_previous_next_last_go_where_they_say(person: Person) -> None:
    person.signs_in("sales").opens(FJORDLYS)
    seen = [person.page.locator("caption").inner_text()]
    for button in ("Next", "Next", "Previous", "Last", "First"):
        seen.append(person.presses(button).page.locator("caption").inner_text())
    pages = [re.search(r"page (\d+) of 10", caption) for caption in seen]
    assert [found and found[1] for found in pages] == ["1", "2", "3", "2", "10", "1"]


def test_s1_4_a_selection_survives_reload_another_tab_and_signing_out(person: Person) -> None:
    person.signs_in("global").opens(FJORDLYS)
    _start_anew(person)
    person.ticks(0, 5)
    person.presses("Next")
    person.page.reload()
    assert person.count_selected() == 2
    tab = person.context.new_page()
    tab.goto(person.page.url)
    assert "Selected users (2)" in tab.locator("main").inner_text()
    person.page.context.clear_cookies()
    person.signs_in("global").opens(FJORDLYS)
    assert person.count_selected() == 2


def test_s1_4_every_matching_user_can_be_selected_and_one_taken_out_again(person: Person) -> None:
    person.signs_in("users").opens(FJORDLYS)
    _start_anew(person)
    person.opens(FJORDLYS, "kind=member")
    matching = int(person.page.locator("caption").inner_text().split(" users")[0])
    person.presses(re.compile("^Select all .* matching users"))
    assert person.count_selected() == matching
    person.boxes.nth(7).uncheck()
    person.presses("Next")
    assert person.count_selected() == matching - 1
    person.opens(FJORDLYS, "q=a")
    assert person.count_selected() == matching - 1
    person.opens("Tromsø Havbruk AS")
    assert person.count_selected() == 0


def test_s1_6_selected_users_lists_them_alone_and_sorted(person: Person) -> None:
    person.signs_in("helpdesk").opens(FJORDLYS)
    _start_anew(person)
    names = person.ticks(4, 1) + person.presses("Last").ticks(0)
    person.presses(re.compile("^Selected users"))
    shown = person.page.locator("tbody th[scope=row] a, tbody th[scope=row] bdi.strong").all_inner_texts()
    assert shown == [names[1], names[0], names[2]]


def test_s1_4_the_box_in_the_columns_head_ticks_this_page_alone(scripted: Person) -> None:
    scripted.signs_in("helpdesk").opens(FJORDLYS)
    _start_anew(scripted)
    scripted.page.locator("[data-tick-all]").check()
    assert scripted.presses("Next").count_selected() == 25


def _start_anew(person: Person) -> None:
    clear = person.page.get_by_role("button", name="Clear selection")
    if clear.is_visible():
        person.presses("Clear selection")


def test_s1_1_customers_are_listed_and_found_by_part_of_a_name(person: Person) -> None:
    person.signs_in("sales")
    assert person.h1 == "Customers"
    assert person.page.locator("tbody tr").count() == 25
    person.page.goto("/customers?q=tromso")
    assert person.page.locator("tbody th[scope=row] a").all_inner_texts() == ["Tromsø Havbruk AS"]


def test_s1_2_users_and_licenses_lists_a_page_of_users_by_name(person: Person) -> None:
    person.signs_in("sales").opens("Tromsø Havbruk AS")
    assert person.h1 == "Users and licenses"
    names = person.page.locator("tbody th[scope=row] a").all_inner_texts()
    assert len(names) == 25
    assert names == sorted(names, key=lambda name: sort_key(name, "en"))
