"""A list's address: what is offered is taken, junk falls back."""

from __future__ import annotations

from enum import StrEnum

import pytest
from werkzeug.datastructures import MultiDict

from partner_center.web import arguments
from partner_center.web.arguments import Sort


class Kind(StrEnum):
    ANY = "any"
    GUEST = "guest"


def args(**values: str) -> MultiDict[str, str]:
    return MultiDict(values)


@pytest.mark.parametrize(
    ("text", "number"),
    [("1", 1), ("12", 12), (" 3 ", 3), ("0", 1), ("-2", 1), ("x", 1), ("", 1), ("²", 1), ("9" * 50, 1)],
)
def test_a_page_number(text: str, number: int) -> None:
    assert arguments.page_number(args(page=text)) == number


@pytest.mark.parametrize(("text", "size"), [("25", 25), ("100", 100), ("26", 25), ("1000000", 25), ("", 25)])
def test_a_page_size(text: str, size: int) -> None:
    assert arguments.page_size(args(size=text)) == size


def test_a_choice_of_a_closed_set() -> None:
    assert arguments.one_of(args(kind="guest"), "kind", Kind.ANY) is Kind.GUEST
    assert arguments.one_of(args(kind="owner"), "kind", Kind.ANY) is Kind.ANY
    assert arguments.one_of(args(), "kind", Kind.ANY) is Kind.ANY


@pytest.mark.parametrize(
    ("text", "sort"),
    [
        ("name", Sort("name", False)),
        ("-users", Sort("users", True)),
        ("--users", Sort("name", False)),
        ("password_hash", Sort("name", False)),
        ("", Sort("name", False)),
    ],
)
def test_a_sort_by_an_allowed_column(text: str, sort: Sort) -> None:
    assert arguments.sort_of(args(sort=text), {"name", "users"}, "name") == sort


def test_a_sort_reads_back_what_it_writes() -> None:
    for sort in (Sort("name", False), Sort("users", True)):
        assert arguments.sort_of(args(sort=sort.to_arg()), {"name", "users"}, "name") == sort


def test_typed_text_is_trimmed_and_bounded() -> None:
    assert arguments.text(args(query="  Åse  "), "query") == "Åse"
    assert len(arguments.text(args(query="x" * 10_000), "query")) == arguments.LONGEST_TEXT
    assert arguments.text(args(), "query") == ""
