"""`partner-center check`: one line for each thing that can be wrong with an installation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from click import echo
from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from partner_center import schema
from partner_center.changes.invariants import unknown_outcomes, violations
from partner_center.commands.console import Console, open_console
from partner_center.config import Config
from partner_center.customers.access import Access
from partner_center.customers.models import Customer
from partner_center.directory.models import Mirror
from partner_center.jobs.models import Job
from partner_center.jobs.queue import JobState
from partner_center.shared import clock

OLD_COPY = timedelta(hours=1)
"""Copies are renewed every 15 minutes; one that missed several rounds needs a look."""
LATE_JOB = timedelta(minutes=5)
"""Workers look every second and a lease lasts a minute: what waits this long has no worker."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, and how it is."""

    what: str
    is_good: bool
    text: str


def run_check(config: Config) -> bool:
    """Print the findings; whether all are good. Raises ConfigError where nothing can be opened at all."""
    findings = list(_look(open_console(config)))
    for finding in findings:
        echo(f"{'ok' if finding.is_good else 'WRONG':<6} {finding.what}: {finding.text}")
    return all(finding.is_good for finding in findings)


def _look(console: Console) -> Iterator[Finding]:
    yield Finding("Configuration", True, "good")
    yield _microsoft(console.config)
    if not schema.is_current(console.engine):
        yield Finding("Database", False, "has another version's tables; run: partner-center migrate")
        return
    yield Finding("Database", True, "has the tables of this version")
    with console.sessions.begin() as session:
        yield from _copies(session, clock.now())
        yield from _jobs(session, clock.now())
        yield from _changes(session)


def _microsoft(config: Config) -> Finding:
    if config.cloud is None:
        return Finding("Microsoft", False, "no access is set up; docs/deployment.md says how")
    return Finding("Microsoft", True, "the sandbox" if config.cloud.is_sandbox else config.cloud.graph_url)


def _copies(session: Session, now: datetime) -> Iterator[Finding]:
    """Customers whose copy is old; those who ended our access are not asked any more."""
    reachable = Customer.gone_at.is_(None) & (Customer.access_state != Access.NONE)
    old = or_(Mirror.synced_at.is_(None), Mirror.synced_at < now - OLD_COPY)
    named = select(Customer.name, Mirror.error).outerjoin(Mirror, Mirror.customer_id == Customer.id)
    late = session.execute(named.where(reachable, old).order_by(Customer.name)).all()
    total = session.scalar(select(func.count()).select_from(Customer).where(reachable)) or 0
    yield Finding("Copies", not late, f"{total} customers, {len(late)} of them older than an hour")
    for name, error in late:
        yield Finding("Copies", False, f"{name}: {error or 'not synced'}")


def _jobs(session: Session, now: datetime) -> Iterator[Finding]:
    waiting = (Job.state == JobState.WAITING) & (Job.run_after < now - LATE_JOB)
    dead = (Job.state == JobState.RUNNING) & (Job.lease_until < now - LATE_JOB)
    stuck = _count(session, waiting | dead)
    text = f"{stuck} wait for a worker; run: partner-center worker" if stuck else "none stuck"
    yield Finding("Jobs", not stuck, text)
    if failed := _count(
        session, (Job.state == JobState.FAILED) & (Job.finished_at > now - timedelta(days=1))
    ):
        yield Finding("Jobs", False, f"{failed} failed for good since yesterday")


def _changes(session: Session) -> Iterator[Finding]:
    broken = violations(session)
    yield Finding("Changes", not broken, "their rows contradict each other" if broken else "add up")
    for one in broken:
        named = ", ".join(one.refs) + (" …" if one.count > len(one.refs) else "")
        yield Finding("Changes", False, f"not so in {one.count}: {one.rule} ({named})")
    unknown, changes = unknown_outcomes(session)
    if unknown:
        text = f"{unknown} outcomes in {changes} changes are unknown; Retry on their result pages looks first"
        yield Finding("Changes", True, text)


def _count(session: Session, condition: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).select_from(Job).where(condition)) or 0
