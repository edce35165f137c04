"""Orders of groups, read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from pyroaring import BitMap
from sqlalchemy import select
from sqlalchemy.orm import Session

from partner_center.customers.queries import get_customer
from partner_center.directory.owned import sku_names
from partner_center.groups.models import GroupOrder
from partner_center.groups.states import GroupDeed, GroupOrderState
from partner_center.shared import bitmaps
from partner_center.shared.errors import NotFound
from partner_center.staff.actor import Actor


@dataclass(frozen=True, slots=True)
class UserOutcome:
    """What became of trying again for one member; `outcome` is done, failed or unknown."""

    number: int
    outcome: str
    reason: str | None
    message: str | None


@dataclass(frozen=True, slots=True)
class GroupOrderView:
    """An order as it stands. `done + failed + pending` are members, once they were looked at.

    `product` is empty where members are tried again, `users` where licences are ordered.
    """

    ref: str
    group_id: str
    group_name: str
    deed: GroupDeed
    state: GroupOrderState
    product: str
    members: BitMap
    done: int
    failed: int
    pending: int
    reasons: Mapping[str, int]
    users: tuple[UserOutcome, ...]
    reason: str | None
    message: str | None
    request_id: str | None
    staff_name: str
    created_at: datetime
    accepted_at: datetime | None
    finished_at: datetime | None

    @property
    def counted(self) -> int:
        """Members that were looked at."""
        return self.done + self.failed + self.pending


def get_order(session: Session, actor: Actor, customer_id: int, ref: str) -> GroupOrderView:
    """The order as it stands. Raises NotFound."""
    get_customer(session, actor, customer_id)
    order = session.scalar(
        select(GroupOrder).where(GroupOrder.customer_id == customer_id, GroupOrder.ref == ref)
    )
    if order is None:
        raise NotFound("There is no such order at this customer.")
    return _view(session, order)


def latest_orders(session: Session, customer_id: int, group_id: str, count: int = 5) -> list[GroupOrderView]:
    """The group's latest orders, the newest first."""
    wanted = select(GroupOrder).where(GroupOrder.customer_id == customer_id, GroupOrder.group_id == group_id)
    return [_view(session, order) for order in session.scalars(wanted.order_by(-GroupOrder.id).limit(count))]


def _view(session: Session, order: GroupOrder) -> GroupOrderView:
    sku_id, results = str(order.wish.get("sku", "")), order.results
    names = sku_names(session, order.customer_id, [sku_id] if sku_id else [])
    users = tuple(
        UserOutcome(int(number), outcome, reason, message)
        for number, (outcome, reason, message) in results.get("users", {}).items()
    )
    return GroupOrderView(
        ref=order.ref,
        group_id=order.group_id,
        group_name=order.group_name,
        deed=GroupDeed(order.deed),
        state=GroupOrderState(order.state),
        product=names.get(sku_id, sku_id),
        members=bitmaps.load(order.members),
        done=results.get("done", 0),
        failed=results.get("failed", 0),
        pending=results.get("pending", 0),
        reasons=results.get("reasons", {}),
        users=users,
        reason=order.reason,
        message=order.message,
        request_id=order.request_id,
        staff_name=order.staff_name,
        created_at=order.created_at,
        accepted_at=order.accepted_at,
        finished_at=order.finished_at,
    )
