"""The end of a change: what was never sent is said so, the sums are kept, the selection follows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pyroaring import BitMap
from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.orm import Session

from partner_center.audit.service import Action, record
from partner_center.changes import rows
from partner_center.changes.evidence import seal_or_ask
from partner_center.changes.expand import Expansion
from partner_center.changes.models import Change, ChangeEntry, ChangeItem
from partner_center.changes.outcome import GOOD, Sums, sums_of, sums_so_far
from partner_center.changes.states import ChangeState, ItemState, Outcome
from partner_center.cloud.port import Reason
from partner_center.directory import selection
from partner_center.directory.desks import selection_of
from partner_center.shared import bitmaps, clock
from partner_center.staff.permissions import Permission
from partner_center.staff.queries import find_actor

_BAD = (Outcome.FAILED, Outcome.NOT_ATTEMPTED, Outcome.UNKNOWN)


def finish(session: Session, change: Change, stop_reason: str | None = None) -> None:
    """Close the change. Whoever has no row yet gets one; `stop_reason` says why the rest was not sent."""
    expansion = Expansion(session, change)
    while not expansion.is_complete:
        change.expanded_to = expansion.write_some(session)
    _close_rest(session, change.id, stop_reason)
    change.state, change.finished_at = ChangeState.FINISHED, clock.now()
    change.stop_reason = stop_reason
    session.flush()
    users, pairs = user_sums(session, change), entry_sums(session, change)
    kept = {"users": _terms(users), "pairs": _terms(pairs), "some_good": count_done(session, change)}
    change.plan = {**change.plan, **kept}
    _follow_selection(session, change, users)
    record(
        session,
        find_actor(session, change.staff_id),
        Action.CHANGE_FINISHED,
        customer_id=change.customer_id,
        subject=change.ref,
        actor_id=change.staff_id,
        actor_name=change.staff_name,
        users=_terms(users),
        pairs=_terms(pairs),
        stop_reason=stop_reason,
    )
    seal_or_ask(session, change)


def user_sums(session: Session, change: Change) -> Sums:
    """How the users ended, of all that were chosen."""
    counts = select(ChangeItem.outcome, func.count()).where(ChangeItem.change_id == change.id)
    return sums_of(change.user_total, _counts(session, counts.group_by(ChangeItem.outcome)))


def user_sums_so_far(session: Session, change: Change) -> Sums:
    """Where the users of a change under way are; whoever has no row yet waits."""
    counts = select(ChangeItem.outcome, func.count()).where(
        ChangeItem.change_id == change.id, ChangeItem.outcome.is_not(None)
    )
    found = _counts(session, counts.group_by(ChangeItem.outcome))
    sent = select(func.count()).where(ChangeItem.change_id == change.id, ChangeItem.state == ItemState.SENT)
    return sums_so_far(change.user_total, found | {ItemState.SENT: session.scalar(sent) or 0})


def entry_sums(session: Session, change: Change) -> Sums:
    """How the requested things ended, of all that were planned."""
    counts = select(ChangeEntry.outcome, func.count()).where(ChangeEntry.change_id == change.id)
    asked = int(change.plan.get("summary", {}).get("asked", 0))
    return sums_of(asked, _counts(session, counts.group_by(ChangeEntry.outcome)))


def some_good(change_id: int) -> ColumnElement[bool]:
    """Users for whom anything was done or was so already.

    The set is read once from the index of outcomes: asked for each user by itself it took seconds.
    """
    good = select(ChangeEntry.position).where(
        ChangeEntry.change_id == change_id, ChangeEntry.outcome.in_(GOOD)
    )
    return or_(ChangeItem.outcome.in_(GOOD), ChangeItem.position.in_(good))


def count_done(session: Session, change: Change) -> int:
    """How many those are; counted once, when the change ends."""
    kept = change.plan.get("some_good")
    if kept is not None:
        return int(kept)
    wanted = (ChangeItem.change_id == change.id, some_good(change.id))
    return session.scalar(select(func.count()).select_from(ChangeItem).where(*wanted)) or 0


def _counts(session: Session, query: Any) -> dict[str, int]:
    return {outcome: count for outcome, count in session.execute(query) if outcome is not None}


def _terms(sums: Sums) -> dict[str, int]:
    return {"requested": sums.requested} | {outcome.value: count for outcome, count in sums.terms}


def _close_rest(session: Session, change_id: int, stop_reason: str | None) -> None:
    """Sent without an answer: unknown. Never sent: not attempted. What ended before stays as it ended."""
    sent = rows.positions_in(session, change_id, ItemState.SENT)
    _close_each(session, change_id, sent, Outcome.UNKNOWN, Reason.BUSY)
    _close_each(session, change_id, _partly_failed(session, change_id), Outcome.NOT_ATTEMPTED, stop_reason)
    fate = {"outcome": Outcome.NOT_ATTEMPTED, "reason": stop_reason}
    waiting = (ChangeItem.change_id == change_id, ChangeItem.state == ItemState.WAITING)
    entries = update(ChangeEntry).where(
        ChangeEntry.change_id == change_id,
        ChangeEntry.position.in_(select(ChangeItem.position).where(*waiting)),
        ChangeEntry.outcome.is_(None),
    )
    settled = {"state": ItemState.SETTLED, "settled_at": clock.now(), "not_before": None}
    for statement in (entries.values(fate), update(ChangeItem).where(*waiting).values(settled | fate)):
        session.execute(statement.execution_options(synchronize_session=False))


def _close_each(
    session: Session, change_id: int, positions: Sequence[int], outcome: Outcome, reason: str | None
) -> None:
    for start in range(0, len(positions), rows.AT_ONCE):
        items = rows.load_items(session, change_id, positions[start : start + rows.AT_ONCE])
        for item in items:
            item.close_rest(outcome, reason)
            item.settle(clock.now())
        rows.store_items(session, change_id, items, fence=0)


def _partly_failed(session: Session, change_id: int) -> list[int]:
    """Users who were to be asked for the rest of their products: with one of them failed, that counts."""
    failed = select(ChangeEntry.position).where(
        ChangeEntry.change_id == change_id, ChangeEntry.outcome == Outcome.FAILED
    )
    wanted = select(ChangeItem.position).where(
        ChangeItem.change_id == change_id,
        ChangeItem.state == ItemState.WAITING,
        ChangeItem.position.in_(failed),
    )
    return list(session.scalars(wanted))


def _follow_selection(session: Session, change: Change, users: Sums) -> None:
    """At its desk. All done: nobody is selected. Else those for whom it did not work, unless it changed."""
    actor = find_actor(session, change.staff_id)
    if actor is None or not actor.may(Permission.SELECT_USERS):
        return
    members = bitmaps.load(change.members)
    desk = selection_of(change.desk)
    if selection.get_selection(session, actor, change.customer_id, desk=desk).members != members:
        return
    if users.good == users.requested:
        selection.clear(session, actor, change.customer_id, desk=desk)
        return
    failed = select(ChangeItem.user_number).where(
        ChangeItem.change_id == change.id, ChangeItem.outcome.in_(_BAD)
    )
    left = BitMap(session.scalars(failed))
    selection.replace(session, actor, change.customer_id, left, source=change.ref, desk=desk)
