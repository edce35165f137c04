"""What a handler is given, and what it may answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from partner_center.jobs import queue
from partner_center.shared.orm import BEGIN_IMMEDIATE


class FenceLost(Exception):
    """Another worker has the job: stop now. What was not committed is rolled back."""


class WorkerStopping(Exception):
    """The worker is shutting down. The checkpoint is committed; the next worker goes on from it."""


@dataclass(frozen=True, slots=True)
class Reschedule:
    """A handler's answer: call me again at `run_after`. Nobody sleeps in a worker."""

    run_after: datetime


def job_sessions(engine: Engine) -> sessionmaker[Session]:
    """Sessions that take SQLite's write lock when they begin: hold none over a call to Microsoft."""
    return sessionmaker(engine.execution_options(**BEGIN_IMMEDIATE), expire_on_commit=False)


@dataclass(frozen=True, slots=True)
class JobContext:
    """One claim of one job. `attempt` counts from 1 since the last progress."""

    job_id: int
    kind: str
    payload: dict[str, Any]
    fence: int
    attempt: int
    done: int
    session_factory: sessionmaker[Session]
    is_stopping: Callable[[], bool] = field(default=lambda: False)
    lease: timedelta = queue.LEASE

    def checkpoint(self, session: Session, done: int | None = None, total: int | None = None) -> None:
        """Commit the session's rows together with the job's progress and a new lease.

        Raises FenceLost (everything rolled back) or, after the commit, WorkerStopping. `done` given means
        that the job got on: its earlier attempts are forgiven.
        """
        if not queue.checkpoint(session, self.job_id, self.fence, done=done, total=total, lease=self.lease):
            session.rollback()
            raise FenceLost(f"job {self.job_id} has another fence than {self.fence}")
        session.commit()
        if self.is_stopping():
            raise WorkerStopping


Handler = Callable[[JobContext], Reschedule | None]
"""Does a job's work in steps that each end in a checkpoint. An exception costs an attempt."""
