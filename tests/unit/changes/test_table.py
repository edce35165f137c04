"""The table opens in any spreadsheet and runs nothing there."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime

import pytest

from partner_center.changes.table import COLUMNS, TableRow, defuse, delimiter_for, write_table


@pytest.mark.parametrize(
    "start", ["", " ", "\u00a0", "\ufeff", "\t", "\r", "\n", " \u00a0\ufeff\t ", "\u200b", "\u202e"]
)
@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "＝"])
def test_a_cell_that_would_run_is_defused(start: str, sign: str) -> None:
    cell = defuse(f"{start}{sign}HYPERLINK(1)")

    assert cell.startswith("'")
    assert not set(cell) & {"\r", "\n"}


@pytest.mark.parametrize(
    "cell", ["", "Ada", "a=b", "Åse-Marie", "0 + 1", "😀", "مرحبا", '"quoted"', " padded"]
)
def test_an_ordinary_cell_is_left_as_it_is(cell: str) -> None:
    assert defuse(cell) == cell


@pytest.mark.parametrize("start", ["\t", "\r", "\n"])
def test_a_leading_control_character_alone_is_defused(start: str) -> None:
    assert defuse(f"{start}Ada").startswith("'")


def test_a_formula_after_a_line_break_is_on_the_same_line() -> None:
    assert defuse("Ada\r\n=1+1") == "Ada =1+1"


@pytest.mark.parametrize(("language", "delimiter"), [("en", ","), ("tr", ";"), ("nb", ";"), ("sv", ";")])
def test_the_delimiter_is_what_the_language_expects(language: str, delimiter: str) -> None:
    assert delimiter_for(language) == delimiter


def _row(user: str, reason: str = "", time: datetime | None = None) -> TableRow:
    return TableRow(
        ref="CH-1",
        time_utc=time,
        customer="Contoso",
        domain="contoso.example",
        user=user,
        upn="ada@contoso.example",
        product="Office 365 E3",
        sku="6fd2c87f-b296-42f0-b197-1e91e994b900",
        action="assign",
        plans_changed="",
        status="failed" if reason else "done",
        reason_code=reason,
        microsoft_text="",
        request_id="",
    )


def _read(pieces: list[bytes], delimiter: str) -> list[list[str]]:
    text = b"".join(pieces).decode("utf-8")
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=delimiter))


def test_every_row_has_a_cell_for_every_column() -> None:
    at = datetime(2026, 11, 22, 14, 5, tzinfo=UTC)
    rows = [_row('=cmd|"x"', time=at), _row("Ada; Bob", "no_seats")]

    found = _read(
        list(
            write_table(rows, delimiter=";", header=COLUMNS, wording=lambda code: (f"why {code}", "do this"))
        ),
        ";",
    )

    assert found[0] == list(COLUMNS)
    assert [len(row) for row in found] == [len(COLUMNS)] * 3
    first, second = (dict(zip(COLUMNS, row, strict=True)) for row in found[1:])
    assert (first["time_utc"], first["user"], first["reason"]) == ("2026-11-22T14:05:00Z", '\'=cmd|"x"', "")
    assert (second["user"], second["reason"], second["suggested_fix"]) == (
        "Ada; Bob",
        "why no_seats",
        "do this",
    )


def test_a_long_table_is_written_piece_by_piece() -> None:
    rows = (_row(f"User {n}") for n in range(1200))

    pieces = list(write_table(rows, delimiter=",", header=COLUMNS, wording=lambda _: ("", "")))

    assert len(pieces) == 3
    assert len(_read(pieces, ",")) == 1201
