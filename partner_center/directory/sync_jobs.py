"""Syncing as jobs: asked for from a page or by the clock, done by a worker."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy.orm import Session

from partner_center.audit.service import Action, record
from partner_center.cloud.errors import CloudError, Throttled
from partner_center.cloud.port import Cloud
from partner_center.directory.sync import sync_customer
from partner_center.directory.sync_all import sync_customers
from partner_center.jobs.context import Handler, JobContext, Reschedule
from partner_center.jobs.models import Job
from partner_center.jobs.queue import enqueue
from partner_center.shared import clock
from partner_center.staff.actor import Actor

SYNC_CUSTOMER = "sync-customer"
SYNC_ALL = "sync-all"

_BEHIND_SAVES = -10  # what nobody waits for goes after what somebody saves
_PATIENCE = timedelta(seconds=30)  # where Microsoft says "wait" and not for how long


def request_sync(
    session: Session,
    customer_id: int,
    actor: Actor | None = None,
    *,
    priority: int = 0,
    run_after: datetime | None = None,
) -> Job:
    """Have one customer synced. While such a job waits or runs, that one is the answer.

    One for later has a key of its own: who wants it now does not wait for it.
    """
    if actor:
        record(session, actor, Action.SYNC_REQUESTED, customer_id=customer_id)
    key = f"{SYNC_CUSTOMER}:{customer_id}"
    key = f"{key}:later" if run_after else key
    payload = {"customer_id": customer_id}
    return enqueue(session, SYNC_CUSTOMER, payload, key=key, priority=priority, run_after=run_after)


def request_sync_all(session: Session, actor: Actor | None = None) -> Job:
    """Have the list of customers, then each of them synced. One at a time, as above."""
    if actor:
        record(session, actor, Action.SYNC_REQUESTED)
    return enqueue(session, SYNC_ALL, {}, key=SYNC_ALL, priority=0 if actor else _BEHIND_SAVES)


def handlers(cloud: Cloud) -> Mapping[str, Handler]:
    """Kind of job → what does it, for the worker's table."""
    return {SYNC_CUSTOMER: partial(sync_customer_job, cloud), SYNC_ALL: partial(sync_all_job, cloud)}


def sync_customer_job(cloud: Cloud, context: JobContext) -> Reschedule | None:
    """Sync one customer, page by page under the job's fence. What went wrong is told on the customer's
    pages; only where Microsoft asks to wait does the job come back by itself."""
    try:
        sync_customer(
            context.session_factory,
            cloud,
            int(context.payload["customer_id"]),
            lambda session, users: context.checkpoint(session, done=users),
        )
    except Throttled as busy:
        wait = _PATIENCE if busy.retry_after is None else timedelta(seconds=busy.retry_after)
        return Reschedule(clock.now() + wait)
    except CloudError:
        return None
    return None


def sync_all_job(cloud: Cloud, context: JobContext) -> Reschedule | None:
    """Sync the list of customers and have each of them synced by a job of its own. Where the list can't
    be read, the job fails and is tried again."""
    ids = sync_customers(context.session_factory, cloud)
    with context.session_factory() as session:
        for customer_id in ids:
            request_sync(session, customer_id, priority=_BEHIND_SAVES)
        context.checkpoint(session, done=len(ids), total=len(ids))
    return None
