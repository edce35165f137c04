"""What the jobs behind orders do alike: who still may, how long to wait, the end, and the counts after it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from partner_center.audit.service import Action, record
from partner_center.cloud.errors import CloudError
from partner_center.cloud.port import Cloud
from partner_center.customers.models import Customer
from partner_center.customers.queries import get_customer
from partner_center.directory import mirror, sync_jobs
from partner_center.jobs.context import JobContext, Reschedule
from partner_center.orders.models import Order
from partner_center.shared import clock
from partner_center.shared.errors import NotFound
from partner_center.staff.actor import Actor
from partner_center.staff.queries import find_actor

PATIENCE = timedelta(seconds=5)
"""Between two looks at an order whose answer was lost, and where Microsoft does not say how long to wait."""


def after(seconds: float | None) -> Reschedule:
    """Come back after so long."""
    return Reschedule(clock.now() + (PATIENCE if seconds is None else timedelta(seconds=seconds)))


def who_ordered(session: Session, order: Order) -> tuple[Actor, Customer] | None:
    """Who ordered, as they may act now, and the customer; None when they have no way to it any more."""
    actor = find_actor(session, order.staff_id)
    if actor is None:
        return None
    try:
        return actor, get_customer(session, actor, order.customer_id)
    except NotFound:
        return None


def finish(session: Session, order: Order, action: Action, **details: Any) -> None:
    """The end of the order, and its audit entry in the name of who ordered."""
    order.finished_at = clock.now()
    record(
        session,
        find_actor(session, order.staff_id),
        action,
        customer_id=order.customer_id,
        subject=order.ref,
        actor_id=order.staff_id,
        actor_name=order.staff_name,
        **details,
    )


def read_seats(ctx: JobContext, cloud: Cloud, customer_id: int, tenant_id: str) -> None:
    """Microsoft's counts as they are now; where they can't be read the next sync brings them."""
    try:
        skus = cloud.skus(tenant_id)
    except CloudError:
        skus = None
    with ctx.session_factory() as session:
        if skus is None:
            sync_jobs.request_sync(session, customer_id)
        else:
            mirror.store_skus(session, customer_id, skus)
        ctx.checkpoint(session)
