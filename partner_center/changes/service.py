"""Planning, saving, discarding and retrying changes. Everything here flushes; the edge commits."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from pyroaring import BitMap
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from partner_center.audit.service import Action, record
from partner_center.changes import wishes
from partner_center.changes.draft import clear_draft
from partner_center.changes.models import Change
from partner_center.changes.pins import pack_scope, pin, unpack_scope
from partner_center.changes.plan import REVIEW_ABOVE, Plan
from partner_center.changes.planning import Scope
from partner_center.changes.retrying import scope_of_failures
from partner_center.changes.situation import look, plan_now
from partner_center.changes.states import ChangeState
from partner_center.customers.queries import get_customer
from partner_center.directory.desks import MAIN
from partner_center.jobs.queue import enqueue
from partner_center.licensing.deeds import LOCATION
from partner_center.licensing.values import Wish
from partner_center.shared import bitmaps, clock
from partner_center.shared.errors import Conflict, Forbidden, NotFound, Refusal
from partner_center.shared.ids import new_ref
from partner_center.staff.actor import Actor

JOB_KIND = "change"
LONGEST_NOTE = 500


class SaveResult(StrEnum):
    """What saving a reviewed plan led to."""

    SAVED = "saved"
    ALREADY = "already"
    REVIEW_AGAIN = "review_again"


def submit(
    session: Session,
    actor: Actor,
    customer_id: int,
    chosen: BitMap,
    wish: Wish,
    *,
    key: str,
    language: str = "en",
    desk: str = MAIN,
) -> Change:
    """Save a small safe change at once; keep any other as a plan to be reviewed.

    The same `key` returns the same change: a second click saves once. `desk` is where it was prepared:
    its draft and its selection follow the change, those of other desks stay. Raises Refusal when nothing or
    nobody is chosen, Forbidden, Conflict when the key's change was saved with other contents.
    """
    if wish.is_empty:
        raise Refusal("You have not changed anything. Choose Assign or Revoke for a product.")
    if not chosen:
        raise Refusal("Select at least one user.")
    return _submit(session, actor, customer_id, chosen, wish, key=key, language=language, desk=desk)


def retry(
    session: Session, actor: Actor, customer_id: int, ref: str, *, key: str, language: str = "en"
) -> Change:
    """A new plan of exactly what failed, was not attempted or is unknown in a finished change."""
    source = _get(session, actor, customer_id, ref)
    if source.state != ChangeState.FINISHED:
        raise Conflict("This change is not finished. Wait for its result.")
    scope = scope_of_failures(session, source)
    if not scope:
        raise Conflict("Nothing failed in this change. There is nothing to retry.")
    wish = Wish.from_json(source.wish)
    wish = wish.without(frozenset(wish.products) - scope.keys())
    wish = wish if LOCATION in scope else wish.with_location(None)
    members = BitMap.union(*scope.values())
    change = _submit(
        session,
        actor,
        customer_id,
        members,
        wish,
        key=key,
        language=language,
        desk=source.desk,
        scope=scope,
        source=source,
    )
    record(session, actor, Action.CHANGE_RETRIED, customer_id=customer_id, subject=source.ref, new=change.ref)
    return change


def save(
    session: Session,
    actor: Actor,
    customer_id: int,
    ref: str,
    *,
    digest: str,
    skip_expected: bool = True,
    leave_out: frozenset[str] = frozenset(),
    note: str = "",
) -> SaveResult:
    """Save a reviewed plan, if what was shown still holds.

    `digest` is that of the plan on the screen. Products of `leave_out` are taken out and the rest is
    shown again.
    """
    change = _get_open(session, actor, customer_id, ref)
    if change is None:
        return SaveResult.ALREADY
    wish = Wish.from_json(change.wish)
    wishes.permit(actor, wish)
    wishes.require_access(get_customer(session, actor, customer_id))
    if wish.without(leave_out).is_empty:
        raise Refusal("Nothing is left to save. Discard the plan instead.")
    plan = _plan(session, change, wish.without(leave_out))
    change.note = note[:LONGEST_NOTE]
    if plan.digest != digest:
        _keep(change, wish.without(leave_out), plan, state=ChangeState.REVIEW_AGAIN)
        session.flush()
        return SaveResult.REVIEW_AGAIN
    _start(session, actor, change, plan, skip_expected=skip_expected)
    return SaveResult.SAVED


def discard(session: Session, actor: Actor, customer_id: int, ref: str) -> None:
    """Give up a plan that was never saved; a second time changes nothing."""
    change = _get(session, actor, customer_id, ref)
    if change.state == ChangeState.DISCARDED:
        return
    if not ChangeState(change.state).is_open:
        raise Conflict("This change was saved already. It can't be discarded.")
    _require_own(actor, change)
    change.state = ChangeState.DISCARDED
    change.finished_at = clock.now()
    record(session, actor, Action.CHANGE_DISCARDED, customer_id=customer_id, subject=ref)


def mark_seen(session: Session, actor: Actor, customer_id: int, ref: str) -> None:
    """The person who saved it has read the result."""
    change = _get(session, actor, customer_id, ref)
    if change.staff_id == actor.id and change.finished_at and change.seen_at is None:
        change.seen_at = clock.now()
        session.flush()


def find_saved(session: Session, actor: Actor, customer_id: int, key: str) -> Change | None:
    """What the actor saved here by the form of this `key`; None while it is only a plan, or nothing."""
    get_customer(session, actor, customer_id)
    change = _find_by_key(session, customer_id, key)
    if change is None or change.staff_id != actor.id or ChangeState(change.state).is_open:
        return None
    return change


def find_change(session: Session, customer_id: int, ref: str) -> Change | None:
    """The change of this reference at this customer."""
    wanted = select(Change).where(Change.customer_id == customer_id, Change.ref == ref)
    return session.scalar(wanted.with_for_update())


def _submit(
    session: Session,
    actor: Actor,
    customer_id: int,
    members: BitMap,
    wish: Wish,
    *,
    key: str,
    language: str,
    desk: str,
    scope: Scope | None = None,
    source: Change | None = None,
) -> Change:
    customer = get_customer(session, actor, customer_id)
    wishes.permit(actor, wish)
    change = _find_by_key(session, customer_id, key)
    if change is not None and _is_same(actor, change, members, wish):
        return change
    wishes.require_access(customer)
    wishes.check(session, customer_id, look(session, customer_id), wish)
    plan = plan_now(session, customer_id, members, wish, scope)
    if not plan.users:
        raise Conflict("None of these users exists any more. Select users again.")
    if change is None:
        change = Change(
            ref=new_ref("CH"), customer_id=customer_id, idempotency_key=key, created_at=clock.now()
        )
        change.staff_id, change.staff_name, change.desk = actor.id, actor.name, desk
        change.retry_of_id = source.id if source else None
    change.plan = {"language": language, "scope": pack_scope(scope or {})}
    _keep(change, wish, plan, state=ChangeState.PLANNED)
    stored = _store(session, change)
    if stored is change and not plan.needs_review:
        _start(session, actor, change, plan, skip_expected=True)
    return stored


def _store(session: Session, change: Change) -> Change:
    """The change, flushed; or the one that another process stored under the same key meanwhile."""
    try:
        with session.begin_nested():
            session.add(change)
            session.flush()
    except IntegrityError:
        other = _find_by_key(session, change.customer_id, change.idempotency_key)
        if other is None:
            raise
        return other
    return change


def _is_same(actor: Actor, change: Change, members: BitMap, wish: Wish) -> bool:
    """Whether the form sent again asks for the same; raises Conflict when it can't be changed any more."""
    same = change.staff_id == actor.id and change.wish == wish.to_json()
    if same and bitmaps.load(change.members) == members:
        return True
    if change.staff_id != actor.id or not ChangeState(change.state).is_open:
        raise saved_otherwise(change)
    return False


