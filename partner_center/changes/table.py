"""A change as a table for spreadsheets: one row per user and product. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

COLUMNS = (
    "ref",
    "time_utc",
    "customer",
    "domain",
    "user",
    "upn",
    "product",
    "sku",
    "action",
    "plans_changed",
    "status",
    "reason_code",
    "reason",
    "suggested_fix",
    "microsoft_text",
    "request_id",
)
_FORMULA = frozenset("=+-@＝＋－＠")  # the full-width ones are formulas to East Asian spreadsheets
_LEADING = ("\t", "\r", "\n")
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class TableRow:
    """One user and product. `plans_changed` reads `+on −off` by name."""

    ref: str
    time_utc: datetime | None
    customer: str
    domain: str
    user: str
    upn: str
    product: str
    sku: str
    action: str
    plans_changed: str
    status: str
    reason_code: str
    microsoft_text: str
    request_id: str


def delimiter_for(language: str) -> str:
    """What the spreadsheets of that language expect: a semicolon where the comma is decimal."""
    return "," if language == "en" else ";"


def defuse(cell: str) -> str:
    """The cell on one line, and with an apostrophe before it where a spreadsheet would run it.

    Spreadsheets skip white space, no-break spaces, byte-order marks and control characters before a
    formula; a leading tab or return is dangerous by itself (OWASP, CSV injection).
    """
    if cell.isprintable() and (not cell or cell[0].isalnum()):
        return cell  # most are: nothing to break, nothing to run
    line = " ".join(cell.splitlines())
    start = next((c for c in line if c.isprintable() and not c.isspace()), "")
    risky = start in _FORMULA or cell[:1] in _LEADING
    return f"'{line}" if risky else line


def write_table(
    rows: Iterable[TableRow],
    *,
    delimiter: str,
    header: Sequence[str],
    wording: Callable[[str], tuple[str, str]],
) -> Iterator[bytes]:
    """The file piece by piece: UTF-8 with a byte-order mark, every cell quoted and defused.

    `wording` gives title and advice for a reason's code.
    """
    return write_cells((_cells(row, wording) for row in rows), delimiter=delimiter, header=header)


def write_cells(rows: Iterable[Sequence[str]], *, delimiter: str, header: Sequence[str]) -> Iterator[bytes]:
    """The same for rows that are cells already."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=delimiter, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    buffer.write("\ufeff")
    writer.writerow([defuse(title) for title in header])
    for count, row in enumerate(rows, 1):
        writer.writerow([defuse(cell) for cell in row])
        if count % _AT_ONCE == 0:
            yield _emptied(buffer)
    yield _emptied(buffer)


def _emptied(buffer: io.StringIO) -> bytes:
    piece = buffer.getvalue().encode("utf-8")
    buffer.seek(0)
    buffer.truncate()
    return piece


def _cells(row: TableRow, wording: Callable[[str], tuple[str, str]]) -> tuple[str, ...]:
    reason, fix = wording(row.reason_code) if row.reason_code else ("", "")
    time = row.time_utc.strftime("%Y-%m-%dT%H:%M:%SZ") if row.time_utc else ""
    return (
        row.ref,
        time,
        row.customer,
        row.domain,
        row.user,
        row.upn,
        row.product,
        row.sku,
        row.action,
        row.plans_changed,
        row.status,
        row.reason_code,
        reason,
        fix,
        row.microsoft_text,
        row.request_id,
    )
