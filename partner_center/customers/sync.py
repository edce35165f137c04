"""Storing the partner's customers and what each lets us do there, as Microsoft tells them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from partner_center.cloud.port import RemoteAccess, RemoteCustomer
from partner_center.customers.access import LIVE_STATES, WRITING_ROLES
from partner_center.customers.models import Customer
from partner_center.shared.names import clean, fold

NO_ACCESS = "none"
"""`Customer.access_state` where there never was a relationship; else Graph's own word."""

_NEVER_ENDS = datetime.max.replace(tzinfo=UTC)


def without_country(session: Session, tenant_ids: Iterable[str]) -> list[str]:
    """Those of these tenants of which no country is stored."""
    known = set(session.scalars(select(Customer.tenant_id).where(Customer.country.is_not(None))))
    return [tenant_id for tenant_id in tenant_ids if tenant_id not in known]


def store_customers(
    session: Session,
    customers: Sequence[RemoteCustomer],
    access: Iterable[RemoteAccess],
    countries: Mapping[str, str],
    at: datetime,
) -> list[int]:
    """Store the whole list; the ids of the customers in it.

    Customers that are no longer in the list get `gone_at`, those that came back lose it. `countries` (by
    tenant id) fills in what the list leaves out; one that is stored is never taken away.
    """
    stored = {customer.tenant_id: customer for customer in session.scalars(select(Customer))}
    best = best_access(access, at)
    told = {one.tenant_id: one for one in customers}
    living = [
        _store(session, stored.get(tenant_id), one, best.get(tenant_id), countries)
        for tenant_id, one in told.items()
    ]
    for tenant_id in stored.keys() - told.keys():
        stored[tenant_id].gone_at = stored[tenant_id].gone_at or at
    session.flush()
    return [customer.id for customer in living]


def best_access(access: Iterable[RemoteAccess], at: datetime) -> dict[str, RemoteAccess]:
    """The relationship of each tenant that counts: living before ended, writing before reading, the one
    that lasts (or lasted) longest."""
    best: dict[str, RemoteAccess] = {}
    for one in access:
        known = best.get(one.tenant_id)
        if known is None or _rank(one, at) > _rank(known, at):
            best[one.tenant_id] = one
    return best


def _rank(access: RemoteAccess, at: datetime) -> tuple[bool, bool, datetime]:
    ends_at = access.ends_at or _NEVER_ENDS
    living = access.status in LIVE_STATES and ends_at > at
    return living, not WRITING_ROLES.isdisjoint(access.role_ids), ends_at


def _store(
    session: Session,
    customer: Customer | None,
    told: RemoteCustomer,
    access: RemoteAccess | None,
    countries: Mapping[str, str],
) -> Customer:
    if customer is None:
        customer = Customer(tenant_id=told.tenant_id)
        session.add(customer)
    customer.name = clean(told.name, 300) or told.tenant_id
    customer.domain = clean(told.domain, 300)
    country = told.country or countries.get(told.tenant_id)
    customer.country = clean(country, 2).upper() if country else customer.country
    customer.relationship = clean(told.relationship, 40)
    customer.reseller = clean(told.reseller or "", 200) or None
    customer.search_text = fold(f"{customer.name} {customer.domain} {customer.tenant_id}")
    customer.access_state = access.status if access else NO_ACCESS
    customer.access_name = clean(access.name, 100) if access else None
    customer.access_ends_at = access.ends_at if access else None
    customer.access_roles = list(access.role_ids) if access else []
    customer.gone_at = None
    return customer
