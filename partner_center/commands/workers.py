"""Which function does which kind of job, and the threads that do them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from functools import partial

from sqlalchemy.orm import Session, sessionmaker

from partner_center.accounts import runner as accounts
from partner_center.accounts.secrets import Keeper
from partner_center.changes import evidence
from partner_center.changes import runner as changes
from partner_center.cloud.port import Cloud
from partner_center.commands.audit import keep_anchor
from partner_center.commands.console import Console, follow_database
from partner_center.config import Config
from partner_center.directory import sync_jobs
from partner_center.groups import orders as group_orders
from partner_center.groups import runner as groups
from partner_center.jobs.context import Handler, JobContext, Reschedule
from partner_center.jobs.queue import enqueue
from partner_center.jobs.wakers import Waker
from partner_center.jobs.worker import Worker
from partner_center.purchasing import runner as purchasing
from partner_center.shared import clock
from partner_center.shared.vault import Vault

SYNC_ROUND = "sync-round"
SYNC_EVERY = timedelta(minutes=15)
ANCHOR_ROUND = "anchor-round"
ANCHOR_EVERY = timedelta(seconds=30)
"""What is written to the audit after the last anchor can be rewritten unseen: keep it below a minute."""
ON_FAILED = {
    "change": changes.on_failed,
    "seat-order": purchasing.on_failed,
    "account-order": accounts.on_failed,
    "group-order": group_orders.on_failed,
}
"""What becomes of the work of a job that failed for good, by kind."""
ON_RESTORED = {
    "change": changes.on_restored,
    "seat-order": purchasing.on_restored,
    "account-order": accounts.on_restored,
    "group-order": group_orders.on_restored,
}
"""The same where a backup was restored in which the job was under way."""


def awaited(cloud: Cloud, config: Config) -> dict[str, Handler]:
    """The kinds of jobs that somebody waits for, each handler with the door to Microsoft in hand."""
    return {
        "change": changes.change_handler(cloud, parallel=config.save_parallel),
        "seat-order": purchasing.order_handler(cloud),
        "account-order": accounts.order_handler(cloud, Keeper(Vault(config.encryption_keys))),
        "group-order": groups.order_handler(cloud),
    }


def unattended(cloud: Cloud, config: Config) -> dict[str, Handler]:
    """The kinds that nobody waits for, in threads of their own so that no save waits for them either."""
    return {
        **sync_jobs.handlers(cloud),
        SYNC_ROUND: sync_round,
        ANCHOR_ROUND: partial(anchor_round, config),
        evidence.JOB_KIND: evidence.evidence_handler,
        accounts.FORGETTING: accounts.forget_handler,
    }


def start_rounds(session_factory: sessionmaker[Session]) -> None:
    """Let copies be renewed every 15 minutes and the audit be anchored, by whichever worker is there."""
    with session_factory() as session:
        enqueue(session, SYNC_ROUND, {}, key=SYNC_ROUND, run_after=clock.now() + SYNC_EVERY)
        enqueue(session, ANCHOR_ROUND, {}, key=ANCHOR_ROUND, run_after=clock.now() + ANCHOR_EVERY)
        session.commit()


def sync_round(context: JobContext) -> Reschedule:
    """Ask for a sync of all customers, then come back; one that still runs is not asked for twice."""
    with context.session_factory() as session:
        sync_jobs.request_sync_all(session)
        context.checkpoint(session, done=context.done + 1)
    return Reschedule(clock.now() + SYNC_EVERY)


def anchor_round(config: Config, context: JobContext) -> Reschedule:
    """Anchor what was written to the audit since the last time, then come back."""
    keep_anchor(context.session_factory, config)
    return Reschedule(clock.now() + ANCHOR_EVERY)


@contextmanager
def working(console: Console) -> Iterator[None]:
    """Worker threads beside whatever the block does; each ends at its next checkpoint after it."""
    config, cloud = console.config, console.cloud
    waker: Waker = console.app.extensions["waker"]
    follow_database(console)
    start_rounds(console.sessions)
    lanes = [
        (awaited(cloud, config), config.worker_threads),
        (unattended(cloud, config), config.sync_parallel),
    ]
    workers = [
        Worker(console.sessions, table, threads=threads, waker=waker, on_failed=ON_FAILED)
        for table, threads in lanes
    ]
    with ExitStack() as stack:
        for worker in workers:
            stack.enter_context(worker)
        try:
            yield
        finally:
            for worker in workers:  # all of them first: each then waits for its own
                worker.take_no_more()
