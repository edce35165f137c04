"""Pages of lists."""

from __future__ import annotations

import pytest

from partner_center.shared.page import Page, place, slice_page


def test_a_page_knows_its_place_in_the_list() -> None:
    page = slice_page(list(range(53)), 2, 25)
    assert list(page.items) == list(range(25, 50))
    assert (page.number, page.last, page.first_index, page.last_index) == (2, 3, 26, 50)
    assert not page.is_first
    assert not page.is_last
    assert not page.is_clamped


@pytest.mark.parametrize(("asked", "shown"), [(99, 3), (4, 3), (3, 3), (0, 1), (-7, 1)])
def test_a_page_past_the_end_is_the_nearest_one_and_says_so(asked: int, shown: int) -> None:
    page = slice_page(list(range(53)), asked, 25)
    assert page.number == place(asked, 25, 53) == shown
    assert page.is_clamped == (asked != shown)


def test_the_last_page_ends_where_the_list_ends() -> None:
    page = slice_page(list(range(50)), 2, 25)
    assert (page.last, page.last_index, page.is_last) == (2, 50, True)


def test_an_empty_list_has_one_page_of_nothing() -> None:
    page: Page[int] = slice_page([], 1, 25)
    assert (page.number, page.last, page.first_index, page.last_index, page.total) == (1, 1, 0, 0, 0)
    assert page.is_first
    assert page.is_last
