"""Ticks: kept on the server over pages, filters and tabs; with script and without."""

from __future__ import annotations

from tests.cast import Cast
from tests.make import Make
from tests.page import PageClient
from tests.web.users.conftest import PEOPLE, Desk


class TestWithoutScript:
    def test_a_selection_is_built_from_several_pages(self, desk: Desk) -> None:
        second = desk.page.follow(desk.press(desk.get(), "Next", 1, 2, 3))
        third = desk.page.follow(desk.press(second, "Last", 26, 27))
        first = desk.page.follow(desk.press(third, "First"))
        assert desk.selected() == {1, 2, 3, 26, 27}
        ticked = [box.attrs["value"] for box in first.all("input", name="u") if "checked" in box.attrs]
        assert ticked == ["1", "2", "3"]
        assert "5 users selected." in first.text

    def test_who_is_unticked_leaves(self, desk: Desk) -> None:
        desk.select(1, 2, 30)
        desk.press(desk.get(), "Keep ticks", 2)
        assert desk.selected() == {2, 30}

    def test_all_matching_are_selected_over_all_pages(self, desk: Desk) -> None:
        shown = desk.get(f"has={desk.sku}&size=25")
        after = desk.page.follow(desk.press(shown, "Select all 20 matching users"))
        assert desk.selected() == {number for number in range(1, PEOPLE + 1) if number % 3 == 0}
        assert "20 users are selected." in after.text

    def test_unticking_one_of_all_leaves_all_the_others(self, desk: Desk) -> None:
        after = desk.page.follow(desk.press(desk.get(), "Select all 60 matching users"))
        desk.press(after, "Next", *range(1, 25))
        assert desk.selected() == set(range(1, PEOPLE + 1)) - {25}

    def test_a_full_page_says_that_it_is_only_the_page(self, desk: Desk) -> None:
        desk.select(*range(1, 26))
        shown = desk.get()
        words = next(span for span in shown.all("span") if "data-strip" in span.attrs)
        assert words.text == "All 25 users on this page are selected."
        assert "hidden" not in words.attrs

    def test_a_filter_hides_but_does_not_unselect(self, desk: Desk) -> None:
        desk.select(1, 2, 3)
        shown = desk.get(f"has={desk.sku}")
        assert "3 users selected. 2 not shown by the current filter." in shown.text
        desk.press(shown, "Keep ticks", 3)
        assert desk.selected() == {1, 2, 3}

    def test_clearing_can_be_undone_until_the_next_tick(self, desk: Desk) -> None:
        desk.select(1, 2, 3)
        cleared = desk.page.follow(desk.press(desk.get(), "Clear selection", 1, 2, 3))
        assert desk.selected() == set()
        assert "Cleared 3 users." in cleared.text
        desk.press(cleared, "Undo")
        assert desk.selected() == {1, 2, 3}

    def test_undo_goes_with_the_next_tick(self, desk: Desk) -> None:
        desk.select(1)
        cleared = desk.page.follow(desk.press(desk.get(), "Clear selection", 1))
        ticked = desk.page.follow(desk.press(cleared, "Keep ticks", 4))
        assert "Cleared" not in ticked.text

    def test_the_selection_does_not_cross_customers(self, desk: Desk, make: Make) -> None:
        make.users(desk.cast.anatolia, make.user("Only One"))
        desk.press(desk.get(), "Next", 1)
        assert desk.selected(desk.cast.anatolia.id) == set()
        assert "No users selected." in desk.page.get(f"/customers/{desk.cast.anatolia.id}/users").text

    def test_the_selection_is_one_persons_own(self, desk: Desk, cast: Cast) -> None:
        desk.select(1, 2)
        desk.page.sign_in(cast.helpdesk)
        assert "No users selected." in desk.get().text
        desk.page.sign_in(cast.admin)
        assert "2 users selected." in desk.get().text

    def test_manage_licenses_needs_somebody(self, desk: Desk) -> None:
        shown = desk.page.follow(desk.press(desk.get("status=active"), "Manage licenses"))
        assert shown.title.startswith("Error – Users and licenses")
        assert "Select at least one user." in shown.one("div", role="alert").text
        assert "Active" in shown.text

    def test_unticking_the_last_one_and_managing_keeps_the_unticking(self, desk: Desk) -> None:
        desk.select(5)
        desk.press(desk.get(), "Manage licenses")
        assert desk.selected() == set()

    def test_manage_licenses_stores_the_ticks_and_goes_there(self, desk: Desk) -> None:
        moved = desk.press(desk.get(), "Manage licenses", 7)
        assert moved.location == f"/customers/{desk.fjord.id}/manage"
        assert desk.selected() == {7}

    def test_selected_users_is_a_way_there_too(self, desk: Desk) -> None:
        moved = desk.press(desk.get(), "Selected users (0)", 7, 8)
        assert moved.location == f"/customers/{desk.fjord.id}/selected"
        assert desk.selected() == {7, 8}


