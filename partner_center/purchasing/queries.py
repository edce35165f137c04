"""Reading purchases: what can grow, what an order did, who may buy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from partner_center.catalog.names import product_names
from partner_center.cloud.errors import CloudError
from partner_center.cloud.port import Cloud
from partner_center.customers.queries import get_customer
from partner_center.customers.visibility import who_can
from partner_center.directory.models import SubscribedSku
from partner_center.purchasing.growth import Growable, growable
from partner_center.purchasing.models import SeatOrder
from partner_center.purchasing.states import OrderState
from partner_center.shared import clock
from partner_center.shared.errors import NotFound, Unavailable
from partner_center.staff.actor import Actor
from partner_center.staff.permissions import Permission

__all__ = ["Growable", "Growth", "OrderView", "find_growable", "get_order", "who_can_buy"]


@dataclass(frozen=True, slots=True)
class Growth:
    """A product and the subscriptions of it that can grow (maybe none)."""

    sku_id: str
    name: str
    subscriptions: tuple[Growable, ...]


@dataclass(frozen=True, slots=True)
class OrderView:
    """An order as its page shows it."""

    ref: str
    sku_id: str
    product: str
    subscription_name: str
    state: OrderState
    before: int
    after: int
    added: int
    reason: str | None
    message: str | None
    return_to: str
    staff_name: str
    created_at: datetime
    finished_at: datetime | None

    @property
    def finished(self) -> bool:
        """Whether nothing more will happen by itself."""
        return self.state.is_final


def find_growable(session: Session, actor: Actor, customer_id: int, sku_id: str, cloud: Cloud) -> Growth:
    """Ask Partner Center what could grow. NotFound for a product the customer does not own; Unavailable."""
    customer = get_customer(session, actor, customer_id)
    sku = session.get(SubscribedSku, (customer_id, sku_id))
    if sku is None:
        raise NotFound("This customer does not have that product.")
    names = product_names(session, [sku_id])
    try:
        subscriptions = cloud.commerce_subscriptions(customer.tenant_id)
    except CloudError as problem:
        raise Unavailable("Partner Center can't be reached now. Try again in a few minutes.") from problem
    return Growth(
        sku_id=sku_id,
        name=names.get(sku_id, sku.part_number),
        subscriptions=growable(subscriptions, sku_id, clock.now()),
    )


def get_order(session: Session, actor: Actor, customer_id: int, ref: str) -> OrderView:
    """The order as it stands. NotFound."""
    get_customer(session, actor, customer_id)
    order = session.scalar(
        select(SeatOrder).where(SeatOrder.customer_id == customer_id, SeatOrder.ref == ref)
    )
    if order is None:
        raise NotFound("There is no such order at this customer.")
    return OrderView(
        ref=order.ref,
        sku_id=order.sku_id,
        product=product_names(session, [order.sku_id]).get(order.sku_id, order.subscription_name),
        subscription_name=order.subscription_name,
        state=OrderState(order.state),
        before=order.quantity_before,
        after=order.quantity_after,
        added=order.quantity_after - order.quantity_before,
        reason=order.reason,
        message=order.message,
        return_to=order.return_to,
        staff_name=order.staff_name,
        created_at=order.created_at,
        finished_at=order.finished_at,
    )


def who_can_buy(session: Session, customer_id: int) -> tuple[str, ...]:
    """Names of the active staff who may buy and may see this customer."""
    return tuple(person.name for person in who_can(session, Permission.BUY_SEATS, customer_id))
