"""How an order of a group ends: its row, its audit entry, what a job that failed leaves behind."""

from __future__ import annotations

from sqlalchemy.orm import Session

from partner_center.audit.service import Action
from partner_center.cloud.port import Reason
from partner_center.groups.models import GroupOrder
from partner_center.groups.service import permit, require_access
from partner_center.groups.states import GroupDeed, GroupOrderState
from partner_center.jobs.models import Job
from partner_center.licensing.reasons import OwnReason
from partner_center.orders.carrying import finish, who_ordered
from partner_center.shared.errors import Forbidden


def close(
    session: Session,
    order: GroupOrder,
    state: GroupOrderState,
    reason: str | None = None,
    message: str | None = None,
) -> None:
    """End the order with its one outcome."""
    order.state, order.reason, order.message = state, reason, message
    counts = {name: order.results.get(name, 0) for name in ("done", "failed", "pending")}
    finish(
        session,
        order,
        Action.GROUP_ORDER_FINISHED,
        group=order.group_name,
        deed=order.deed,
        state=state.value,
        reason=reason,
        **counts,
    )


def why_not(session: Session, order: GroupOrder) -> str | None:
    """Why the order may not be sent (any more): asked again of the rows as they are now."""
    found = who_ordered(session, order)
    if found is None:
        return OwnReason.ROLE_LOST
    actor, customer = found
    deed = GroupDeed(order.deed)
    try:
        permit(actor, deed, order.wish.get("off", ()))
    except Forbidden:
        return OwnReason.ROLE_LOST
    try:
        require_access(customer, deed)
    except Forbidden:
        return OwnReason.ACCESS_LOST
    return None


def on_failed(session: Session, job: Job) -> None:
    """The job is out of attempts: what was sent is unknown, what was not has failed."""
    order = session.get_one(GroupOrder, job.payload["order_id"])
    if order.state == GroupOrderState.WAITING and not order.results:
        close(session, order, GroupOrderState.FAILED, OwnReason.STOPPED)
    elif not GroupOrderState(order.state).is_final:
        close(session, order, GroupOrderState.UNKNOWN, Reason.BUSY)


def on_restored(session: Session, job: Job) -> None:
    """A backup was restored in which the order was under way: it may have been sent since."""
    order = session.get_one(GroupOrder, job.payload["order_id"])
    if not GroupOrderState(order.state).is_final:
        close(session, order, GroupOrderState.UNKNOWN, Reason.BUSY)
