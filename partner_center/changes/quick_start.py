"""Whom a finished change gave which product: to whom a quick-start message goes, and what is in it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from partner_center.changes.heads import get_change
from partner_center.changes.models import Change, ChangeEntry, ChangeItem
from partner_center.changes.pins import unpin
from partner_center.changes.situation import look, names_for
from partner_center.changes.states import ChangeState, Outcome
from partner_center.licensing.deeds import DeedKind
from partner_center.licensing.holders import Context
from partner_center.licensing.quick_start import Topic, topics_of
from partner_center.shared.errors import Conflict
from partner_center.staff.actor import Actor

MOST_ADDRESSES = 500
"""So many are listed; the result's CSV has all."""


@dataclass(frozen=True, slots=True)
class Gift:
    """One product that was given to `users` people, and what they can begin with."""

    sku_id: str
    product: str
    topics: tuple[Topic, ...]
    users: int
    addresses: tuple[str, ...]


def gifts_of(session: Session, actor: Actor, customer_id: int, ref: str) -> list[Gift]:
    """The products given, by name. Raises NotFound, and Conflict for a change that is not finished."""
    change = get_change(session, actor, customer_id, ref)
    if change.state != ChangeState.FINISHED:
        raise Conflict("This change is not finished. Wait for its result.")
    counts = _counts(session, change)
    situation = look(session, customer_id)
    names = names_for(session, situation, skus=counts)
    found = [
        Gift(
            sku_id=sku_id,
            product=names.product(sku_id),
            topics=_topics(change, sku_id, situation.context),
            users=users,
            addresses=tuple(_addresses(session, change, sku_id)),
        )
        for sku_id, users in counts.items()
    ]
    return sorted(found, key=lambda gift: gift.product.casefold())


def gave_something(session: Session, change: Change) -> bool:
    """Whether the change gave anybody a product."""
    return bool(_counts(session, change))


def _counts(session: Session, change: Change) -> dict[str, int]:
    rows = select(ChangeEntry.sku_id, func.count()).where(*_given(change)).group_by(ChangeEntry.sku_id)
    return {row[0]: row[1] for row in session.execute(rows)}


def _topics(change: Change, sku_id: str, context: Context) -> tuple[Topic, ...]:
    """By the plans that are on for at least one of them."""
    on: set[str] = set()
    for pin in unpin(change.groups):
        for judged in pin.judged:
            if judged.deed.takes_seat and judged.deed.sku_id == sku_id:
                on |= context.enabled(sku_id, frozenset(judged.deed.off))
    return topics_of({context.plan_names[plan] for plan in on})


def _addresses(session: Session, change: Change, sku_id: str) -> list[str]:
    same = (ChangeEntry.change_id == ChangeItem.change_id) & (ChangeEntry.position == ChangeItem.position)
    rows = (
        select(ChangeItem.user_principal_name)
        .join(ChangeEntry, same)
        .where(*_given(change), ChangeEntry.sku_id == sku_id)
        .order_by(ChangeItem.position)
        .limit(MOST_ADDRESSES)
    )
    return list(session.scalars(rows))


def _given(change: Change) -> tuple[ColumnElement[bool], ...]:
    return (
        ChangeEntry.change_id == change.id,
        ChangeEntry.outcome == Outcome.DONE,
        ChangeEntry.deed == DeedKind.ASSIGN,
    )