class TestTampering:
    def test_numbers_that_are_none_are_refused(self, desk: Desk) -> None:
        desk.select(1)
        for numbers in ("1,x", "-1", "1.5", "99999999999", "9" * 5000, "1," * 1500, "١"):
            shown = desk.page.post(f"{desk.path}/selection", {"page_numbers": numbers, "u": "2"}, status=422)
            assert "can't be read" in shown.text, numbers[:20]
        assert desk.selected() == {1}

    def test_users_that_do_not_exist_are_left_out_and_told(self, desk: Desk) -> None:
        moved = desk.page.post(f"{desk.path}/selection", {"u": "4000", "page_numbers": "1", "go": "stay"})
        assert "1 user no longer exists and was left out." in desk.page.follow(moved).text
        assert desk.selected() == set()

    def test_an_unknown_button_only_stores_the_ticks(self, desk: Desk) -> None:
        desk.page.post(f"{desk.path}/selection", {"u": "4", "page_numbers": "4", "go": "format:c"})
        assert desk.selected() == {4}

    def test_a_form_without_its_token_changes_nothing(self, desk: Desk) -> None:
        answer = desk.page.client.post(f"{desk.path}/selection", data={"u": "4", "page_numbers": "4"})
        assert answer.status_code == 400
        assert desk.selected() == set()

    def test_a_stranger_can_tick_nobody(self, desk: Desk) -> None:
        desk.page.sign_in(desk.cast.stranger)
        desk.page.post(f"{desk.path}/selection", {"u": "4", "page_numbers": "4"}, status=404)
        desk.page.post_json(f"{desk.path}/selection/ticks", {"add": [4]}, status=404)

    def test_ticks_are_posted(self, desk: Desk) -> None:
        desk.page.get(f"{desk.path}/selection", status=405)
        desk.page.get(f"{desk.path}/selection/ticks", status=405)


class TestWithScript:
    def test_each_tick_is_stored_and_answered_with_the_count(self, desk: Desk) -> None:
        answer = desk.page.post_json(f"{desk.path}/selection/ticks", {"add": [1, 2], "remove": []}).json
        assert answer == {"count": 2, "text": "2 users selected.", "label": "Selected users (2)"}
        desk.page.post_json(f"{desk.path}/selection/ticks", {"add": [], "remove": [1]})
        assert desk.selected() == {2}

    def test_the_count_knows_the_filter(self, desk: Desk) -> None:
        path = f"{desk.path}/selection/ticks?has={desk.sku}"
        answer = desk.page.post_json(path, {"add": [1, 3]}).json
        assert answer["text"] == "2 users selected. 1 not shown by the current filter."

    def test_the_same_tick_twice_counts_once(self, desk: Desk) -> None:
        for _again in range(2):
            answer = desk.page.post_json(f"{desk.path}/selection/ticks", {"add": [9]}).json
        assert answer["count"] == 1

    def test_junk_is_answered_with_a_sentence(self, desk: Desk) -> None:
        for data in ([], "x", {"add": "1"}, {"add": ["x"]}, {"add": [-1]}, {"add": [1.5]}):
            answer = desk.page.post_json(f"{desk.path}/selection/ticks", data, status=422).json
            assert answer["error"] == "This list of ticks can't be read. Reload the page."

    def test_signed_out_says_so(self, page: PageClient, desk: Desk) -> None:
        page.sign_out()
        page.post_json(f"{desk.path}/selection/ticks", {"add": [1]}, status=401)
