"""Which products and services a template can be made of: what a customer owns, or what any customer owns."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from partner_center.catalog.names import plan_names, product_names
from partner_center.changes.situation import plans_of
from partner_center.customers.models import Customer
from partner_center.directory.models import SubscribedSku
from partner_center.shared.names import sort_key


@dataclass(frozen=True, slots=True)
class Service:
    """One service that can be switched for a person."""

    plan_id: str
    name: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A product that can be given to people. `services` are read for those that are asked for only."""

    sku_id: str
    name: str
    services: tuple[Service, ...] = ()
    plan_ids: frozenset[str] = frozenset()


def products_for(
    session: Session, customer_id: int | None, with_services: Container[str] = (), language: str = "en"
) -> list[Choice]:
    """The products by name; with their services those whose id is in `with_services`."""
    of_here = [SubscribedSku.applies_to == "User"]
    of_here += [SubscribedSku.customer_id == customer_id] if customer_id is not None else [_living()]
    rows = session.execute(
        select(SubscribedSku.sku_id, func.min(SubscribedSku.part_number), func.min(SubscribedSku.customer_id))
        .where(*of_here)
        .group_by(SubscribedSku.sku_id)
    ).all()
    names = product_names(session, [sku_id for sku_id, _part, _customer in rows])
    found = [
        _with_services(session, owner, sku_id, names.get(sku_id, part), language)
        if sku_id in with_services
        else Choice(sku_id, names.get(sku_id, part))
        for sku_id, part, owner in rows
    ]
    return sorted(found, key=lambda one: (sort_key(one.name, language), one.sku_id))


def _living() -> ColumnElement[bool]:
    return SubscribedSku.customer_id.in_(select(Customer.id).where(Customer.gone_at.is_(None)))


def _with_services(session: Session, owner: int, sku_id: str, name: str, language: str) -> Choice:
    """The product as the customer `owner` has it."""
    plans = plans_of(session.get_one(SubscribedSku, (owner, sku_id)))
    ours = [plan for plan in plans if plan.switchable]
    known = plan_names(session, [plan.plan_id for plan in ours])
    services = [Service(plan.plan_id, known.get(plan.plan_id, plan.name)) for plan in ours]
    services.sort(key=lambda one: (sort_key(one.name, language), one.plan_id))
    return Choice(sku_id, name, tuple(services), frozenset(plan.plan_id for plan in plans))
