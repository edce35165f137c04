"""What somebody has set at a desk and not yet saved: kept until they do, or clear it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from partner_center.changes import models, wishes
from partner_center.changes.situation import look
from partner_center.customers.queries import get_customer
from partner_center.directory.desks import MAIN
from partner_center.licensing.values import MalformedWish, Wish
from partner_center.shared import clock
from partner_center.staff.actor import Actor


@dataclass(frozen=True, slots=True)
class Draft:
    """The wish so far; an empty one was never touched."""

    wish: Wish
    updated_at: datetime | None


def get_draft(session: Session, actor: Actor, customer_id: int, *, desk: str = MAIN) -> Draft:
    """The actor's draft at this customer. One that this version can't read counts as none."""
    get_customer(session, actor, customer_id)
    row = session.get(models.Draft, (actor.id, customer_id, desk))
    if row is None:
        return Draft(Wish(), None)
    try:
        return Draft(Wish.from_json(row.wish), row.updated_at)
    except MalformedWish:
        return Draft(Wish(), None)


def set_draft(session: Session, actor: Actor, customer_id: int, wish: Wish, *, desk: str = MAIN) -> None:
    """Keep `wish`; an empty one clears. Refuses products and plans the customer does not have."""
    if wish.is_empty:
        return clear_draft(session, actor, customer_id, desk=desk)
    get_customer(session, actor, customer_id)
    wishes.permit(actor, wish)
    wishes.check(session, customer_id, look(session, customer_id), wish)
    values = {"wish": wish.to_json(), "updated_at": clock.now()}
    session.merge(models.Draft(staff_id=actor.id, customer_id=customer_id, desk=desk, **values))
    session.flush()
    return None


def clear_draft(session: Session, actor: Actor, customer_id: int, *, desk: str = MAIN) -> None:
    """Forget it."""
    get_customer(session, actor, customer_id)
    row = session.get(models.Draft, (actor.id, customer_id, desk))
    if row is not None:
        session.delete(row)
        session.flush()
