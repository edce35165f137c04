"""**Users and licenses**: a page at a time, sorted, searched and filtered; whatever the names are."""

from __future__ import annotations

import pytest

from partner_center.web.user_filters import SIZES
from tests.cast import Cast
from tests.make import Make, guid
from tests.page import Page, PageClient
from tests.web.users.conftest import PEOPLE, Desk


def names(shown: Page) -> list[str]:
    return [link.text for link in shown.all("a") if link.attrs.get("class") == "person-name"]


class TestPages:
    def test_sorted_by_name_a_page_at_a_time(self, desk: Desk) -> None:
        shown = desk.get()
        assert shown.h1 == "Users and licenses"
        assert names(shown) == [f"Person {number:02d}" for number in range(1, 26)]
        assert "60 users, page 1 of 3" in shown.text
        assert shown.title.startswith("Users and licenses (Page 1 of 3) – Fjord Seafood – ")

    def test_first_and_previous_are_no_buttons_on_the_first_page(self, desk: Desk) -> None:
        buttons = [button.text for button in desk.get().form("/users/selection").all("button")]
        assert [word for word in ("First", "Previous", "Next", "Last") if word in buttons] == ["Next", "Last"]

    @pytest.mark.parametrize(
        ("button", "number"), [("First", 1), ("Previous", 1), ("Next", 3), ("Last", 3)], ids=str
    )
    def test_the_four_buttons_lead_where_they_say(self, desk: Desk, button: str, number: int) -> None:
        moved = desk.press(desk.get("page=2"), button)
        shown = desk.page.follow(moved)
        assert f"page {number} of 3" in shown.text
        assert moved.location.endswith("#list")

    def test_a_page_number_can_be_typed(self, desk: Desk) -> None:
        form = desk.get().form("/users/selection")
        assert "page=3" in desk.page.submit(form, button="Go", to="3").location

    def test_enter_in_the_page_number_goes_there_too(self, desk: Desk) -> None:
        form = desk.get().form("/users/selection")
        first = form.all("button")[0]
        assert first.attrs["value"] == "stay"
        assert "page=2" in desk.page.submit(form, button=first.text, to="2").location

    def test_one_page_has_no_pager(self, desk: Desk) -> None:
        shown = desk.get("location=missing")
        assert len(names(shown)) == 6
        assert not shown.all("nav", aria_label="Pages")

    def test_rows_per_page(self, desk: Desk) -> None:
        assert [len(names(desk.get(f"size={size}"))) for size in SIZES] == [25, 50, PEOPLE]

    def test_a_page_that_does_not_exist_shows_one_that_does(self, desk: Desk) -> None:
        for number in ("99", "100000000000000000000", "-1", "0", "x", "2; drop", "١"):
            assert len(names(desk.get(f"page={number}"))) in {10, 25}, number

    def test_past_the_end_it_says_so(self, desk: Desk) -> None:
        assert "There is no page 99. This is page 3." in desk.get("page=99").text


class TestSorting:
    def test_a_column_turns_when_pressed_again(self, desk: Desk) -> None:
        moved = desk.press(desk.get(), "Name")
        assert names(desk.page.follow(moved))[0] == "Person 60"
        back = desk.press(desk.page.follow(moved), "Name")
        assert names(desk.page.follow(back))[0] == "Person 01"

    def test_the_sorted_column_says_so(self, desk: Desk) -> None:
        columns = desk.get("sort=-location").all("th", scope="col")
        heads = {column.text: column.attrs.get("aria-sort") for column in columns}
        assert heads["Usage location"] == "descending"
        assert heads["Name"] is None

    def test_sorting_keeps_filter_and_ticks_and_goes_to_page_one(self, desk: Desk) -> None:
        moved = desk.press(desk.get("page=2&status=active"), "Department", 26)
        assert "status=active" in moved.location
        assert "page" not in moved.location.replace("person", "")
        assert desk.selected() == {26}


