"""The whole product as it runs, for a gate: a sandbox process, a database file, workers to be killed.

Everything a gate does goes through the product's own doors: orders are saved by the service that the form
calls, workers are processes, Microsoft is the sandbox over HTTP on loopback.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyroaring import BitMap
from sqlalchemy import create_engine, func, select
from sqlalchemy.orm import Session, sessionmaker

from partner_center import schema
from partner_center.changes import service
from partner_center.changes.models import Change, ChangeItem
from partner_center.changes.saving import JOB_KIND
from partner_center.changes.states import ChangeState, ItemState
from partner_center.cloud.connect import Microsoft, connect
from partner_center.cloud.settings import CloudSettings
from partner_center.customers.models import Customer
from partner_center.directory.listing import living
from partner_center.directory.sync import sync_customer
from partner_center.directory.sync_all import sync_customers
from partner_center.jobs.context import job_sessions
from partner_center.jobs.models import Job
from partner_center.licensing.values import Op, ProductWish, Wish
from partner_center.sandbox import demo_identity
from partner_center.shared.ids import new_token
from partner_center.shared.orm import prepare_sqlite
from partner_center.staff.actor import Actor
from partner_center.staff.queries import actor_of
from partner_center.staff.roles import Role
from partner_center.staff.service import add_member
from tests.conftest import SECRET
from tests.faults import seeding
from tests.faults.processes import Nursery, Sandbox, nursery_process, sandbox_process

_WITH_A_PERSON = (ChangeState.PLANNED, ChangeState.REVIEW_AGAIN)
_MIGRATING = threading.Lock()
"""Alembic keeps what it is doing in its module."""


@dataclass
class Rig:
    """One installation under test. `customers` are ids, in the order of their tenants.

    `sessions` take SQLite's lock, as requests that write do; `reading` ones wait for nobody.
    """

    folder: Path
    sandbox: Sandbox
    sessions: sessionmaker[Session]
    reading: sessionmaker[Session]
    cloud: Microsoft
    tenants: list[str]
    actor: Actor
    customers: list[int]
    workers: Nursery
    config_json: dict[str, Any]

    def users(self, customer: int) -> list[int]:
        """The numbers of a customer's users."""
        with self.reading() as session:
            return sorted(living(session, customer))

    def save(self, customer: int, members: Sequence[int], wish: Wish, key: str | None = None) -> str:
        """Submit and save an order as the form does; its reference."""
        with self.sessions() as session:
            change = service.submit(
                session, self.actor, customer, BitMap(members), wish, key=key or new_token()
            )
            session.commit()
            ref = change.ref
            if ChangeState(change.state).is_open:
                kept = session.get_one(Change, change.id)
                result = service.save(session, self.actor, customer, ref, digest=kept.digest)
                assert result is service.SaveResult.SAVED, result
                session.commit()
        return ref

    def save_again(self, customer: int) -> int:
        """As the people would who are asked to review their orders again; how many were."""
        with self.reading() as session:
            asked = select(Change.ref).where(Change.customer_id == customer, Change.state.in_(_WITH_A_PERSON))
            refs = list(session.scalars(asked))
        for ref in refs:
            with self.sessions() as session:
                change = service.find_change(session, customer, ref)
                assert change
                service.save(session, self.actor, customer, ref, digest=change.digest)
                session.commit()
        return len(refs)

    def open_orders(self) -> int:
        """How many have not ended."""
        with self.reading() as session:
            living_states = (ChangeState.WAITING, ChangeState.RUNNING)
            asked = select(func.count()).select_from(Change).where(Change.state.in_(living_states))
            return session.scalar(asked) or 0

    def claims(self) -> int:
        """How often orders have been claimed by a worker."""
        with self.reading() as session:
            asked = select(func.sum(Job.fence)).where(Job.kind == JOB_KIND)
            return session.scalar(asked) or 0

    def under_way(self) -> int:
        """How many users have been sent and have no answer stored."""
        with self.reading() as session:
            asked = select(func.count()).select_from(ChangeItem).where(ChangeItem.state == ItemState.SENT)
            return session.scalar(asked) or 0

    def wait_until_all_ended(self, seconds: float) -> bool:
        """Whether every order ended within `seconds`."""
        give_up = time.monotonic() + seconds
        while self.open_orders():
            if time.monotonic() > give_up:
                return False
            time.sleep(0.1)
        return True

    def resync(self) -> None:
        """Bring every customer's mirror up to date."""
        sync_customers(self.sessions, self.cloud)
        for customer in self.customers:
            sync_customer(self.sessions, self.cloud, customer)


def give(*parts: str) -> Wish:
    """Assign these products."""
    return Wish({seeding.sku(part): ProductWish(Op.ASSIGN) for part in parts})


def take(*parts: str) -> Wish:
    """Revoke these products."""
    return Wish({seeding.sku(part): ProductWish(Op.REVOKE) for part in parts})


@contextmanager
def rig(
    folder: Path,
    *,
    customers: int = 1,
    users: int = 20,
    parts: Sequence[str] = seeding.PARTS,
    seats: Mapping[str, int] | None = None,
    read_timeout: float = 20.0,
    threads: int = 2,
) -> Iterator[Rig]:
    """An installation with its mirror in step; no worker runs yet. Ends every process it started."""
    folder.mkdir(parents=True, exist_ok=True)
    tenants = seeding.seed(
        folder / "sandbox.sqlite", customers=customers, users=users, parts=tuple(parts), seats=seats
    )
    with sandbox_process(folder) as sandbox:
        sandbox.ask("switches", {"quota": "off"})
        cloud = {
            "graph_url": f"{sandbox.url}/graph/v1.0",
            "partner_center_url": f"{sandbox.url}/partnercenter/v1",
            "login_url": f"{sandbox.url}/login",
            "partner_tenant_id": demo_identity.PARTNER_TENANT_ID,
            "client_id": demo_identity.CLIENT_ID,
            "client_secret": demo_identity.CLIENT_SECRET,
            "refresh_token": demo_identity.REFRESH_TOKEN,
            "read_timeout": read_timeout,
        }
        config = {
            "database_url": f"sqlite:///{folder / 'console.db'}",
            "secret_key": SECRET,
            "demo": True,
            "secure_cookies": False,
            "var_dir": str(folder),
            "worker_threads": threads,
            "sync_parallel": 1,
            "cloud": cloud,
        }
        engine = create_engine(config["database_url"], pool_size=40, max_overflow=40)
        prepare_sqlite(engine)
        with _MIGRATING:
            schema.upgrade(engine)
        sessions, door = job_sessions(engine), connect(CloudSettings(**cloud))
        with nursery_process(config, folder) as workers:
            made = Rig(
                folder,
                sandbox,
                sessions,
                sessionmaker(engine),
                door,
                tenants,
                _somebody(sessions),
                [],
                workers,
                config,
            )
            sync_customers(sessions, door)
            made.customers = _ids(sessions, tenants)
            made.resync()
            try:
                yield made
            finally:
                workers.kill_all()
                door.close()
                engine.dispose()


def _somebody(sessions: sessionmaker[Session]) -> Actor:
    with sessions() as session:
        member = add_member(
            session, email="gate@partner.example", name="Gate Keeper", roles=(Role.ADMIN_AGENT,)
        )
        session.commit()
        return actor_of(member)


def _ids(sessions: sessionmaker[Session], tenants: Sequence[str]) -> list[int]:
    with sessions() as session:
        found = dict(session.execute(select(Customer.tenant_id, Customer.id)).all())
    return [found[tenant] for tenant in tenants]
