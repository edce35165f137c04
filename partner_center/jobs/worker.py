"""Threads that claim jobs and run their handlers until told to stop."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from types import TracebackType
from typing import Self

import structlog
from sqlalchemy.orm import Session, sessionmaker
from structlog.contextvars import bound_contextvars

from partner_center.jobs import queue
from partner_center.jobs.context import FenceLost, Handler, JobContext, Reschedule, WorkerStopping
from partner_center.jobs.models import Job
from partner_center.jobs.wakers import ThreadWaker, Waker, wake_after_commit
from partner_center.shared import clock

POLL_SECONDS = 1.0
STOP_WITHIN = 75.0
"""Seconds: a call to Microsoft that is under way may take 60 (`PARTNER_CENTER_READ_TIMEOUT`)."""
OnFailed = Callable[[Session, Job], None]
log = structlog.get_logger(__name__)


class Worker:
    """Runs the kinds of jobs in its table, several at once.

    `table` comes from above (the command line), so that this package knows none of the work. `on_failed`
    runs in the transaction that fails a job for good, so that what the job was for does not stay half done.
    """

    def __init__(
        self,
        session_factory: sessionmaker[Session],
        table: Mapping[str, Handler],
        *,
        threads: int = 2,
        waker: Waker | None = None,
        on_failed: Mapping[str, OnFailed] | None = None,
        lease: timedelta = queue.LEASE,
    ) -> None:
        self._sessions = session_factory
        self._table = table
        self._on_failed = on_failed or {}
        self._waker = waker or ThreadWaker()
        self._lease = lease
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._loop, name=f"worker-{number}", daemon=True)
            for number in range(threads)
        ]
        wake_after_commit(session_factory, self._waker.wake)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Begin taking jobs."""
        for thread in self._threads:
            thread.start()

    def take_no_more(self) -> None:
        """Claim nothing from now on; running jobs end at their next checkpoint. Does not wait for them."""
        self._stop.set()
        self._waker.wake()

    def stop(self, timeout: float = STOP_WITHIN) -> bool:
        """Take no more and wait for the running jobs. False if one did not end in time: the next worker
        takes it over when its lease has run out."""
        self.take_no_more()
        until = time.monotonic() + timeout
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(max(0.0, until - time.monotonic()))
        left = [thread.name for thread in self._threads if thread.is_alive()]
        if left:
            log.warning("jobs did not end in time", threads=left)
        return not left

    def run_once(self) -> bool:
        """Claim one job and run it here; False when there was none."""
        with self._sessions() as session:
            for dead in queue.sweep(session, list(self._table)):
                self._tell_failed(session, dead)
            job = queue.claim(session, list(self._table), self._lease)
            session.commit()
        if job is None:
            return False
        context = JobContext(
            job_id=job.id,
            kind=job.kind,
            payload=job.payload,
            fence=job.fence,
            attempt=job.attempts,
            done=job.done,
            session_factory=self._sessions,
            is_stopping=self._stop.is_set,
            lease=self._lease,
        )
        ids = {key: value for key, value in job.payload.items() if key.endswith("_id")}
        with bound_contextvars(request_id=f"job-{job.id}.{job.fence}", job=job.kind, **ids):
            self._run(context)
        return True

    def _loop(self) -> None:
        while not self._stop.is_set():
            seen = self._waker.calls
            try:
                busy = self.run_once()
            except Exception as problem:  # the database is away: the thread must outlive that
                log.error("no job could be claimed or settled", exc_info=problem)
                busy = False
            if not busy and not self._stop.is_set():
                self._waker.wait(seen, POLL_SECONDS)

    def _run(self, context: JobContext) -> None:
        try:
            answer = self._table[context.kind](context)
        except FenceLost:
            log.warning("another worker took the job over")
        except WorkerStopping:
            self._settle(context, Reschedule(clock.now()))
        except Exception as problem:
            log.error("job raised", attempt=context.attempt, exc_info=problem)
            self._fail(context, f"{type(problem).__name__}: {problem}")
        else:
            self._settle(context, answer)

    def _settle(self, context: JobContext, answer: Reschedule | None) -> None:
        with self._sessions() as session:
            if answer is None:
                held = queue.finish(session, context.job_id, context.fence)
            else:
                held = queue.hand_back(session, context.job_id, context.fence, answer.run_after)
            session.commit()
        if not held:
            log.warning("another worker took the job over")

    def _fail(self, context: JobContext, error: str) -> None:
        with self._sessions() as session:
            if queue.retry_or_fail(session, context.job_id, context.fence, error):
                self._tell_failed(session, session.get_one(Job, context.job_id))
            session.commit()

    def _tell_failed(self, session: Session, job: Job) -> None:
        if job.kind not in self._on_failed:
            return
        try:
            with session.begin_nested():
                self._on_failed[job.kind](session, job)
        except Exception as problem:  # must not keep the other jobs from being claimed
            log.error("telling of a failed job failed", job_id=job.id, exc_info=problem)
            queue.fail_later(session, job)
