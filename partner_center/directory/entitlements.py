"""Storing what a customer owns: subscribed SKUs, the subscriptions behind them, groups that hand them out.

Each call tells all there is: what is not told any more goes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from partner_center.cloud.port import RemoteGroup, RemoteSku, RemoteSubscription, RemoteTerm
from partner_center.customers.health import count_products, count_subscriptions
from partner_center.customers.models import Customer
from partner_center.directory.locking import lock_mirror
from partner_center.directory.models import DirectoryGroup, SubscribedSku, TenantSubscription
from partner_center.directory.rowsets import table_of, upsert
from partner_center.shared import clock
from partner_center.shared.names import clean
from partner_center.shared.orm import Base

_AGREED = ("term", "auto_renew", "reducible")
"""What Partner Center tells of a subscription, and Graph does not."""


def store_skus(session: Session, customer_id: int, skus: Sequence[RemoteSku]) -> None:
    """Microsoft's own counts of each product, just read; the customer's counters follow."""
    rows = {
        sku.sku_id: {
            "sku_id": sku.sku_id,
            "part_number": clean(sku.part_number, 200),
            "applies_to": sku.applies_to,
            "capability_status": sku.capability_status,
            "enabled": sku.enabled,
            "warning": sku.warning,
            "suspended": sku.suspended,
            "locked_out": sku.locked_out,
            "consumed": sku.consumed,
            "plans": [dict(plan) for plan in sku.plans],
        }
        for sku in skus
    }
    _replace(session, customer_id, SubscribedSku, "sku_id", rows)
    lock_mirror(session, customer_id).seats_read_at = clock.now()
    session.flush()
    _count(session, customer_id, asdict(count_products(skus)))


def store_subscriptions(
    session: Session,
    customer_id: int,
    subscriptions: Sequence[RemoteSubscription],
    at: datetime,
    terms: Sequence[RemoteTerm] | None = (),
) -> None:
    """The subscriptions; those suspended or ending are counted on the customer, as of `at`.

    `terms` are those of the ones the partner sells; None when they could not be read: the old ones stay.
    """
    agreed = _stored_terms(session, customer_id) if terms is None else map(_agreed, terms)
    by_id = dict(agreed)
    rows = {
        one.subscription_id: asdict(one) | by_id.get(one.subscription_id, dict.fromkeys(_AGREED))
        for one in subscriptions
    }
    _replace(session, customer_id, TenantSubscription, "subscription_id", rows)
    suspended, expiring = count_subscriptions(subscriptions, at)
    _count(
        session,
        customer_id,
        {"subscriptions_suspended": suspended, "subscriptions_expiring": expiring},
    )


def store_groups(session: Session, customer_id: int, groups: Iterable[RemoteGroup]) -> None:
    """The groups that hand out licences, and what each hands out."""
    rows = {group.graph_id: group_row(group) for group in groups}
    _replace(session, customer_id, DirectoryGroup, "graph_id", rows)


def group_row(group: RemoteGroup) -> dict[str, Any]:
    """A group as `DirectoryGroup` keeps it."""
    return {
        "graph_id": group.graph_id,
        "display_name": clean(group.display_name, 400),
        "licenses": [{"sku": sku_id, "off": list(off)} for sku_id, off in group.licenses],
        "processing": group.processing,
    }


def _agreed(term: RemoteTerm) -> tuple[str, dict[str, Any]]:
    batches = [{"quantity": quantity, "until": until.isoformat()} for quantity, until in term.reducible]
    return term.subscription_id, {
        "term": term.term,
        "auto_renew": term.auto_renew,
        "reducible": batches,
    }


def _stored_terms(session: Session, customer_id: int) -> list[tuple[str, dict[str, Any]]]:
    stored = session.scalars(select(TenantSubscription).where(TenantSubscription.customer_id == customer_id))
    return [(one.subscription_id, {name: getattr(one, name) for name in _AGREED}) for one in stored]


def _replace(
    session: Session, customer_id: int, model: type[Base], key: str, rows: Mapping[str, Mapping[str, Any]]
) -> None:
    mirror = lock_mirror(session, customer_id)
    table = table_of(model)
    owned = table.c.customer_id == customer_id
    told = {id_: {"customer_id": customer_id, **row} for id_, row in rows.items()}
    stored = {row[key]: dict(row) for row in session.execute(select(table).where(owned)).mappings()}
    if stored == told:
        return
    session.execute(delete(table).where(owned, table.c[key].in_(stored.keys() - told.keys())))
    upsert(session, model, [row for id_, row in told.items() if stored.get(id_) != row])
    session.expire_all()
    mirror.version += 1
    session.flush()


def _count(session: Session, customer_id: int, counters: Mapping[str, int]) -> None:
    session.execute(update(Customer).where(Customer.id == customer_id).values(**counters))