class TestFilters:
    def test_search_finds_part_of_a_name(self, desk: Desk, make: Make) -> None:
        make.users(desk.fjord, make.user("Işıl Çağla"), make.user("Ola Nordmann"))
        shown = desk.get("q=isil+cag")
        assert names(shown) == ["Işıl Çağla"]
        assert "1 user matches" in shown.text

    def test_who_has_a_product_and_who_lacks_it(self, desk: Desk) -> None:
        assert "20 users match" in desk.get(f"has={desk.sku}").text
        assert "40 users match" in desk.get(f"lacks={desk.sku}").text

    def test_users_without_a_location(self, desk: Desk) -> None:
        shown = desk.get("location=missing")
        assert "6 users match" in shown.text
        assert "Missing" in shown.text

    def test_guests_blocked_and_unlicensed(self, desk: Desk, make: Make) -> None:
        people = (
            make.user("Gast", user_type="Guest"),
            make.user("Blocked One", account_enabled=False),
            make.user("Licensed", desk.sku),
        )
        make.users(desk.fjord, *people)
        assert names(desk.get("kind=guest")) == ["Gast"]
        assert names(desk.get("status=blocked")) == ["Blocked One"]
        assert names(desk.get("licensed=yes")) == ["Licensed"]
        assert names(desk.get("licensed=no&kind=member&status=active")) == []

    def test_each_filter_that_is_on_can_be_taken_off_alone(self, desk: Desk) -> None:
        shown = desk.get(f"q=Person&has={desk.sku}&location=missing")
        without = shown.link("Remove filter: Has Office 365 E3")
        assert "has=" not in without
        assert "q=Person" in without
        assert "location=missing" in without
        assert shown.link("Clear filters") == desk.path

    def test_filters_survive_paging(self, desk: Desk) -> None:
        moved = desk.press(desk.get("status=active"), "Next")
        assert "status=active" in moved.location
        assert "page=2" in moved.location

    def test_the_filter_form_keeps_what_is_chosen(self, desk: Desk) -> None:
        shown = desk.page.submit(desk.get("size=50").form(desk.path), 200, kind="member", q="person")
        assert "60 users match, page 1 of 2" in shown.text
        assert shown.one("input", id="f-q").attrs["value"] == "person"
        kinds = shown.one("select", name="kind").all("option")
        assert [option.text for option in kinds if "selected" in option.attrs] == ["Members"]

    def test_only_the_selected_can_be_shown(self, desk: Desk) -> None:
        desk.select(3, 41)
        assert names(desk.get("selected=1")) == ["Person 03", "Person 41"]

    def test_nothing_selected_says_what_to_do(self, desk: Desk) -> None:
        assert "Nothing selected yet" in desk.get("selected=1").text

    def test_no_match_offers_a_way_back(self, desk: Desk) -> None:
        shown = desk.get("q=nobody-is-called-this")
        assert "No user matches" in shown.text
        assert desk.path in {link.attrs["href"] for link in shown.all("a") if link.text == "Clear filters"}

    def test_junk_is_shown_as_text_or_passed_over(self, desk: Desk) -> None:
        for query in (
            "kind=martian&status=asleep&source=sky&licensed=perhaps&location=nowhere&sort=shoe&size=7",
            f"has={guid('never heard of')}&lacks=' OR 1=1 --",
            "q=%25%22%27%3Cscript%3E",
            "q=" + "x" * 5000,
            "has=" + "a" * 5000,
        ):
            assert desk.get(query).h1 == "Users and licenses"

    def test_a_megabyte_in_the_search_box_is_refused_with_a_sentence(self, desk: Desk) -> None:
        shown = desk.page.get(f"{desk.path}?q=" + "x" * 1_000_000, status=414)
        assert "too long" in shown.h1


class TestNames:
    def test_any_name_is_shown_as_text(self, desk: Desk, make: Make) -> None:
        odd = (
            "<b>Bold</b> & <script>alert(1)</script>",
            "👩‍🚒 Fire Chief",
            "محمد عبد الله",
            "\u202egnirts",
            '=HYPERLINK("x")',
            "O'Brien",
        )
        make.users(desk.fjord, *(make.user(name, desk.sku, department=name) for name in odd))
        shown = desk.get()
        assert set(names(shown)) == set(odd)
        assert "<script>alert" not in shown.html

    def test_licenses_are_named_and_a_groups_is_marked(self, desk: Desk, make: Make) -> None:
        skus = [make.product(word) for word in ("E1", "F3", "Visio")]
        person = make.user("Ada", desk.sku, *skus)
        make.users(desk.fjord, person)
        shown = desk.get()
        assert "Office 365 E1" in shown.text
        assert (
            shown.one("div", class_="pop", id=f"licenses-{PEOPLE + 1}").all("li")[-1].text
            == "Office 365 Visio"
        )


class TestDoors:
    def test_a_stranger_finds_nothing(self, page: PageClient, cast: Cast) -> None:
        page.sign_in(cast.stranger)
        page.get(f"/customers/{cast.fjord.id}/users", status=404)

    def test_the_list_is_only_read(self, desk: Desk) -> None:
        desk.page.post(desk.path, {}, status=405)

    def test_every_role_sees_it(self, page: PageClient, cast: Cast, desk: Desk) -> None:
        for member in cast.everybody:
            page.sign_in(member)
            assert page.get(desk.path).h1 == "Users and licenses"

    def test_a_customer_without_a_copy_says_how_to_get_one(self, desk: Desk) -> None:
        shown = desk.page.get(f"/customers/{desk.cast.anatolia.id}/users")
        assert "No users here yet" in shown.text
        assert "Never synced" in shown.text
