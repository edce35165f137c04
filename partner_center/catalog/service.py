"""Writing the catalog: the products that come with the console, and those of an imported table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from partner_center.catalog.importing import ProductTable, TablePlan, TableProduct
from partner_center.catalog.models import Product, ProductPlan, ServicePlan
from partner_center.catalog.seed import load_products


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import found and what it changed."""

    products: int
    plans: int
    new_products: int
    renamed_products: int


def install_products(session: Session) -> ImportReport:
    """Add the built-in products that are missing. Names of an imported table stay: it is newer."""
    seed = load_products()
    known = set(session.scalars(select(Product.sku_id)))
    missing = [product for product in seed if product.sku_id not in known]
    known_plans = set(session.scalars(select(ServicePlan.plan_id)))
    plans = {
        plan.plan_id: TablePlan(plan.plan_id, plan.part_name, plan.title)
        for product in missing
        for plan in product.plans
        if plan.plan_id not in known_plans
    }
    products = tuple(
        TableProduct(p.sku_id, p.part_number, p.name, tuple(plan.plan_id for plan in p.plans))
        for p in missing
    )
    return import_products(session, ProductTable(products, tuple(plans.values())))


def import_products(session: Session, table: ProductTable) -> ImportReport:
    """Write `table` over what is known; products that are not in it stay as they are."""
    before = dict(session.execute(select(Product.sku_id, Product.name)).all())
    _upsert(session, ServicePlan, "plan_id", [_plan_values(plan) for plan in table.plans])
    _upsert(session, Product, "sku_id", [_product_values(product) for product in table.products])
    _replace_plans(session, table.products)
    session.flush()
    names = {product.sku_id: product.name for product in table.products}
    return ImportReport(
        products=len(table.products),
        plans=len(table.plans),
        new_products=len(names.keys() - before.keys()),
        renamed_products=sum(sku in before and before[sku] != name for sku, name in names.items()),
    )


def _plan_values(plan: TablePlan) -> dict[str, Any]:
    return {"plan_id": plan.plan_id, "part_name": plan.part_name, "name": plan.name}


def _product_values(product: TableProduct) -> dict[str, Any]:
    return {"sku_id": product.sku_id, "part_number": product.part_number, "name": product.name}


def _upsert(
    session: Session, model: type[Product] | type[ServicePlan], key: str, rows: Sequence[dict[str, Any]]
) -> None:
    known = set(session.scalars(select(getattr(model, key))))
    new = [row for row in rows if row[key] not in known]
    old = [row for row in rows if row[key] in known]
    if new:
        session.execute(insert(model), new)
    if old:
        session.execute(update(model), old)


def _replace_plans(session: Session, products: Iterable[TableProduct]) -> None:
    rows = [
        {"sku_id": product.sku_id, "plan_id": plan_id, "position": position}
        for product in products
        for position, plan_id in enumerate(product.plan_ids)
    ]
    session.execute(delete(ProductPlan).where(ProductPlan.sku_id.in_({row["sku_id"] for row in rows})))
    if rows:
        session.execute(insert(ProductPlan), rows)
