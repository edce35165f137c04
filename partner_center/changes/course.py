"""How a change under way is going: what it was told, what it waits for, how long it will take."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from partner_center.changes.models import Change, ChangeItem, TenantPace
from partner_center.changes.pace import RESERVE, WORTH, Quota, Rest, time_left
from partner_center.changes.promises import claims_of
from partner_center.changes.states import LIVING, ChangeState, ItemState, Order, Step
from partner_center.changes.steering import may_steer, order_of
from partner_center.changes.views import Course, Waits
from partner_center.jobs.models import Job
from partner_center.jobs.queue import JobState
from partner_center.shared import bitmaps, clock
from partner_center.staff.actor import Actor

QUOTA = Quota()
LATELY = timedelta(seconds=60)
ENOUGH = 20
"""Users done in that time from which a speed can be told."""


def course_of(session: Session, actor: Actor, change: Change, job: Job | None) -> Course:
    """For the page of a change under way; of any other nothing is to be said."""
    if change.state not in LIVING:
        return Course()
    order, may = order_of(change), may_steer(actor, change)
    if order is Order.STOP:
        return Course(order, change.stopped_by or "", change.stopped_at, may_steer=may)
    if order is Order.PAUSE:
        promised = sum(claim.promised for claim in claims_of(session, change).values())
        return Course(order, change.paused_by or "", change.paused_at, promised, may)
    return replace(_going(session, change, job), may_steer=may)


def _going(session: Session, change: Change, job: Job | None) -> Course:
    """What one waits for that nobody holds up. The quota is no wait of its own: it is in the time left."""
    first = find_first(session, change) if change.state == ChangeState.WAITING else None
    if first is not None:
        return Course(waits=Waits.TURN, before=first)
    now = clock.now()
    pace = session.get(TenantPace, change.customer_id, populate_existing=True)
    if pace is not None and pace.retry_at is not None:
        return Course(waits=Waits.SILENT, until=max(pace.retry_at, now), since=pace.silent_since)
    level = QUOTA.level(pace.level, pace.level_at, now) if pace else QUOTA.capacity
    left = time_left(_rest(session, change, now), level, QUOTA)
    is_told = pace is not None and pace.busy_until is not None and pace.busy_until > now
    is_waiting = job is not None and job.state == JobState.WAITING and job.run_after > now
    if job is not None and (is_told or (is_waiting and level > RESERVE + WORTH)):
        return Course(waits=Waits.BUSY, until=max(job.run_after, now), left=left)
    return Course(left=left)


def _rest(session: Session, change: Change, now: datetime) -> Rest:
    """What is left to send at this customer, and how fast it went lately."""
    earlier = select(Change).where(
        Change.customer_id == change.customer_id,
        Change.state.in_(LIVING),
        Change.saved_at < change.saved_at,
        Change.paused_at.is_(None),
        Change.stopped_at.is_(None),
    )
    ahead = list(session.scalars(earlier))
    return Rest(
        writes=_writes_left(session, change),
        before=sum(_writes_left(session, each) for each in ahead),
        ahead=len(ahead),
        seen=_seen(session, change, now),
    )


def _writes_left(session: Session, change: Change) -> int:
    """One call for each user, and one more where the location comes first."""
    if change.expanded_to < change.user_total:
        return change.user_total
    steps = select(ChangeItem.step, func.count()).where(
        ChangeItem.change_id == change.id, ChangeItem.state != ItemState.SETTLED
    )
    counts = dict(session.execute(steps.group_by(ChangeItem.step)).all())
    return sum(counts.values()) + counts.get(Step.LOCATION, 0)


def _seen(session: Session, change: Change, now: datetime) -> float | None:
    """Users a second over the last minute; None where too little was done to tell."""
    lately = select(func.count(), func.min(ChangeItem.settled_at)).where(
        ChangeItem.change_id == change.id,
        ChangeItem.sent_at.is_not(None),
        ChangeItem.settled_at > now - LATELY,
    )
    done, since = session.execute(lately).one()
    if done < ENOUGH or since is None:
        return None
    return float(done / max((now - since).total_seconds(), 1.0))


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
