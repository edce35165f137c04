"""Putting jobs in, claiming them, and writing how they went. Every write names the fence it holds."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from partner_center.jobs.models import Job
from partner_center.jobs.wakers import note_enqueued
from partner_center.shared import clock

LEASE = timedelta(seconds=60)
LONGEST_BACKOFF = timedelta(seconds=300)
URGENT_WAITS = timedelta(seconds=0.5)
OTHERS_WAIT = timedelta(seconds=5)
"""How long a job that is due may find every worker taken before a long one makes room for it."""
SLACK = timedelta(seconds=30)
"""By how much the clocks of processes that agreed on one may differ a day later."""
LONGEST_DELAY = timedelta(minutes=15)
"""No job is put off for longer, so one that seems to be was put off before the clock was set back."""
_LONGEST_ERROR = 500


class JobState(StrEnum):
    """Where a job is. `waiting` and `running` are alive, the others final."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


FINAL = frozenset({JobState.DONE, JobState.FAILED})


def enqueue(
    session: Session,
    kind: str,
    payload: dict[str, Any],
    *,
    key: str | None = None,
    priority: int = 0,
    total: int = 0,
    run_after: datetime | None = None,
) -> Job:
    """A job that workers see when the caller commits; they are woken then.

    With a `key` there is one job of that key: a living one is returned untouched, a finished one starts anew.
    """
    now = clock.now()
    job = _lock_by_key(session, key) if key else None
    if job is not None and job.state not in FINAL:
        return job
    job = job or Job(kind=kind, key=key)
    job.payload, job.priority, job.total, job.done = payload, priority, total, 0
    job.state, job.attempts, job.error = JobState.WAITING, 0, None
    job.run_after, job.created_at, job.finished_at = run_after or now, now, None
    job = _store(session, job)
    note_enqueued(session)
    return job


def find_by_key(session: Session, key: str) -> Job | None:
    """The job of this key, living or finished, as the database has it now."""
    wanted = select(Job).where(Job.key == key)
    return session.scalar(wanted.execution_options(populate_existing=True))


def hasten(session: Session, key: str) -> None:
    """The job of this key is due now, if it waits; workers are woken when the caller commits."""
    waiting = (Job.key == key, Job.state == JobState.WAITING)
    session.execute(
        update(Job).where(*waiting).values(run_after=clock.now()).execution_options(synchronize_session=False)
    )
    note_enqueued(session)


def is_awaited(session: Session, kind: str, priority: int) -> bool:
    """Whether a job of this kind finds no worker: a more urgent one than `priority`, or one alike for long.

    Asked by a long job between two steps, so that it can make room.
    """
    now = clock.now()
    urgent = and_(Job.priority > priority, Job.run_after <= now - URGENT_WAITS)
    alike = and_(Job.priority == priority, Job.run_after <= now - OTHERS_WAIT)
    waits = (Job.state == JobState.WAITING, Job.kind == kind, or_(urgent, alike))
    return session.scalar(select(Job.id).where(*waits).limit(1)) is not None


