"""Syncing all customers: the list, then several customers at once, none of which stops the others."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from sqlalchemy.orm import Session, sessionmaker

from partner_center.cloud.errors import CloudError, Rejected
from partner_center.cloud.port import Cloud
from partner_center.customers.sync import store_customers, without_country
from partner_center.directory.sync import note_trouble, sync_customer
from partner_center.directory.sync_troubles import sentence_for
from partner_center.shared import clock

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SyncProgress:
    """How far a sync of all customers has got; `users` counts those told of so far."""

    customers_done: int
    customers_total: int
    users: int


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What became of a sync of all customers: `troubles` are sentences by customer id."""

    customers: int
    users: int
    troubles: dict[int, str] = field(default_factory=dict)


Progress = Callable[[SyncProgress], None]
"""Told how far it has got; called by one thread at a time."""


def sync_customers(session_factory: sessionmaker[Session], cloud: Cloud) -> list[int]:
    """Store the list of customers and the access to each; the ids of those in the list.

    Raises CloudError; then nothing is changed.
    """
    at = clock.now()
    customers = list(cloud.customers())
    access = list(cloud.access())
    with session_factory() as session:
        asked = without_country(session, [one.tenant_id for one in customers if not one.country])
    countries = {tenant_id: found for tenant_id in asked if (found := _find_country(cloud, tenant_id))}
    with session_factory() as session:
        ids = store_customers(session, customers, access, countries, at)
        session.commit()
    return ids


def _find_country(cloud: Cloud, tenant_id: str) -> str | None:
    """A customer's country; it is worth no failure."""
    try:
        return cloud.customer_country(tenant_id)
    except Rejected:
        return None


def sync_all(
    session_factory: sessionmaker[Session],
    cloud: Cloud,
    progress: Progress | None = None,
    parallel: int = 4,
) -> SyncReport:
    """Sync the list and every customer in it, `parallel` at a time.

    Raises CloudError only when the list itself could not be read.
    """
    ids = sync_customers(session_factory, cloud)
    tally = _Tally(len(ids), progress)

    def sync_one(customer_id: int) -> None:
        told = 0

        def commit(session: Session, users: int) -> None:
            nonlocal told
            session.commit()
            tally.add(users - told)
            told = users

        try:
            sync_customer(session_factory, cloud, customer_id, commit)
        except CloudError as error:
            tally.note(customer_id, error)
        except Exception as error:
            log.exception("Customer %s could not be synced", customer_id)
            note_trouble(session_factory, customer_id, error)
            tally.note(customer_id, error)
        tally.finish()

    with ThreadPoolExecutor(parallel, thread_name_prefix="sync") as pool:
        try:
            for done in [pool.submit(sync_one, customer_id) for customer_id in ids]:
                done.result()
        finally:
            pool.shutdown(cancel_futures=True)  # Ctrl-C: what runs ends its page, the rest does not begin
    return tally.report()


class _Tally:
    """The sums of all threads."""

    def __init__(self, customers: int, progress: Progress | None) -> None:
        self._lock = threading.Lock()
        self._progress = progress
        self._customers = customers
        self._done = 0
        self._users = 0
        self._troubles: dict[int, str] = {}

    def add(self, users: int) -> None:
        """More users have been stored."""
        with self._lock:
            self._users += users
            self._tell()

    def finish(self) -> None:
        """One more customer is done with, well or not."""
        with self._lock:
            self._done += 1
            self._tell()

    def note(self, customer_id: int, error: Exception) -> None:
        """A customer could not be synced."""
        with self._lock:
            self._troubles[customer_id] = sentence_for(error)

    def report(self) -> SyncReport:
        """What became of all."""
        with self._lock:
            return SyncReport(self._customers, self._users, dict(self._troubles))

    def _tell(self) -> None:
        if self._progress:
            self._progress(SyncProgress(self._done, self._customers, self._users))
