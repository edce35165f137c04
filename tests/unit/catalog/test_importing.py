"""Microsoft's table is read as it is downloaded; a damaged one imports nothing and names the line."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from partner_center.catalog.importing import COLUMNS, LARGEST, DamagedFile, ProductTable, read_product_table
from tests.unit.licensing.case import guid

SHARED = Path(__file__).parents[4] / "shared" / "data"
HEADER = ",".join(COLUMNS)
E3, EXO, TEAMS = guid("E3"), guid("EXO"), guid("TEAMS")
ROW = f"Office 365 E3,ENTERPRISEPACK,{E3},EXCHANGE_S_ENTERPRISE,{EXO},Exchange Online (Plan 2)"


def _read(*lines: str, end: str = "\r\n", start: str = "\ufeff") -> ProductTable:
    return read_product_table(io.BytesIO((start + end.join(lines) + end).encode()))


@pytest.mark.parametrize("end", ["\r\n", "\n"])
@pytest.mark.parametrize("start", ["\ufeff", ""])
def test_marks_and_line_ends_do_not_matter(end: str, start: str) -> None:
    table = _read(HEADER, ROW, end=end, start=start)

    assert [(p.sku_id, p.part_number, p.name, p.plan_ids) for p in table.products] == [
        (E3, "ENTERPRISEPACK", "Office 365 E3", (EXO,))
    ]
    assert [(p.plan_id, p.part_name, p.name) for p in table.plans] == [
        (EXO, "EXCHANGE_S_ENTERPRISE", "Exchange Online (Plan 2)")
    ]


def test_padding_and_no_break_spaces_are_cleaned() -> None:
    table = _read(
        HEADER, f" Office\u00a0365  E3 ,ENTERPRISEPACK\u00a0,{E3.upper()} ,EXO,\u00a0{EXO},Exchange\u00a0"
    )

    assert (table.products[0].name, table.products[0].sku_id) == ("Office 365 E3", E3)
    assert table.plans[0].name == "Exchange"


def test_the_same_row_twice_is_one() -> None:
    assert _read(HEADER, ROW, ROW) == _read(HEADER, ROW)


def test_of_several_names_the_usual_one_wins_and_shouting_loses() -> None:
    rows = [
        f"E3,PACK,{guid(str(n))},EXCHANGE,{EXO},{name}"
        for n, name in enumerate(["EXCHANGE FOUNDATION", "Exchange Foundation"])
    ]
    assert _read(HEADER, *rows).plans[0].name == "Exchange Foundation"
    assert _read(HEADER, *reversed(rows)).plans[0].name == "Exchange Foundation"

    more = f"E3,PACK,{guid('third')},EXCHANGE,{EXO},EXCHANGE FOUNDATION"
    assert _read(HEADER, *rows, more).plans[0].name == "EXCHANGE FOUNDATION"


def test_plans_keep_the_tables_order() -> None:
    table = _read(HEADER, f"E3,PACK,{E3},TEAMS1,{TEAMS},Teams", ROW.replace("Office 365 E3", "E3"))

    assert table.products[0].plan_ids == (TEAMS, EXO)


def test_quoted_cells_may_hold_commas() -> None:
    assert (
        _read(HEADER, f'"Dynamics, Enterprise",CRM,{E3},PLAN,{EXO},Plan').products[0].name
        == "Dynamics, Enterprise"
    )


@pytest.mark.parametrize(
    ("lines", "line", "words"),
    [
        ([], 1, "columns"),
        (["a,b,c"], 1, "columns"),
        ([HEADER], 2, "no product"),
        ([HEADER, ROW, "one,two"], 3, "2 cells"),
        ([HEADER, ROW, ROW + ",more"], 3, "7 cells"),
        ([HEADER, ROW.replace(E3, "6fd2c87f")], 2, "GUID is not an id"),
        ([HEADER, ROW, ROW.replace(EXO, "")], 3, "Service_Plan_Id is not an id"),
        ([HEADER, ROW, ROW.replace("Office 365 E3", "\u00a0")], 3, "Product_Display_Name is empty"),
        ([HEADER, ROW.replace("ENTERPRISEPACK", "X" * 201)], 2, "String_Id is empty or too long"),
        ([HEADER, ROW, '"unfinished'], 3, "quotation mark"),
        ([HEADER, 'a "b" c"' + ROW, '"x"y,' + ROW], 3, "quotation mark"),
        ([HEADER, ROW, "a\0b"], 3, "not text"),
    ],
)
def test_a_damaged_file_is_refused_whole_and_the_line_named(lines: list[str], line: int, words: str) -> None:
    with pytest.raises(DamagedFile, match=words) as refusal:
        _read(*lines)

    assert refusal.value.line == line
    assert f"Line {line}:" in str(refusal.value)
    assert "Nothing was imported" in str(refusal.value)


def test_a_file_that_is_no_utf8_is_refused_with_its_line() -> None:
    raw = f"{HEADER}\n{ROW}\n".encode() + b"caf\xe9,"

    with pytest.raises(DamagedFile, match="UTF-8") as refusal:
        read_product_table(io.BytesIO(raw))

    assert refusal.value.line == 3


def test_a_file_cut_short_is_refused() -> None:
    whole = f"{HEADER}\n{ROW}\n{ROW}\n".encode()

    with pytest.raises(DamagedFile) as refusal:
        read_product_table(io.BytesIO(whole[:-60]))

    assert refusal.value.line == 3


def test_a_file_too_large_to_be_the_table_is_refused() -> None:
    with pytest.raises(DamagedFile, match="too large"):
        read_product_table(io.BytesIO(b"x" * (LARGEST + 1)))


def _shared(name: str) -> Path:
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"Microsoft's table {name} is not part of the project and is not beside it here")
    return path


def test_the_newer_table_of_microsoft_has_620_products_and_796_plans() -> None:
    with _shared("product_service_plans.csv").open("rb") as file:
        table = read_product_table(file)

    assert (len(table.products), len(table.plans)) == (620, 796)
    names = {product.part_number: product.name for product in table.products}
    assert names["ENTERPRISEPACK"] == "Office 365 E3"


def test_the_table_as_downloaded_is_read_in_spite_of_its_marks_and_spaces() -> None:
    with _shared("product_service_plans_as_downloaded.csv").open("rb") as file:
        table = read_product_table(file)

    assert (len(table.products), len(table.plans)) == (569, 723)
    texts = [text for product in table.products for text in (product.name, product.part_number)]
    texts += [text for plan in table.plans for text in (plan.name, plan.part_name)]
    assert all(text == text.strip() and "\u00a0" not in text for text in texts)
