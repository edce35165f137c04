"""Reading Microsoft's published table of products and service plans, as downloaded.

The file has a byte-order mark or not, CRLF or LF, padded cells, no-break spaces, the same row twice,
and ids with several names. A file that is damaged anywhere is refused whole.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

COLUMNS = (
    "Product_Display_Name",
    "String_Id",
    "GUID",
    "Service_Plan_Name",
    "Service_Plan_Id",
    "Service_Plans_Included_Friendly_Names",
)
LARGEST = 32 * 1024 * 1024
"""Bytes read at most; the table of 2025 has 1.1 MB."""

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_LONGEST = {"Product_Display_Name": 300, "Service_Plans_Included_Friendly_Names": 300}


class DamagedFile(ValueError):
    """The file is not a whole product table; the sentence names the line."""

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(f"Line {line}: {problem} Nothing was imported.")
        self.line = line


@dataclass(frozen=True, slots=True)
class TablePlan:
    """A service plan as the table names it."""

    plan_id: str
    part_name: str
    name: str


@dataclass(frozen=True, slots=True)
class TableProduct:
    """A product and the ids of its plans, in the table's order."""

    sku_id: str
    part_number: str
    name: str
    plan_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProductTable:
    """The table: each product and each plan once."""

    products: tuple[TableProduct, ...]
    plans: tuple[TablePlan, ...]


@dataclass(frozen=True, slots=True)
class _Row:
    product: str
    part_number: str
    sku_id: str
    part_name: str
    plan_id: str
    plan: str


def read_product_table(stream: BinaryIO) -> ProductTable:
    """The table in `stream` (CSV, UTF-8); raises DamagedFile.

    Where an id has several names the most frequent wins, among equals one that is not all capitals, then
    the last: the table keeps old spellings beside new ones.
    """
    rows = list(_rows(_text(stream)))
    plan_ids: dict[str, dict[str, None]] = defaultdict(dict)
    for row in rows:
        plan_ids[row.sku_id][row.plan_id] = None
    products = _names((row.sku_id, row.part_number, row.product) for row in rows)
    plans = _names((row.plan_id, row.part_name, row.plan) for row in rows)
    return ProductTable(
        tuple(TableProduct(sku, part, name, tuple(plan_ids[sku])) for sku, part, name in products),
        tuple(TablePlan(plan, part, name) for plan, part, name in plans),
    )


def _text(stream: BinaryIO) -> str:
    raw = stream.read(LARGEST + 1)
    if len(raw) > LARGEST:
        raise DamagedFile(1, "The file is too large to be the product table.")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise DamagedFile(raw.count(b"\n", 0, problem.start) + 1, "This is not UTF-8 text.") from problem
    if "\0" in text:
        raise DamagedFile(text.count("\n", 0, text.index("\0")) + 1, "This is not text.")
    return text


def _rows(text: str) -> Iterator[_Row]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [_clean(cell) for cell in next(reader, [])]
        if tuple(header) != COLUMNS:
            raise DamagedFile(1, "The columns are not those of Microsoft's product table.")
        found = [_row(cells, reader.line_num) for cells in reader if cells]
    except csv.Error as problem:
        raise DamagedFile(reader.line_num, "A quotation mark is out of place.") from problem
    if not found:
        raise DamagedFile(2, "There is no product in it.")
    yield from found


def _row(cells: Sequence[str], line: int) -> _Row:
    if len(cells) != len(COLUMNS):
        raise DamagedFile(line, f"There are {len(cells)} cells instead of {len(COLUMNS)}.")
    product, part, sku, part_name, plan, name = (_clean(cell) for cell in cells)
    row = _Row(product, part, sku.lower(), part_name, plan.lower(), name)
    for column, guid in (("GUID", row.sku_id), ("Service_Plan_Id", row.plan_id)):
        if not _GUID.fullmatch(guid):
            raise DamagedFile(line, f"{column} is not an id.")
    for column, text in zip(COLUMNS, (product, part, row.sku_id, part_name, row.plan_id, name), strict=True):
        if not text or len(text) > _LONGEST.get(column, 200):
            raise DamagedFile(line, f"{column} is empty or too long.")
    return row


def _clean(cell: str) -> str:
    """Without padding; no-break spaces and runs of spaces become one space."""
    return " ".join(cell.split())


def _names(triples: Iterator[tuple[str, str, str]]) -> Iterator[tuple[str, str, str]]:
    parts: dict[str, list[str]] = defaultdict(list)
    names: dict[str, list[str]] = defaultdict(list)
    for key, part, name in triples:
        parts[key].append(part)
        names[key].append(name)
    for key, found in names.items():
        yield key, _chosen(parts[key]), _chosen(found)


def _chosen(texts: list[str]) -> str:
    counts = Counter(texts)
    last = {text: place for place, text in enumerate(texts)}
    return max(counts, key=lambda text: (counts[text], not text.isupper(), last[text]))
