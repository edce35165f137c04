"""Reading lists of e-mail addresses: pasted, or a CSV or text file as spreadsheets write them. Pure."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from partner_center.shared.errors import Refusal
from partner_center.shared.names import fold

MOST_BYTES = 2_000_000
MOST_ADDRESSES = 50_000

_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # .xlsx and its kin are ZIP files, .xls is OLE
_QUOTED = re.compile(r"\"([^\"\n]*)\"")
_LINES = re.compile(r"[;\n\r\t\x0b\x0c\u2028\u2029]+")
_WORDS = re.compile(r"[\s<>,;\"'()\[\]]+")
_EDGES = " .,:\u00a0\u200b\u200e\u200f\ufeff'\"()[]<>"
_DELIMITERS = ",;\t"
_SNIFFED = 20  # lines that tell the delimiter
_HEADS = (
    "userprincipalname",
    "mail",
    "email",
    "emailaddress",
    "epost",
    "epostadresse",
    "epostadress",
    "eposta",
    "epostaadresi",
    "primarysmtpaddress",
    "username",
)
"""Names of address columns, folded and without signs, the surest first."""


@dataclass(frozen=True, slots=True)
class AddressList:
    """Addresses in the order they were written, repeats included; `unreadable` pieces have no `@`."""

    addresses: tuple[str, ...]
    unreadable: tuple[str, ...]


def read_text(text: str) -> AddressList:
    """Addresses between commas, semicolons, tabs or line breaks, also as `Name <address>`.

    Raises Refusal when the text is too long, has too many addresses, or has none.
    """
    _refuse_size(len(text.encode("utf-8", "replace")))
    addresses: list[str] = []
    unreadable: list[str] = []
    for line in _LINES.split(_QUOTED.sub(_without_separators, text)):
        for piece in [line] if "<" in line else line.split(","):
            found = _addresses_in(piece)
            addresses += found
            if not found and piece.strip(_EDGES):
                unreadable.append(piece.strip(_EDGES))
        if len(addresses) > MOST_ADDRESSES:
            break
    return _checked(addresses, unreadable)


def read_file(data: bytes) -> AddressList:
    """Addresses of a CSV or text file: UTF-8, UTF-16 or the Windows letters of western Europe.

    In a table, those of the column that is named for addresses, or that has the most of them. Raises
    Refusal for workbooks, damaged and too large files, and as `read_text` does.
    """
    _refuse_size(len(data))
    if data.startswith(_WORKBOOKS):
        raise Refusal("This is an Excel workbook. Save it as CSV in Excel, then choose that file.")
    text = _decode(data)
    delimiter = _delimiter_of(text)
    if delimiter is None:
        return read_text(text)
    rows = list(_rows_of(text, delimiter))
    column = _column_of(rows)
    if column is None:
        return read_text(text)
    return _read_column(rows, column)


def _read_column(rows: Sequence[Sequence[str]], column: int) -> AddressList:
    cells = [row[column].strip() for row in rows if len(row) > column and row[column].strip()]
    if cells and not _addresses_in(cells[0]):
        cells = cells[1:]  # the column's name
    addresses: list[str] = []
    unreadable: list[str] = []
    for cell in cells:
        found = _addresses_in(cell)
        addresses += found
        if not found:
            unreadable.append(cell)
    return _checked(addresses, unreadable)


def _without_separators(quoted: re.Match[str]) -> str:
    """`"Doe, John" <john@…>` is one person; quoted addresses are as many as they are."""
    inner = quoted[1]
    return inner if "@" in inner else inner.replace(",", " ").replace(";", " ")


def _addresses_in(piece: str) -> list[str]:
    """The words with an `@` inside. By words and not by a pattern: that stays quick for a line of 1 MB."""
    words = (word.removeprefix("mailto:").strip(_EDGES) for word in _WORDS.split(piece) if "@" in word)
    return [word for word in words if "@" in word.strip("@")]


def _checked(addresses: Sequence[str], unreadable: Iterable[str]) -> AddressList:
    if len(addresses) > MOST_ADDRESSES:
        raise Refusal(f"The list has more than {MOST_ADDRESSES:,} addresses. Split it and add the parts.")
    if not addresses:
        raise Refusal("There is no e-mail address in the list. Check it and try again.")
    return AddressList(tuple(addresses), tuple(dict.fromkeys(unreadable)))


def _refuse_size(size: int) -> None:
    if size > MOST_BYTES:
        raise Refusal(f"The list is larger than {MOST_BYTES // 1_000_000} MB. Split it and add the parts.")


def _decode(data: bytes) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            try:
                return data.decode(encoding)
            except UnicodeDecodeError as error:
                raise Refusal("The file is damaged. Save it as CSV again and choose that file.") from error
    for encoding in _guesses(data):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")  # every byte has a letter there


def _guesses(data: bytes) -> Iterator[str]:
    if b"\x00" in data[:400]:  # an address is ASCII for the most part: every other byte of UTF-16 is zero
        yield "utf-16-le" if data[1:400:2].count(0) >= data[0:400:2].count(0) else "utf-16-be"
    yield "utf-8"
    yield "cp1252"


def _delimiter_of(text: str) -> str | None:
    """What parts the columns: the sign that most of the first lines have; None without columns."""
    lines = [line for line in text.splitlines()[:_SNIFFED] if line.strip()]
    if not lines:
        return None
    counts = {sign: sum(line.count(sign) for line in lines) for sign in _DELIMITERS}
    best = max(_DELIMITERS, key=lambda sign: counts[sign])
    return best if sum(best in line for line in lines) * 2 > len(lines) else None


def _rows_of(text: str, delimiter: str) -> Iterator[list[str]]:
    reader = csv.reader(io.StringIO(text.replace("\x00", ""), newline=""), delimiter=delimiter)
    try:
        yield from reader
    except csv.Error as error:
        raise Refusal(f"Line {reader.line_num} of the file is damaged. Mend it and try again.") from error


def _column_of(rows: Sequence[Sequence[str]]) -> int | None:
    """The column named for addresses that holds some, or that holds the most; None: not a table."""
    width = max((len(row) for row in rows), default=0)
    counts = [sum(_is_address(row[i]) for row in rows if len(row) > i) for i in range(width)]
    if sum(count > 0 for count in counts) > 1 and rows and all(_is_address(cell) for cell in rows[0] if cell):
        return None  # the first line is addresses side by side: a list, not a table
    names = [re.sub(r"[^a-z]", "", fold(cell)) for cell in rows[0]] if rows else []
    for head in _HEADS:
        for index, name in enumerate(names):
            if name == head and counts[index]:
                return index
    best = max(range(width), key=lambda index: counts[index], default=None)
    return best if best is not None and counts[best] else None


def _is_address(cell: str) -> bool:
    return "@" in cell and bool(_addresses_in(cell))
