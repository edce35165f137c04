"""Orders as they stand. Reads only."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from partner_center.accounts.models import AccountItem, AccountOrder
from partner_center.customers.queries import get_customer
from partner_center.shared.errors import NotFound
from partner_center.staff.actor import Actor


def find_order(session: Session, actor: Actor, customer_id: int, ref: str) -> AccountOrder:
    """The order of this reference at this customer. Raises NotFound."""
    get_customer(session, actor, customer_id)
    found = session.scalar(
        select(AccountOrder)
        .where(AccountOrder.customer_id == customer_id, AccountOrder.ref == ref)
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound("There is no such change of users at this customer.")
    return found


def items_of(session: Session, order_id: int) -> Sequence[AccountItem]:
    """Its users, in the order they were asked for."""
    return session.scalars(
        select(AccountItem)
        .where(AccountItem.order_id == order_id)
        .order_by(AccountItem.place)
        .execution_options(populate_existing=True)
    ).all()
