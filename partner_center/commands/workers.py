"""Which function does which kind of job, and the threads that do them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta

from sqlalchemy.orm import Session, sessionmaker

from partner_center.changes import evidence
from partner_center.changes import runner as changes
from partner_center.cloud.port import Cloud
from partner_center.commands.console import Console
from partner_center.config import Config
from partner_center.directory import sync_jobs
from partner_center.jobs.context import Handler, JobContext, Reschedule
from partner_center.jobs.queue import enqueue
from partner_center.jobs.wakers import Waker
from partner_center.jobs.worker import Worker
from partner_center.purchasing import runner as purchasing
from partner_center.shared import clock

SYNC_ROUND = "sync-round"
SYNC_EVERY = timedelta(minutes=15)
ON_FAILED = {"change": changes.on_failed, "seat-order": purchasing.on_failed}
"""What becomes of the work of a job that failed for good, by kind."""


def awaited(cloud: Cloud, config: Config) -> dict[str, Handler]:
    """The kinds of jobs that somebody waits for, each handler with the door to Microsoft in hand."""
    return {
        "change": changes.change_handler(cloud, parallel=config.save_parallel),
        "seat-order": purchasing.order_handler(cloud),
    }


def unattended(cloud: Cloud) -> dict[str, Handler]:
    """The kinds nobody waits for, in threads of their own so that no save waits for them either."""
    return {
        **sync_jobs.handlers(cloud),
        SYNC_ROUND: sync_round,
        evidence.JOB_KIND: evidence.evidence_handler,
    }


def start_rounds(session_factory: sessionmaker[Session]) -> None:
    """Let the copy of Microsoft's data be renewed every 15 minutes, by whichever worker is there."""
    with session_factory() as session:
        enqueue(session, SYNC_ROUND, {}, key=SYNC_ROUND, run_after=clock.now() + SYNC_EVERY)
        session.commit()


def sync_round(context: JobContext) -> Reschedule:
    """Ask for a sync of all customers, then come back; one that still runs is not asked for twice."""
    with context.session_factory() as session:
        sync_jobs.request_sync_all(session)
        context.checkpoint(session, done=context.done + 1)
    return Reschedule(clock.now() + SYNC_EVERY)


@contextmanager
def working(console: Console) -> Iterator[None]:
    """Worker threads beside whatever the block does; each ends at its next checkpoint after it."""
    config, cloud = console.config, console.cloud
    waker: Waker = console.app.extensions["waker"]
    start_rounds(console.sessions)
    with ExitStack() as stack:
        for table, threads in (
            (awaited(cloud, config), config.worker_threads),
            (unattended(cloud), config.sync_parallel),
        ):
            stack.enter_context(
                Worker(console.sessions, table, threads=threads, waker=waker, on_failed=ON_FAILED)
            )
        yield
