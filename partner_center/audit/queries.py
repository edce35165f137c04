"""Reading the audit: one page, or all of it, of what a reader may see and asked for. Newest first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from partner_center.audit.actions import Action, Result
from partner_center.audit.models import AuditEntry
from partner_center.shared.page import Page, place

AT_ONCE = 500
Ids = Select[int]
"""A query for the ids of customers or of people."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What a reader may see: everybody's entries or one person's, of these customers and of none.

    `customers` None means all of them.
    """

    actor_id: int | None
    customers: Ids | None


@dataclass(frozen=True, slots=True)
class Asked:
    """What a reader looks for; None asks for all. From `since` on, before `until`."""

    customers: Ids | None = None
    people: Ids | None = None
    action: Action | None = None
    result: Result | None = None
    since: datetime | None = None
    until: datetime | None = None


def list_entries(
    session: Session, sight: Sight, asked: Asked, *, page: int = 1, size: int = 25
) -> Page[AuditEntry]:
    """One page of the entries."""
    conditions = _conditions(sight, asked)
    total = session.scalar(select(func.count()).select_from(AuditEntry).where(*conditions)) or 0
    number = place(page, size, total)
    wanted = select(AuditEntry).where(*conditions).order_by(AuditEntry.id.desc())
    return Page(
        list(session.scalars(wanted.offset((number - 1) * size).limit(size))), number, size, total, page
    )


def read_entries(session: Session, sight: Sight, asked: Asked) -> Iterator[AuditEntry]:
    """All of the entries, a few hundred in memory at a time."""
    wanted = select(AuditEntry).where(*_conditions(sight, asked)).order_by(AuditEntry.id.desc())
    for entry in session.scalars(wanted.execution_options(yield_per=AT_ONCE)):
        yield entry
        session.expunge(entry)


def _conditions(sight: Sight, asked: Asked) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if sight.actor_id is not None:
        found.append(AuditEntry.actor_id == sight.actor_id)
    if sight.customers is not None:
        found.append(or_(AuditEntry.customer_id.is_(None), AuditEntry.customer_id.in_(sight.customers)))
    if asked.customers is not None:
        found.append(AuditEntry.customer_id.in_(asked.customers))
    if asked.people is not None:
        found.append(AuditEntry.actor_id.in_(asked.people))
    if asked.action is not None:
        found.append(AuditEntry.action == asked.action.value)
    if asked.result is not None:
        found.append(AuditEntry.result == asked.result.value)
    if asked.since is not None:
        found.append(AuditEntry.at >= asked.since)
    if asked.until is not None:
        found.append(AuditEntry.at < asked.until)
    return found
