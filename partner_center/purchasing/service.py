"""Ordering more licences. Flushes; the edge commits."""

from __future__ import annotations

from sqlalchemy.orm import Session

from partner_center.audit.service import Action, record
from partner_center.customers.queries import get_customer
from partner_center.orders.placing import find_by_key, find_unfinished, place
from partner_center.purchasing.growth import Growable
from partner_center.purchasing.models import SeatOrder
from partner_center.purchasing.states import OrderState
from partner_center.shared import clock
from partner_center.shared.errors import Conflict, Refusal
from partner_center.shared.ids import new_guid, new_ref
from partner_center.staff.actor import Actor
from partner_center.staff.permissions import Permission

JOB_KIND = "seat-order"
MOST = 100_000
"""A typing mistake of three more zeros should not reach an invoice."""


def may_buy(actor: Actor) -> bool:
    """Whether the actor's roles allow buying."""
    return actor.may(Permission.BUY_SEATS)


def order_seats(
    session: Session,
    actor: Actor,
    customer_id: int,
    target: Growable,
    *,
    sku_id: str,
    add: int,
    key: str,
    return_to: str = "",
) -> SeatOrder:
    """Order `add` more licences on `target`, as just read from Partner Center.

    The same `key` returns the same order. Raises Forbidden, Refusal for a number that can't be bought,
    Conflict when the key was used for something else or another order of the subscription is under way.
    """
    get_customer(session, actor, customer_id)
    actor.demand(Permission.BUY_SEATS)
    if not 1 <= add <= MOST:
        raise Refusal(f"Enter a number from 1 to {MOST:,}.")
    known = find_by_key(session, SeatOrder, customer_id, key)
    if known is not None:
        return _same(known, actor, target, add)
    _refuse_second(session, customer_id, target)
    made = _new(actor, customer_id, target, sku_id=sku_id, add=add, key=key, return_to=return_to)
    order = place(session, made, JOB_KIND, total=1)
    if order is not made:
        return _same(order, actor, target, add)
    record(
        session,
        actor,
        Action.SEATS_ORDERED,
        customer_id=customer_id,
        subject=order.ref,
        sku=sku_id,
        subscription=order.subscription_id,
        before=order.quantity_before,
        after=order.quantity_after,
    )
    return order


def _new(
    actor: Actor, customer_id: int, target: Growable, *, sku_id: str, add: int, key: str, return_to: str
) -> SeatOrder:
    return SeatOrder(
        ref=new_ref("OR"),
        customer_id=customer_id,
        staff_id=actor.id,
        staff_name=actor.name,
        idempotency_key=key,
        sku_id=sku_id,
        subscription_id=target.subscription_id,
        subscription_name=target.name,
        quantity_before=target.quantity,
        quantity_after=target.quantity + add,
        state=OrderState.WAITING,
        ms_request_id=new_guid(),
        return_to=return_to,
        created_at=clock.now(),
    )


def _same(order: SeatOrder, actor: Actor, target: Growable, add: int) -> SeatOrder:
    asked = order.quantity_after - order.quantity_before
    if order.staff_id == actor.id and order.subscription_id == target.subscription_id and asked == add:
        return order
    raise Conflict(f"This form was used already, for order {order.ref}. Open Buy more again.")


def _refuse_second(session: Session, customer_id: int, target: Growable) -> None:
    """The total is absolute: two orders at once would be one."""
    same = SeatOrder.subscription_id == target.subscription_id
    ref = find_unfinished(session, SeatOrder, customer_id, same)
    if ref is not None:
        raise Conflict(f"Order {ref} for this subscription is not finished. Wait for it, then try again.")
