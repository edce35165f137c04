"""Finding a change for a reader, and what stands at the head of all its pages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, load_only

from partner_center.changes.models import Change
from partner_center.changes.outcome import Sums, sums_of
from partner_center.changes.states import LIVING, ChangeState, Order
from partner_center.changes.steering import order_of
from partner_center.changes.views import Head, Link
from partner_center.customers.queries import get_customer
from partner_center.shared.errors import NotFound
from partner_center.staff.actor import Actor

_LIGHT = load_only(Change.ref, Change.state, Change.plan, Change.retry_of_id, Change.undo_of_id)


def get_change(session: Session, actor: Actor, customer_id: int, ref: str) -> Change:
    """The change of this customer; NotFound for unknown ones and for other people's customers alike."""
    get_customer(session, actor, customer_id)
    change = session.scalar(select(Change).where(Change.customer_id == customer_id, Change.ref == ref))
    if change is None:
        raise NotFound("There is no such change at this customer.")
    return change


def heads_of(session: Session, actor: Actor, changes: Iterable[Change]) -> list[Head]:
    """The heads of `changes`, in their order."""
    listed = list(changes)
    origins, retries, undos = _links(session, listed)
    return [
        Head(
            ref=change.ref,
            customer_id=change.customer_id,
            state=ChangeState(change.state),
            staff_name=change.staff_name,
            mine=change.staff_id == actor.id,
            created_at=change.created_at,
            saved_at=change.saved_at,
            started_at=change.started_at,
            finished_at=change.finished_at,
            note=change.note,
            retry_of=origins.get(change.retry_of_id or 0),
            retried_as=tuple(retries[change.id]),
            undo_of=origins.get(change.undo_of_id or 0),
            undone_by=tuple(undos[change.id]),
            users=change.user_total,
            stop_reason=change.stop_reason,
            stopped_by=change.stopped_by,
            is_paused=change.state in LIVING and order_of(change) is Order.PAUSE,
            seen=change.seen_at is not None,
        )
        for change in listed
    ]


def stored_sums(change: Change) -> Sums | None:
    """How the users of a finished change ended, as it was kept with it."""
    counts = change.plan.get("users")
    return sums_of(counts["requested"], counts) if counts else None


_Links = dict[int, list[Link]]


def _links(session: Session, changes: list[Change]) -> tuple[dict[int, str], _Links, _Links]:
    """References of what these came from; what was retried and what undone of these, once it was saved."""
    ids = [change.id for change in changes]
    origins = [id_ for change in changes for id_ in (change.retry_of_id, change.undo_of_id) if id_]
    refs = dict(session.execute(select(Change.id, Change.ref).where(Change.id.in_(origins))).all())
    retries: _Links = defaultdict(list)
    undos: _Links = defaultdict(list)
    came = or_(Change.retry_of_id.in_(ids), Change.undo_of_id.in_(ids))
    saved = Change.state.in_((ChangeState.WAITING, ChangeState.RUNNING, ChangeState.FINISHED))
    for change in session.scalars(select(Change).where(came, saved).options(_LIGHT).order_by(Change.id)):
        link = Link(change.ref, ChangeState(change.state), stored_sums(change))
        if change.retry_of_id:
            retries[change.retry_of_id].append(link)
        if change.undo_of_id:
            undos[change.undo_of_id].append(link)
    return refs, retries, undos