def claim(session: Session, kinds: Collection[str], lease: timedelta = LEASE) -> Job | None:
    """Take the most urgent job that is due or whose worker is dead; None when there is none.

    One conditional statement: two workers never get the same fence. The caller commits at once.
    """
    now = clock.now()
    free = and_(_is_free(now, lease), Job.attempts < Job.max_attempts, Job.kind.in_(kinds))
    first = (
        select(Job.id)
        .where(free)
        .order_by(Job.priority.desc(), Job.run_after, Job.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    taken = (
        update(Job)
        .where(Job.id == first, free)
        .values(
            state=JobState.RUNNING,
            attempts=Job.attempts + 1,
            fence=Job.fence + 1,
            lease_until=now + lease,
        )
        .returning(Job)
        .execution_options(synchronize_session=False, populate_existing=True)
    )
    return session.scalar(taken)


def checkpoint(
    session: Session,
    job_id: int,
    fence: int,
    *,
    done: int | None = None,
    total: int | None = None,
    lease: timedelta = LEASE,
) -> bool:
    """Write progress and a new lease; False when another worker holds the job now. Does not commit."""
    values: dict[str, Any] = {"lease_until": clock.now() + lease}
    if done is not None:
        values |= {"done": done, "attempts": 1}  # it gets on: earlier attempts are forgiven
    if total is not None:
        values["total"] = total
    return _write(session, job_id, fence, **values)


def finish(session: Session, job_id: int, fence: int) -> bool:
    """The handler returned: the job is done."""
    return _write(session, job_id, fence, state=JobState.DONE, finished_at=clock.now(), lease_until=None)


def hand_back(session: Session, job_id: int, fence: int, run_after: datetime) -> bool:
    """The handler wants to go on at `run_after`, or after LONGEST_DELAY: no attempt is counted."""
    return _write(
        session,
        job_id,
        fence,
        state=JobState.WAITING,
        run_after=min(run_after, clock.now() + LONGEST_DELAY),
        lease_until=None,
        attempts=Job.attempts - 1,
    )


def retry_or_fail(session: Session, job_id: int, fence: int, error: str) -> bool:
    """The handler raised: try again later, or fail when no attempt is left. True when it failed for good."""
    job = session.get(Job, job_id, populate_existing=True)
    if job is None or job.fence != fence or job.state != JobState.RUNNING:
        return False
    now = clock.now()
    job.error = error[:_LONGEST_ERROR]
    job.lease_until = None
    if job.attempts >= job.max_attempts:
        job.state, job.finished_at = JobState.FAILED, now
    else:
        job.state, job.run_after = JobState.WAITING, now + backoff(job.attempts)
    session.flush()
    return job.state == JobState.FAILED


def fail_later(session: Session, job: Job) -> None:
    """Whoever the job was for could not be told that it failed: try once more, then tell again."""
    job.state, job.finished_at = JobState.WAITING, None
    job.attempts, job.run_after = job.max_attempts - 1, clock.now() + LONGEST_BACKOFF
    session.flush()


def sweep(session: Session, kinds: Collection[str]) -> list[Job]:
    """Fail the jobs that killed their last worker: no attempt left, lease run out. The caller commits."""
    now = clock.now()
    dead = and_(
        Job.state == JobState.RUNNING,
        Job.lease_until < now,
        Job.attempts >= Job.max_attempts,
        Job.kind.in_(kinds),
    )
    swept = (
        update(Job)
        .where(dead)
        .values(
            state=JobState.FAILED,
            fence=Job.fence + 1,
            finished_at=now,
            lease_until=None,
            error="The worker stopped answering, again and again.",
        )
        .returning(Job)
        .execution_options(synchronize_session=False, populate_existing=True)
    )
    return list(session.scalars(swept))


def give_up(session: Session, kinds: Collection[str], error: str) -> list[Job]:
    """Fail every living job of these kinds, whoever is at it: it must not go on from these rows."""
    living = Job.kind.in_(kinds) & Job.state.not_in(FINAL)
    ended = {"state": JobState.FAILED, "fence": Job.fence + 1, "finished_at": clock.now(), "error": error}
    given_up = (
        update(Job)
        .where(living)
        .values(lease_until=None, **ended)
        .returning(Job)
        .execution_options(synchronize_session=False, populate_existing=True)
    )
    return list(session.scalars(given_up))


def backoff(attempts: int) -> timedelta:
    """2, 4, 8 … seconds, at most LONGEST_BACKOFF."""
    return min(timedelta(seconds=2 ** min(attempts, 20)), LONGEST_BACKOFF)


def is_due(at: datetime, now: datetime) -> bool:
    """Whether it is time; also where `at` is too far away to have been written by this clock."""
    return not now < at <= now + LONGEST_DELAY


def _is_free(now: datetime, lease: timedelta) -> ColumnElement[bool]:
    """Due or abandoned; or put off, or leased, for longer than anything is: then the clock was set back."""
    due = or_(Job.run_after <= now, Job.run_after > now + LONGEST_DELAY)
    abandoned = or_(Job.lease_until < now, Job.lease_until > now + lease + SLACK)
    return or_(and_(Job.state == JobState.WAITING, due), and_(Job.state == JobState.RUNNING, abandoned))


def _store(session: Session, job: Job) -> Job:
    """The job, flushed; or the one of its key that another process stored meanwhile, just as new."""
    try:
        with session.begin_nested():
            session.add(job)
            session.flush()
    except IntegrityError:
        other = _lock_by_key(session, job.key) if job.key else None
        if other is None:
            raise
        return other
    return job


def _lock_by_key(session: Session, key: str) -> Job | None:
    wanted = select(Job).where(Job.key == key).with_for_update()
    return session.scalar(wanted.execution_options(populate_existing=True))


def _write(session: Session, job_id: int, fence: int, **values: Any) -> bool:
    held = (Job.id == job_id, Job.fence == fence, Job.state == JobState.RUNNING)
    wrote = update(Job).where(*held).values(**values).execution_options(synchronize_session=False)
    return session.execute(wrote.returning(Job.id)).first() is not None