def saved_otherwise(change: Change) -> Conflict:
    """The refusal of a form that was saved and now asks for something else."""
    return Conflict(f"This form was saved already, as {change.ref}. Open Manage licenses again.")


def _keep(change: Change, wish: Wish, plan: Plan, *, state: ChangeState) -> None:
    change.wish, change.digest, change.state = wish.to_json(), plan.digest, state
    change.members = bitmaps.dump(_members(plan))
    change.user_total = plan.users
    change.groups = []
    change.plan = {**change.plan, "summary": plan.summary()}


def _start(session: Session, actor: Actor, change: Change, plan: Plan, *, skip_expected: bool) -> None:
    """The deed: pins, job and audit entry in one transaction."""
    _keep(change, Wish.from_json(change.wish), plan, state=ChangeState.WAITING)
    change.plan = {**change.plan, "skip_expected": skip_expected}
    change.groups = pin(plan.kinds)
    change.saved_at = clock.now()
    session.flush()
    payload: dict[str, Any] = {"change_id": change.id}
    urgent = int(plan.users <= REVIEW_ABOVE)
    enqueue(session, JOB_KIND, payload, key=job_key(change.id), priority=urgent, total=max(1, plan.users))
    clear_draft(session, actor, change.customer_id, desk=change.desk)
    record(
        session,
        actor,
        Action.CHANGE_SAVED,
        customer_id=change.customer_id,
        subject=change.ref,
        summary=plan.summary(),
        wish=change.wish,
    )


def job_key(change_id: int) -> str:
    """The key of the one job that carries a change out."""
    return f"{JOB_KIND}:{change_id}"


def _plan(session: Session, change: Change, wish: Wish) -> Plan:
    members = bitmaps.load(change.members)
    scope = unpack_scope(change.plan.get("scope", {}))
    return plan_now(session, change.customer_id, members, wish, scope)


def _members(plan: Plan) -> BitMap:
    return BitMap.union(BitMap(), *(each.kind.members for each in plan.kinds))


def _find_by_key(session: Session, customer_id: int, key: str) -> Change | None:
    wanted = Change.customer_id == customer_id, Change.idempotency_key == key
    return session.scalar(select(Change).where(*wanted).with_for_update())


def _get(session: Session, actor: Actor, customer_id: int, ref: str) -> Change:
    get_customer(session, actor, customer_id)
    change = find_change(session, customer_id, ref)
    if change is None:
        raise NotFound("There is no such change at this customer.")
    return change


def _get_open(session: Session, actor: Actor, customer_id: int, ref: str) -> Change | None:
    change = _get(session, actor, customer_id, ref)
    if change.state == ChangeState.DISCARDED:
        raise Conflict("This plan was discarded. Nothing was changed.")
    if not ChangeState(change.state).is_open:
        return None
    _require_own(actor, change)
    return change


def _require_own(actor: Actor, change: Change) -> None:
    if change.staff_id != actor.id:
        raise Forbidden(f"This is a plan of {change.staff_name}. Make your own from Manage licenses.")
