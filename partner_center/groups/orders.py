"""How an order of a group ends: its row, its audit entry, what a job that failed leaves behind."""

from __future__ import annotations

from sqlalchemy.orm import Session

from partner_center.audit.service import Action, record
from partner_center.cloud.errors import CloudError
from partner_center.cloud.port import Cloud, Reason
from partner_center.customers.queries import get_customer
from partner_center.directory import mirror, sync_jobs
from partner_center.groups.models import GroupOrder
from partner_center.groups.service import permit, require_access
from partner_center.groups.states import GroupDeed, GroupOrderState, GroupWish
from partner_center.jobs.context import JobContext
from partner_center.jobs.models import Job
from partner_center.licensing.reasons import OwnReason
from partner_center.shared import clock
from partner_center.shared.errors import Forbidden, NotFound
from partner_center.staff.permissions import Permission
from partner_center.staff.queries import find_actor


def close(
    session: Session,
    order: GroupOrder,
    state: GroupOrderState,
    reason: str | None = None,
    message: str | None = None,
) -> None:
    """End the order with its one outcome."""
    order.state, order.reason, order.message = state, reason, message
    order.finished_at = clock.now()
    counts = {name: order.results.get(name, 0) for name in ("done", "failed", "pending")}
    record(
        session,
        find_actor(session, order.staff_id),
        Action.GROUP_ORDER_FINISHED,
        customer_id=order.customer_id,
        subject=order.ref,
        actor_id=order.staff_id,
        actor_name=order.staff_name,
        group=order.group_name,
        deed=order.deed,
        state=state.value,
        reason=reason,
        **counts,
    )


def why_not(session: Session, order: GroupOrder) -> str | None:
    """Why the order may not be sent (any more): asked again of the rows as they are now."""
    actor = find_actor(session, order.staff_id)
    if actor is None:
        return OwnReason.ROLE_LOST
    try:
        customer = get_customer(session, actor, order.customer_id)
        if order.deed == GroupDeed.REPROCESS:
            actor.demand(Permission.ASSIGN_LICENSES)
        else:
            permit(actor, GroupWish.from_json(order.wish))
    except (NotFound, Forbidden):
        return OwnReason.ROLE_LOST
    try:
        require_access(customer)
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


def read_seats(ctx: JobContext, cloud: Cloud, customer_id: int, tenant_id: str) -> None:
    """Microsoft's numbers as they are now; where they can't be read the next sync brings them."""
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
