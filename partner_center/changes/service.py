"""Planning, saving, discarding, retrying and undoing changes. Everything here flushes; the edge commits."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum

from pyroaring import BitMap
from sqlalchemy import select
from sqlalchemy.orm import Session

from partner_center.audit.service import Action, record
from partner_center.changes import undoing, wishes
from partner_center.changes.models import Change
from partner_center.changes.pins import unpack_asks
from partner_center.changes.plan import Ask
from partner_center.changes.planning import everybody
from partner_center.changes.retrying import asks_again
from partner_center.changes.saving import find_by_key, keep, propose, start
from partner_center.changes.situation import plan_now
from partner_center.changes.states import ChangeState
from partner_center.customers.queries import get_customer
from partner_center.directory.desks import MAIN
from partner_center.licensing.values import Op, Wish
from partner_center.shared import clock
from partner_center.shared.errors import Conflict, Forbidden, NotFound, Refusal
from partner_center.staff.actor import Actor

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
    asks = everybody(wish, chosen)
    return propose(session, actor, customer_id, asks, key=key, language=language, desk=desk)


def retry(
    session: Session, actor: Actor, customer_id: int, ref: str, *, key: str, language: str = "en"
) -> Change:
    """A new plan of exactly what failed, was not attempted or is unknown in a finished change."""
    source = _get(session, actor, customer_id, ref)
    if source.state != ChangeState.FINISHED:
        raise Conflict("This change is not finished. Wait for its result.")
    asks = asks_again(session, source)
    if not asks:
        raise Conflict("Nothing failed in this change. There is nothing to retry.")
    return propose(
        session, actor, customer_id, asks, key=key, language=language, desk=source.desk, retry_of=source
    )


def undo(session: Session, actor: Actor, customer_id: int, ref: str, *, language: str = "en") -> Change:
    """A plan that puts every user of a finished change back to what they held before; always reviewed.

    However often it is asked for, there is one until it is saved and over, or discarded. Raises Conflict
    when there is nothing to undo (any more), Forbidden for whom it is not.
    """
    source = _get(session, actor, customer_id, ref)
    undoing.require(session, actor, source)
    key = undoing.key_for(session, actor, source)
    asks = undoing.asks_back(session, source)
    if not asks:
        raise Conflict("Only usage locations were set, where there were none. They stay as they are.")
    return propose(
        session, actor, customer_id, asks, key=key, language=language, desk=source.desk, undo_of=source
    )


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
    asks = unpack_asks(change.asks)
    wishes.permit(actor, *(ask.wish for ask in asks))
    wishes.require_access(get_customer(session, actor, customer_id))
    if leave_out:
        narrowed = (_without(ask, leave_out) for ask in asks)
        asks = tuple(ask for ask in narrowed if not ask.wish.is_empty)
    plan = plan_now(session, customer_id, asks)
    if not plan.users:
        raise Refusal("Nothing is left to save. Discard the plan instead.")
    wishes.permit_guests(actor, plan.has_guests)
    change.note = note[:LONGEST_NOTE]
    if plan.digest != digest:
        keep(change, asks, plan, state=ChangeState.REVIEW_AGAIN)
        session.flush()
        return SaveResult.REVIEW_AGAIN
    start(session, actor, change, plan, skip_expected=skip_expected)
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
    change = find_by_key(session, customer_id, key)
    if change is None or change.staff_id != actor.id or ChangeState(change.state).is_open:
        return None
    return change


def find_change(session: Session, customer_id: int, ref: str) -> Change | None:
    """The change of this reference at this customer."""
    wanted = select(Change).where(Change.customer_id == customer_id, Change.ref == ref)
    return session.scalar(wanted.with_for_update().execution_options(populate_existing=True))


def _without(ask: Ask, sku_ids: frozenset[str]) -> Ask:
    """The ask without those products. A swap to one of them is left out whole: nobody loses what they have
    for something that they do not get."""
    ops = {sku_id: wish.op for sku_id, wish in ask.wish.products.items()}
    gives = any(ops.get(sku_id) is Op.ASSIGN for sku_id in sku_ids)
    if ask.only_if and gives and Op.REVOKE in ops.values():
        return replace(ask, wish=Wish())
    return replace(ask, wish=ask.wish.without(sku_ids))


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
