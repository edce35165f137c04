"""**Add by list**: addresses select their users; what matched nobody is listed."""

from __future__ import annotations

import io

import pytest
from werkzeug.datastructures import FileStorage

from tests.make import Make
from tests.page import Page
from tests.web.users.conftest import Desk


def send(desk: Desk, text: str = "", file: bytes | None = None, status: int = 200) -> Page:
    data: dict[str, object] = {"addresses": text}
    if file is not None:
        data["file"] = FileStorage(io.BytesIO(file), "people.csv")
    return desk.page.post(f"{desk.path}/add", data, status, content_type="multipart/form-data")


@pytest.fixture
def three(selected: Desk, make: Make) -> tuple[Desk, list[str]]:
    people = make.users(selected.fjord, *(make.user(name) for name in ("Ada", "Øystein", "Çağla")))
    return selected, [person.user_principal_name for person in people]


def test_pasted_addresses_select_their_users(three: tuple[Desk, list[str]]) -> None:
    desk, (ada, oystein, _cagla) = three
    shown = send(desk, f"{ada.upper()};\n <{oystein}>, nobody@elsewhere.example\nhello")
    assert desk.selected() == {61, 62}
    assert shown.h1 == "Added by list"
    listed = [item.text for item in shown.one("main").all("li")]
    assert "nobody@elsewhere.example" in listed
    assert "hello" in listed


def test_a_file_selects_its_users(three: tuple[Desk, list[str]]) -> None:
    desk, (ada, _oystein, cagla) = three
    send(desk, file=f"\ufeffName;E-mail\r\nAda;{ada}\r\nÇağla;{cagla}\r\n".encode())
    assert desk.selected() == {61, 63}


def test_those_who_were_selected_stay(three: tuple[Desk, list[str]]) -> None:
    desk, (ada, *_others) = three
    desk.select(62)
    shown = send(desk, ada)
    assert desk.selected() == {61, 62}
    assert "1 from a list of addresses" in desk.get().text
    assert "New in the selection" in shown.text


def test_another_customers_addresses_match_nobody(three: tuple[Desk, list[str]], make: Make) -> None:
    desk, _mine = three
    (other,) = make.users(desk.cast.anatolia, make.user("Other"))
    shown = send(desk, other.user_principal_name)
    assert other.user_principal_name in shown.text
    assert desk.selected() == set()


def test_a_text_sent_for_the_file_is_no_file(selected: Desk) -> None:
    shown = selected.page.post(
        f"{selected.path}/add", {"file": "a.csv"}, 422, content_type="multipart/form-data"
    )
    assert "Enter at least one e-mail address" in shown.text


def test_nothing_sent_says_what_is_missing(selected: Desk) -> None:
    shown = send(selected, "   ", status=422)
    assert shown.title.startswith("Error – Add by list")
    assert shown.one("div", role="alert").all("a")[0].attrs["href"] == "#addresses"


def test_what_was_typed_is_still_there_after_a_refusal(selected: Desk) -> None:
    shown = send(selected, "no address at all", status=422)
    assert shown.one("textarea").text == "no address at all"


@pytest.mark.parametrize(
    "file",
    [b"", b"PK\x03\x04" + b"\x00" * 200, b"\xff\xfe\x00", b"a,b,c\n1,2,3", b'"' * 1000],
    ids=["empty", "workbook", "half a character", "no address", "quotes"],
)
def test_a_file_that_can_not_be_read_says_why(selected: Desk, file: bytes) -> None:
    shown = send(selected, file=file, status=422)
    assert shown.one("div", role="alert").text
    assert selected.selected() == set()


def test_a_list_of_thousands_that_match_nobody_is_cut_and_says_so(selected: Desk) -> None:
    shown = send(selected, "\n".join(f"nobody{number}@elsewhere.example" for number in range(1500)))
    assert "and 1,300 more" in shown.text


def test_addresses_are_shown_as_text(selected: Desk) -> None:
    shown = send(selected, "a@x.example\n<script>alert(1)</script>")
    assert "script>alert(1)" in shown.text
    assert "<script>alert" not in shown.html


def test_a_stranger_finds_nothing(selected: Desk) -> None:
    selected.page.sign_in(selected.cast.stranger)
    selected.page.get(f"{selected.path}/add", status=404)
    send(selected, "a@b.example", status=404)
