"""From asks to a stored change, and from a plan to a saved one: the one way for all that begins a change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from partner_center.audit.service import Action, record
from partner_center.changes import wishes
from partner_center.changes.draft import clear_draft
from partner_center.changes.models import Change
from partner_center.changes.pins import pack_asks, pack_left_out, pin, unpack_asks
from partner_center.changes.plan import REVIEW_ABOVE, Ask, Plan
from partner_center.changes.situation import look_to_act, plan_in
from partner_center.changes.states import ChangeState
from partner_center.customers.queries import get_customer
from partner_center.jobs.queue import enqueue
from partner_center.licensing.values import Wish
from partner_center.shared import bitmaps, clock
from partner_center.shared.errors import Conflict
from partner_center.shared.ids import new_ref
from partner_center.staff.actor import Actor

JOB_KIND = "change"
MOST_WISHES = 20
"""So many different wishes are written into the audit; an undo may have hundreds."""


def propose(
    session: Session,
    actor: Actor,
    customer_id: int,
    asks: Sequence[Ask],
    *,
    key: str,
    language: str,
    desk: str,
    retry_of: Change | None = None,
    undo_of: Change | None = None,
    shown_first: bool = False,
) -> Change:
    """Store `asks` as a change; save it at once where nothing about it has to be shown first.

    An undo is always shown first, as is what was asked for to be `shown_first`. The same `key` returns the
    same change. Raises Forbidden, Refusal for products the customer does not have, Conflict when nobody is
    left or the key was used otherwise.
    """
    customer = get_customer(session, actor, customer_id)
    wishes.permit(actor, *(ask.wish for ask in asks))
    change = find_by_key(session, customer_id, key)
    if change is not None and _is_same(actor, change, asks):
        return change
    wishes.require_access(customer)
    situation = look_to_act(session, customer_id, asks)
    origin = retry_of or undo_of
    for ask in asks if origin is None else ():
        wishes.check(session, customer_id, situation, ask.wish)
    plan = plan_in(session, customer_id, asks, situation)
    if not plan.users and undo_of is None:
        raise Conflict("None of these users exists any more. Select users again.")
    wishes.permit_guests(actor, plan.has_guests)
    if change is None:
        change = Change(
            ref=new_ref("CH"), customer_id=customer_id, idempotency_key=key, created_at=clock.now()
        )
        change.staff_id, change.staff_name, change.desk = actor.id, actor.name, desk
        change.retry_of_id = retry_of.id if retry_of else None
        change.undo_of_id = undo_of.id if undo_of else None
    change.plan = {"language": language}
    keep(change, asks, plan, state=ChangeState.PLANNED)
    stored = _store(session, change)
    if stored is not change:
        return stored
    if origin is not None:
        action = Action.CHANGE_RETRIED if retry_of else Action.CHANGE_UNDO_PLANNED
        record(session, actor, action, customer_id=customer_id, subject=origin.ref, new=change.ref)
    if undo_of is None and not shown_first and not plan.needs_review:
        start(session, actor, change, plan, skip_expected=True)
    return change


def keep(change: Change, asks: Sequence[Ask], plan: Plan, *, state: ChangeState) -> None:
    """Remember what was asked and the plan that came of it."""
    change.asks, change.digest, change.state = pack_asks(asks), plan.digest, state
    change.members = bitmaps.dump(plan.members)
    change.user_total = plan.users
    change.groups = []
    change.plan = {**change.plan, "summary": plan.summary()}


def start(session: Session, actor: Actor, change: Change, plan: Plan, *, skip_expected: bool) -> None:
    """The deed: pins, job and audit entry in one transaction."""
    asks = unpack_asks(change.asks)
    keep(change, asks, plan, state=ChangeState.WAITING)
    change.plan = {
        **change.plan,
        "skip_expected": skip_expected,
        "left_out": pack_left_out(plan.left_out),
    }
    change.groups = pin(plan.kinds)
    change.saved_at = clock.now()
    session.flush()
    payload: dict[str, Any] = {"change_id": change.id}
    urgent = int(plan.users <= REVIEW_ABOVE)
    enqueue(session, JOB_KIND, payload, key=job_key(change.id), priority=urgent, total=max(1, plan.users))
    if change.retry_of_id is None and change.undo_of_id is None:
        clear_draft(session, actor, change.customer_id, desk=change.desk)
    record(
        session,
        actor,
        Action.CHANGE_SAVED,
        customer_id=change.customer_id,
        subject=change.ref,
        summary=plan.summary(),
        wishes=[{"wish": a.wish.to_json(), "users": len(a.members)} for a in asks[:MOST_WISHES]],
        more_wishes=max(0, len(asks) - MOST_WISHES),
    )


def job_key(change_id: int) -> str:
    """The key of the one job that carries a change out."""
    return f"{JOB_KIND}:{change_id}"


def find_by_key(session: Session, customer_id: int, key: str) -> Change | None:
    """The change that the form of this `key` made here."""
    wanted = Change.customer_id == customer_id, Change.idempotency_key == key
    locked = select(Change).where(*wanted).with_for_update()
    return session.scalar(locked.execution_options(populate_existing=True))


def wish_of(change: Change) -> Wish:
    """What a form asked for all of its users."""
    return next((ask.wish for ask in unpack_asks(change.asks)), Wish())


def saved_otherwise(change: Change) -> Conflict:
    """The refusal of a form that was saved and now asks for something else."""
    return Conflict(f"This form was saved already, as {change.ref}. Open Manage licenses again.")


def _store(session: Session, change: Change) -> Change:
    """The change, flushed; or the one that another process stored under the same key meanwhile."""
    try:
        with session.begin_nested():
            session.add(change)
            session.flush()
    except IntegrityError:
        other = find_by_key(session, change.customer_id, change.idempotency_key)
        if other is None:
            raise
        return other
    return change


def _is_same(actor: Actor, change: Change, asks: Sequence[Ask]) -> bool:
    """Whether the form sent again asks for the same; raises Conflict when it can't be changed any more."""
    if change.staff_id == actor.id and unpack_asks(change.asks) == tuple(asks):
        return True
    if change.staff_id != actor.id or not ChangeState(change.state).is_open:
        raise saved_otherwise(change)
    return False
