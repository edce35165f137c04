"""The catalog's rows: built-in products, imported ones over them, and what they are called."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from partner_center.catalog.importing import ProductTable, TablePlan, TableProduct
from partner_center.catalog.models import Product, ProductPlan
from partner_center.catalog.names import plan_names, product_names
from partner_center.catalog.seed import load_products
from partner_center.catalog.service import import_products, install_products
from tests.unit.licensing.case import guid

E3 = "6fd2c87f-b296-42f0-b197-1e91e994b900"
EXO, TEAMS, NEW = guid("EXO"), guid("TEAMS"), guid("NEW")


def test_built_in_products_are_installed_once(session: Session) -> None:
    first, second = install_products(session), install_products(session)

    assert first.new_products == len(load_products())
    assert (second.products, second.new_products, second.plans) == (0, 0, 0)
    assert product_names(session, [E3, NEW]) == {E3: "Office 365 E3"}


def test_an_imported_name_is_kept_when_the_console_starts_again(session: Session) -> None:
    install_products(session)
    table = ProductTable(
        (TableProduct(E3, "ENTERPRISEPACK", "Office 365 E3 (new name)", (EXO, TEAMS)), _product(NEW)),
        (TablePlan(EXO, "EXO", "Exchange"), TablePlan(TEAMS, "TEAMS1", "Teams")),
    )

    report = import_products(session, table)
    install_products(session)

    assert (report.products, report.plans, report.new_products, report.renamed_products) == (2, 2, 1, 1)
    assert product_names(session, [E3]) == {E3: "Office 365 E3 (new name)"}
    plans = select(ProductPlan.plan_id).where(ProductPlan.sku_id == E3).order_by(ProductPlan.position)
    assert session.scalars(plans).all() == [EXO, TEAMS]
    assert plan_names(session, [EXO, TEAMS, NEW]) == {EXO: "Exchange", TEAMS: "Teams"}


def test_importing_the_same_table_again_changes_nothing(session: Session) -> None:
    table = ProductTable((_product(NEW),), (TablePlan(EXO, "EXO", "Exchange"),))
    import_products(session, table)

    report = import_products(session, table)

    assert (report.new_products, report.renamed_products) == (0, 0)
    assert session.scalar(select(func.count()).select_from(Product)) == 1


def _product(sku_id: str) -> TableProduct:
    return TableProduct(sku_id, "PART", "A product", (EXO,))
