"""Reading pasted lists and files of addresses."""

from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partner_center.directory.address_lists import MOST_ADDRESSES, MOST_BYTES, read_file, read_text
from partner_center.shared.errors import Refusal

ANY = st.characters(exclude_categories=["Cs"])
"""What UTF-8 can say, as st.text() draws by itself, which takes seconds to find that out."""


@pytest.mark.parametrize(
    "text",
    [
        "a@x.no,b@x.no",
        "a@x.no; b@x.no;",
        "a@x.no\r\nb@x.no\r\n",
        "a@x.no\tb@x.no",
        "a@x.no b@x.no",
        "Ada Lovelace <a@x.no>, Bo Ek <b@x.no>",
        "Lovelace, Ada <a@x.no>; Ek, Bo <b@x.no>",
        '"Lovelace, Ada" <a@x.no>, "Ek; Bo" <b@x.no>',
        '"a@x.no","b@x.no"',
        "mailto:a@x.no\n<b@x.no>.",
        "(a@x.no)\u00a0[b@x.no]\u200b",
    ],
)
def test_addresses_are_read_from_a_list_however_it_is_written(text: str) -> None:
    read = read_text(text)
    assert (read.addresses, read.unreadable) == (("a@x.no", "b@x.no"), ())


def test_pieces_without_an_address_are_told_once() -> None:
    read = read_text("a@x.no, bob; Carl Smith\nbob,, ;\n@, b@")
    assert (read.addresses, read.unreadable) == (("a@x.no",), ("bob", "Carl Smith", "@", "b@"))


def test_repeats_are_kept_for_the_match_to_tell() -> None:
    assert read_text("a@x.no a@x.no").addresses == ("a@x.no", "a@x.no")


TABLE = "Name;E-post;Avdeling;Leder\r\nÅse;ase@x.no;Salg;boss@x.no\r\nPer;;Salg;boss@x.no\r\nOle;olé;It;\r\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_a_table_is_read_by_the_column_named_for_addresses(encoding: str) -> None:
    read = read_file(TABLE.encode(encoding))
    assert (read.addresses, read.unreadable) == (("ase@x.no",), ("olé",))


@pytest.mark.parametrize(
    ("head", "read"),
    [
        ("UserPrincipalName,Mail", "a@x.no"),
        ("Mail,User principal name", "b@y.no"),
        ("Noe,E-posta adresi", "b@y.no"),
        ("Noe,Annet", "a@x.no"),
    ],
)
def test_the_surest_name_of_a_column_wins(head: str, read: str) -> None:
    assert read_file(f"{head}\na@x.no,b@y.no\na@x.no,b@y.no\n".encode()).addresses == (read, read)


def test_without_a_name_the_column_with_the_most_addresses_is_read() -> None:
    data = b"Who\tWhere\tContact\nAda\tOslo\ta@x.no\nBo\tc@x.no\tb@x.no\n"
    assert read_file(data).addresses == ("a@x.no", "b@x.no")


def test_a_quoted_line_break_and_comma_stay_in_their_cell() -> None:
    data = b'Name,Mail\r\n"Lovelace,\r\nAda",a@x.no\r\n"Ek ""Bo""",b@x.no\r\n'
    assert read_file(data).addresses == ("a@x.no", "b@x.no")


def test_a_file_of_one_address_a_line_is_a_list() -> None:
    assert read_file(b"mail\r\na@x.no\r\nb@x.no").addresses == ("a@x.no", "b@x.no")


def test_addresses_side_by_side_are_a_list_too() -> None:
    assert read_file(b"a@x.no,b@x.no\nc@x.no,d@x.no\n").addresses == ("a@x.no", "b@x.no", "c@x.no", "d@x.no")


def workbook() -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    return data.getvalue()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (workbook(), "Excel workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Excel workbook"),
        (b"\xff\xfea", "damaged"),
        (b"", "no e-mail address"),
        (b"name,phone\nAda,1\nBo,2\n", "no e-mail address"),
        (bytes(set(range(256)) - {ord("@")}), "no e-mail address"),
        (b"a@x.no\n" * (MOST_ADDRESSES + 1), "more than 50,000"),
        (b"x" * (MOST_BYTES + 1), "larger than 2 MB"),
        (b"Mail,Note\na@x.no," + b"y" * 200_000 + b"\n", "Line 2"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_a_sentence(data: bytes, said: str) -> None:
    with pytest.raises(Refusal, match=said):
        read_file(data)


def test_a_pasted_list_has_the_same_bounds() -> None:
    with pytest.raises(Refusal, match="more than 50,000"):
        read_text("a@x.no," * (MOST_ADDRESSES + 1))
    with pytest.raises(Refusal, match="larger than 2 MB"):
        read_text("å" * (MOST_BYTES // 2 + 1))


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        read = read_file(data)
    except Refusal:
        return
    assert all("@" in address for address in read.addresses)


@given(st.text(ANY, max_size=400))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        read = read_text(text)
    except Refusal:
        return
    assert all("@" in address for address in read.addresses)
