"""Pausing a change under way, letting it go on, and stopping what is left of it.

What a person asks for is a row's columns, nothing else: whichever worker takes the next step reads them
in the transaction that decides on that step, and a change that no worker has in hand keeps them until one
comes.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from partner_center.audit.service import Action, record
from partner_center.changes.models import Change
from partner_center.changes.saving import job_key
from partner_center.changes.states import LIVING, ChangeState, Order
from partner_center.customers.queries import get_customer
from partner_center.jobs.queue import hasten
from partner_center.shared import clock
from partner_center.shared.errors import Conflict, Forbidden, NotFound
from partner_center.staff.actor import Actor
from partner_center.staff.permissions import Permission


def order_of(change: Change) -> Order:
    """What the change has been told."""
    if change.stopped_at is not None:
        return Order.STOP
    return Order.PAUSE if change.paused_at is not None else Order.GO


def order_for(session: Session, change_id: int) -> Order:
    """The same for the transaction that decides what is sent next: nobody pauses or stops during it."""
    wanted = select(Change.stopped_at, Change.paused_at).where(Change.id == change_id)
    stopped_at, paused_at = session.execute(wanted.with_for_update(read=True)).one()
    if stopped_at is not None:
        return Order.STOP
    return Order.PAUSE if paused_at is not None else Order.GO


def may_steer(actor: Actor, change: Change) -> bool:
    """Who saved it may, and who may undo what others did."""
    return change.staff_id == actor.id or actor.may(Permission.UNDO_OTHERS)


def pause(session: Session, actor: Actor, customer_id: int, ref: str) -> None:
    """Send nothing more until `resume`; what is under way ends. A second time changes nothing."""
    change = _steered(session, actor, customer_id, ref)
    if change is None or order_of(change) is not Order.GO:
        return
    change.paused_at, change.paused_by = clock.now(), actor.name
    record(session, actor, Action.CHANGE_PAUSED, customer_id=customer_id, subject=ref)


def resume(session: Session, actor: Actor, customer_id: int, ref: str) -> None:
    """Go on, after a new look at the licences. What is not paused is left alone."""
    change = _steered(session, actor, customer_id, ref)
    if change is None or order_of(change) is not Order.PAUSE or change.paused_at is None:
        return
    since = change.paused_at.isoformat()
    change.paused_at = change.paused_by = None
    record(session, actor, Action.CHANGE_RESUMED, customer_id=customer_id, subject=ref, paused_at=since)
    hasten(session, job_key(change.id))


def stop_rest(session: Session, actor: Actor, customer_id: int, ref: str) -> None:
    """Send nothing more; answers that were lost are still looked up, then the change is finished."""
    change = _steered(session, actor, customer_id, ref)
    if change is None or order_of(change) is Order.STOP:
        return
    change.stopped_at, change.stopped_by = clock.now(), actor.name
    record(session, actor, Action.CHANGE_STOPPED, customer_id=customer_id, subject=ref)
    hasten(session, job_key(change.id))


def _steered(session: Session, actor: Actor, customer_id: int, ref: str) -> Change | None:
    """The change, locked; None when it has finished meanwhile: its page says how it ended."""
    get_customer(session, actor, customer_id)
    wanted = select(Change).where(Change.customer_id == customer_id, Change.ref == ref)
    change = session.scalar(wanted.with_for_update().execution_options(populate_existing=True))
    if change is None:
        raise NotFound("There is no such change at this customer.")
    if not may_steer(actor, change):
        raise Forbidden("You can't pause or stop what somebody else saved. Ask them, or a global admin.")
    if change.state == ChangeState.FINISHED:
        return None
    if change.state not in LIVING:
        raise Conflict("This plan is not under way. Nothing is being sent.")
    return change
