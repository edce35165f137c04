"""What products and plans are called. Ids that no table knows are left out: show the part number then."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, scoped_session

from partner_center.catalog.models import Product, ServicePlan

AnySession = Session | scoped_session[Any]


def product_names(session: AnySession, sku_ids: Iterable[str]) -> dict[str, str]:
    """Microsoft's names of these SKUs, by id."""
    rows = session.execute(select(Product.sku_id, Product.name).where(Product.sku_id.in_(set(sku_ids))))
    return dict(rows.all())


def plan_names(session: AnySession, plan_ids: Iterable[str]) -> dict[str, str]:
    """Microsoft's names of these service plans, by id."""
    wanted = ServicePlan.plan_id.in_(set(plan_ids))
    return dict(session.execute(select(ServicePlan.plan_id, ServicePlan.name).where(wanted)).all())
