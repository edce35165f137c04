"""What the database knows, as figures for Prometheus. The same on every server: take the maximum."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from prometheus_client.core import GaugeMetricFamily, Metric
from sqlalchemy import Executable, func, select
from sqlalchemy.orm import Session

from partner_center.changes.models import Change, ChangeItem
from partner_center.changes.states import Outcome
from partner_center.customers.access import Access
from partner_center.customers.models import Customer
from partner_center.directory.models import Mirror
from partner_center.jobs.models import Job
from partner_center.jobs.queue import JobState
from partner_center.purchasing.models import SeatOrder
from partner_center.shared import clock

RECENT = timedelta(days=30)
_EVER = timedelta.max
_AGES = {"15m": timedelta(minutes=15), "1h": timedelta(hours=1), "1d": timedelta(days=1), "inf": _EVER}


def figures(session: Session) -> Iterator[Metric]:
    """Jobs, changes, orders and copies as they are now."""
    now = clock.now()
    living = Job.state.in_((JobState.WAITING, JobState.RUNNING, JobState.FAILED))
    yield _counts(
        session,
        "partner_center_jobs",
        "Jobs that wait, run, or failed for good.",
        ["kind", "state"],
        select(Job.kind, Job.state, func.count()).where(living).group_by(Job.kind, Job.state),
    )
    due = select(func.min(Job.run_after)).where(Job.state == JobState.WAITING, Job.run_after <= now)
    yield _gauge(
        "partner_center_oldest_waiting_job_seconds",
        "How long the oldest job that is due has waited for a worker.",
        _age(session.scalar(due), now),
    )
    yield _counts(
        session,
        "partner_center_changes",
        "Changes by state.",
        ["state"],
        select(Change.state, func.count()).group_by(Change.state),
    )
    yield _counts(
        session,
        "partner_center_seat_orders",
        "Orders of licenses by state.",
        ["state"],
        select(SeatOrder.state, func.count()).group_by(SeatOrder.state),
    )
    yield _gauge(
        "partner_center_unknown_outcomes",
        f"Users of changes of the last {RECENT.days} days of whom nobody knows how it ended.",
        _unknown(session, now),
    )
    yield from _copies(session, now)


def _unknown(session: Session, now: datetime) -> int:
    recent = select(Change.id).where(Change.finished_at > now - RECENT)
    unknown = (ChangeItem.change_id.in_(recent), ChangeItem.outcome == Outcome.UNKNOWN)
    return session.scalar(select(func.count()).where(*unknown)) or 0


def _copies(session: Session, now: datetime) -> Iterator[Metric]:
    """Customers by the age of their copy, each in the first that fits; those never copied are `inf`."""
    reachable = Customer.gone_at.is_(None) & (Customer.access_state != Access.NONE)
    synced = select(Mirror.synced_at).select_from(Customer).outerjoin(Mirror).where(reachable)
    ages = [now - at if at else _EVER for at in session.scalars(synced)]
    found = GaugeMetricFamily(
        "partner_center_copies", "Customers by the age of the copy of their users.", labels=["younger_than"]
    )
    older_than = timedelta(days=-1)  # clocks of two machines may differ
    for name, limit in _AGES.items():
        found.add_metric([name], sum(older_than < age <= limit for age in ages))
        older_than = limit
    yield found
    known = [age for age in ages if age != _EVER]
    yield _gauge(
        "partner_center_oldest_copy_seconds",
        "The age of the oldest copy there is.",
        max(known, default=timedelta()).total_seconds(),
    )


def _counts(session: Session, name: str, about: str, labels: list[str], query: Executable) -> Metric:
    """`query` gives the labels' values and then a count."""
    found = GaugeMetricFamily(name, about, labels=labels)
    for row in session.execute(query):
        found.add_metric([str(value) for value in row[:-1]], float(row[-1]))
    return found


def _gauge(name: str, about: str, value: float) -> Metric:
    return GaugeMetricFamily(name, about, value=value)


def _age(since: datetime | None, now: datetime) -> float:
    return (now - since).total_seconds() if since else 0.0
