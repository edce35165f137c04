"""How a change under way is going: what it was told, what it waits for, how long it will take."""

from __future__ import annotations

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from partner_center.changes.models import Change
from partner_center.changes.promises import claims_of
from partner_center.changes.states import LIVING, ChangeState, Order
from partner_center.changes.steering import may_steer, order_of
from partner_center.changes.views import Course, Waits
from partner_center.jobs.models import Job
from partner_center.jobs.queue import JobState
from partner_center.shared import bitmaps, clock
from partner_center.staff.actor import Actor


def course_of(session: Session, actor: Actor, change: Change, job: Job | None) -> Course:
    """For the page of a change under way; of any other nothing is to be said."""
    if change.state not in LIVING:
        return Course()
    order = order_of(change)
    may = may_steer(actor, change)
    if order is Order.STOP:
        return Course(order, change.stopped_by or "", change.stopped_at, may_steer=may)
    if order is Order.PAUSE:
        promised = sum(claim.promised for claim in claims_of(session, change).values())
        return Course(order, change.paused_by or "", change.paused_at, promised, may)
    first = find_first(session, change) if change.state == ChangeState.WAITING else None
    if first is not None:
        return Course(may_steer=may, waits=Waits.TURN, before=first)
    if job is not None and job.state == JobState.WAITING and job.run_after > clock.now():
        return Course(may_steer=may, waits=Waits.BUSY, until=job.run_after)
    return Course(may_steer=may)


def find_first(session: Session, change: Change) -> str | None:
    """The reference of another change of the same users that runs, or waits and is the older one.

    No user is in two changes at once. A plan that was long in review is older than what has been saved
    and begun meanwhile.
    """
    older = (Change.state == ChangeState.WAITING) & (Change.id < change.id)
    others = select(Change.ref, Change.members).where(
        Change.customer_id == change.customer_id,
        Change.id != change.id,
        or_(Change.state == ChangeState.RUNNING, older),
    )
    members = bitmaps.load(change.members)
    for ref, other in session.execute(others.order_by(Change.id)):
        if not members.isdisjoint(bitmaps.load(other)):
            return str(ref)
    return None
