"""What must hold for the rows of changes at any moment, as queries that find what breaks it.

`partner-center check` and the gates of `tests/faults/` run them: each must find nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, String, cast, func, literal, or_, select
from sqlalchemy.orm import Session, aliased

from partner_center.audit.models import AuditEntry
from partner_center.audit.service import Action
from partner_center.changes.models import Change, ChangeEntry, ChangeItem
from partner_center.changes.saving import JOB_KIND
from partner_center.changes.states import LIVING, ChangeState, ItemState, Outcome
from partner_center.jobs.models import Job
from partner_center.jobs.queue import JobState

_MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule that is broken, by how many changes, and some of their references."""

    rule: str
    count: int
    refs: Sequence[str]


def violations(session: Session) -> list[Violation]:
    """The rules that do not hold now."""
    found = []
    for rule, broken in _RULES.items():
        refs = list(session.scalars(broken.distinct().order_by(Change.ref)))
        if refs:
            found.append(Violation(rule, len(refs), refs[:_MOST_NAMED]))
    return found


def unknown_outcomes(session: Session) -> tuple[int, int]:
    """How many things that were asked for ended unknown, and in how many changes."""
    counts = select(func.count(), func.count(ChangeEntry.change_id.distinct()))
    row = session.execute(counts.where(ChangeEntry.outcome == Outcome.UNKNOWN)).one()
    return row[0], row[1]


def _changes(*conditions: Any) -> Select[Any]:
    return select(Change.ref).where(*conditions)


_FINISHED = Change.state == ChangeState.FINISHED
_items = select(func.count()).where(ChangeItem.change_id == Change.id).scalar_subquery()
_entries = select(func.count()).where(ChangeEntry.change_id == Change.id).scalar_subquery()
_finish_entries = (
    select(func.count())
    .where(
        AuditEntry.action == Action.CHANGE_FINISHED,
        AuditEntry.customer_id == Change.customer_id,
        AuditEntry.subject == Change.ref,
    )
    .scalar_subquery()
)
_open_entry = (
    select(ChangeEntry.position)
    .where(
        ChangeEntry.change_id == ChangeItem.change_id,
        ChangeEntry.position == ChangeItem.position,
        ChangeEntry.outcome.is_(None),
    )
    .exists()
)
_living_job = (
    select(Job.id)
    .where(
        Job.key == literal(f"{JOB_KIND}:") + cast(Change.id, String),
        Job.state.in_((JobState.WAITING, JobState.RUNNING)),
    )
    .exists()
)
_settled = ChangeItem.state == ItemState.SETTLED
_other_item, _other_change = aliased(ChangeItem), aliased(Change)

_RULES: Mapping[str, Select[Any]] = {
    "everything asked for in a finished change has an outcome": _changes(
        _FINISHED, ChangeEntry.change_id == Change.id, ChangeEntry.outcome.is_(None)
    ),
    "every user of a finished change has a row, and every row is a user": _changes(
        _FINISHED, _items != Change.user_total
    ),
    "outcomes of a finished change add up to what was requested": _changes(
        _FINISHED, _entries != Change.plan["summary"]["asked"].as_integer()
    ),
    "a user is settled exactly when nothing asked for them is open": _changes(
        ChangeItem.change_id == Change.id, or_(_settled & _open_entry, ~_settled & ~_open_entry)
    ),
    "a settled user has an outcome, any other has none": _changes(
        ChangeItem.change_id == Change.id, _settled == ChangeItem.outcome.is_(None)
    ),
    "a change that waits or runs has a job that carries it on": _changes(
        Change.state.in_(LIVING), ~_living_job
    ),
    "the end of a change is in the audit once": _changes(_FINISHED, _finish_entries != 1),
    "a change that is not finished has no end in the audit": _changes(~_FINISHED, _finish_entries != 0),
    "no user is under way in two changes at once": _changes(
        ChangeItem.change_id == Change.id,
        ChangeItem.state == ItemState.SENT,
        _other_item.user_number == ChangeItem.user_number,
        _other_item.change_id > ChangeItem.change_id,
        _other_item.state == ItemState.SENT,
        _other_change.id == _other_item.change_id,
        _other_change.customer_id == Change.customer_id,
    ),
}
