"""Placing an order once, and one at a time. Flushes; the edge commits."""

from __future__ import annotations

from typing import TypeVar

from sqlalchemy import ColumnElement, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from partner_center.customers.models import Customer
from partner_center.jobs.queue import enqueue
from partner_center.orders.models import Order

_O = TypeVar("_O", bound=Order)


def find_by_key(session: Session, table: type[_O], customer_id: int, key: str) -> _O | None:
    """The order that the form of this `key` placed."""
    return session.scalar(select(table).where(table.customer_id == customer_id, table.idempotency_key == key))


def find_unfinished(
    session: Session, table: type[_O], customer_id: int, *about: ColumnElement[bool]
) -> str | None:
    """The reference of an order that is under way `about` the same thing.

    Until the transaction ends nobody else asks: who does so at the same moment waits here.
    """
    session.execute(select(Customer.id).where(Customer.id == customer_id).with_for_update(key_share=True))
    busy = select(table.ref).where(table.customer_id == customer_id, table.finished_at.is_(None), *about)
    return session.scalar(busy.limit(1))


def place(session: Session, order: _O, job_kind: str, *, total: int) -> _O:
    """The order, stored with its job; or the one that another process stored under the same key meanwhile.

    The job's payload is `{"order_id": int}`; `total` is how much work it is.
    """
    try:
        with session.begin_nested():
            session.add(order)
            session.flush()
    except IntegrityError:
        other = find_by_key(session, type(order), order.customer_id, order.idempotency_key)
        if other is None:
            raise
        return other
    key = f"{job_kind}:{order.id}"
    enqueue(session, job_kind, {"order_id": order.id}, key=key, priority=1, total=total)
    return order
