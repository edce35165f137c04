"""**Selected users**: only those, what may block them, and ways to take some out."""

from __future__ import annotations

from partner_center.cloud.port import RemoteLicense
from tests.make import Make, guid
from tests.page import Page
from tests.web.users.conftest import Desk


def names(shown: Page) -> list[str]:
    return [link.text for link in shown.all("a") if link.attrs.get("class") == "person-name"]


def test_shows_only_the_selected_by_name(selected: Desk) -> None:
    selected.select(41, 3, 20)
    shown = selected.get()
    assert shown.h1 == "Selected users"
    assert names(shown) == ["Person 03", "Person 20", "Person 41"]
    assert "3 selected users" in shown.text


def test_nobody_is_said_with_a_way_back(selected: Desk) -> None:
    shown = selected.get()
    assert "Nobody is selected" in shown.text
    assert shown.link("Back to users").endswith("/users")


def test_says_what_may_block_each(selected: Desk, make: Make) -> None:
    grouped = RemoteLicense(sku_id=selected.sku, direct=False, groups=(guid("g"),), off=(), error=None)
    people = (
        make.user("A", usage_location=None),
        make.user("B", user_type="Guest"),
        make.user("C", account_enabled=False),
        make.user("D", licenses=(grouped,)),
    )
    make.users(selected.fjord, *people)
    selected.select(61, 62, 63, 64)
    problems = [row[2] for row in selected.get().rows]
    assert problems == ["Location missing", "Guest", "Sign-in blocked", "1 license by group"]


def test_unticked_users_leave(selected: Desk) -> None:
    selected.select(1, 2, 3)
    selected.press(selected.get(), "Remove unticked", 1, 3)
    assert selected.selected() == {1, 3}


def test_one_can_be_removed_by_a_button_of_its_own(selected: Desk) -> None:
    selected.select(1, 2, 3)
    form = selected.get().form("/selected")
    after = selected.page.submit(form, drop="2")
    assert selected.selected() == {1, 3}
    assert "Removed 1 user." in selected.page.follow(after).text


def test_all_without_a_location_leave_at_once(selected: Desk) -> None:
    selected.select(1, 10, 20)
    shown = selected.get()
    selected.press(shown, "Remove all without usage location (2)", 1, 10, 20)
    assert selected.selected() == {1}


def test_all_guests_leave_at_once(selected: Desk, make: Make) -> None:
    make.users(selected.fjord, make.user("Host"), make.user("Gast", user_type="Guest"))
    selected.select(61, 62)
    selected.press(selected.get(), "Remove guests (1)", 61, 62)
    assert selected.selected() == {61}


def test_clearing_can_be_undone(selected: Desk) -> None:
    selected.select(1, 2)
    cleared = selected.page.follow(selected.press(selected.get(), "Clear selection", 1, 2))
    assert "Cleared 2 users." in cleared.text
    selected.press(cleared, "Undo")
    assert selected.selected() == {1, 2}


def test_says_where_the_selected_came_from(selected: Desk) -> None:
    users = selected.page.get(f"/customers/{selected.fjord.id}/users?has={selected.sku}")
    form = users.form("/users/selection")
    selected.page.submit(form, button="Select all 20 matching users")
    selected.select(1, 2)
    words = selected.get().text
    assert "20 from the filter “Has Office 365 E3”" in words
    assert "2 picked by hand" in words


def test_who_vanished_is_told(selected: Desk, make: Make) -> None:
    selected.select(1, 2)
    make.users(selected.fjord, make.user("New Person"))
    assert "2 users no longer exist and were removed." in selected.get().text


def test_paged_by_the_hundred(selected: Desk, make: Make) -> None:
    make.users(selected.fjord, *(make.user(f"Crowd {number:03d}") for number in range(150)))
    selected.select(*range(61, 211))
    shown = selected.get()
    assert len(names(shown)) == 100
    moved = selected.press(shown, "Next", *range(61, 161))
    assert names(selected.page.follow(moved))[0] == "Crowd 100"
    assert len(selected.selected()) == 150


def test_a_page_that_does_not_exist_shows_one_that_does(selected: Desk) -> None:
    selected.select(5)
    for number in ("99", "x", "-4", "100000000000000000000"):
        assert names(selected.get(f"page={number}")) == ["Person 05"]


def test_manage_licenses_goes_there(selected: Desk) -> None:
    selected.select(5)
    moved = selected.press(selected.get(), "Manage licenses", 5)
    assert moved.location == f"/customers/{selected.fjord.id}/manage"


def test_managing_after_unticking_everybody_says_what_is_missing(selected: Desk) -> None:
    selected.select(5)
    moved = selected.press(selected.get(), "Manage licenses")
    assert "Select at least one user." in selected.page.follow(moved).text
    assert selected.selected() == set()


def test_a_tampered_form_is_refused(selected: Desk) -> None:
    selected.select(5)
    selected.page.post(selected.path, {"page_numbers": "5,x"}, status=422)
    selected.page.post(selected.path, {"drop": "all"}, status=422)
    assert selected.selected() == {5}


def test_a_stranger_finds_nothing(selected: Desk) -> None:
    selected.page.sign_in(selected.cast.stranger)
    selected.page.get(selected.path, status=404)
    selected.page.post(selected.path, {"go": "clear"}, status=404)
