"""Finding a change for a reader, and what stands at the head of all its pages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from partner_center.changes.models import Change
from partner_center.changes.states import ChangeState
from partner_center.changes.views import Head
from partner_center.customers.queries import get_customer
from partner_center.shared.errors import NotFound
from partner_center.staff.actor import Actor


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
    origins, retries = _links(session, listed)
    return [
        Head(
            ref=change.ref,
            customer_id=change.customer_id,
            desk=change.desk,
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
            users=change.user_total,
            stop_reason=change.stop_reason,
            seen=change.seen_at is not None,
        )
        for change in listed
    ]


def _links(session: Session, changes: list[Change]) -> tuple[dict[int, str], dict[int, list[str]]]:
    """References of what these retry, and of what retries them."""
    ids = [change.id for change in changes]
    origins = [change.retry_of_id for change in changes if change.retry_of_id]
    columns = Change.id, Change.ref, Change.retry_of_id
    wanted = or_(Change.id.in_(origins), Change.retry_of_id.in_(ids))
    refs: dict[int, str] = {}
    retries: dict[int, list[str]] = defaultdict(list)
    for id_, ref, retry_of_id in session.execute(select(*columns).where(wanted).order_by(Change.id)):
        refs[id_] = ref
        if retry_of_id:
            retries[retry_of_id].append(ref)
    return refs, retries
