"""A customer behind the real sandbox, its copy in the database, and a worker between the two."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session, sessionmaker
from structlog.testing import capture_logs

from partner_center.accounts import runner, service
from partner_center.accounts.models import AccountItem, AccountOrder
from partner_center.accounts.queries import items_of
from partner_center.accounts.secrets import Keeper
from partner_center.accounts.service import Person
from partner_center.accounts.states import Deed
from partner_center.changes.runner import change_handler
from partner_center.cloud.connect import Microsoft, connect
from partner_center.customers.models import Customer
from partner_center.directory import listing
from partner_center.directory.models import DirectoryUser
from partner_center.directory.sync import sync_customer
from partner_center.directory.values import UserRow
from partner_center.jobs.models import Job
from partner_center.jobs.worker import Worker
from partner_center.sandbox.server import RunningSandbox, running_sandbox
from partner_center.sandbox.storage import State
from partner_center.shared import clock
from partner_center.shared.vault import Vault
from partner_center.staff.actor import Actor
from partner_center.staff.models import StaffMember
from partner_center.staff.queries import actor_of
from tests.cast import Cast
from tests.contract.cloud_sides import settings_of
from tests.make import Make
from tests.unit.sandbox.asking import TENANT, Asking, seed_plain

USER_ADMIN = "fe930be7-5e62-47db-91af-98c3a49a38b1"


@dataclass
class Desk:
    """An admin agent at the plain customer of ten users."""

    session: Session
    sessions: sessionmaker[Session]
    customer: Customer
    member: StaffMember
    cloud: Microsoft
    sandbox: RunningSandbox
    keeper: Keeper

    @property
    def actor(self) -> Actor:
        return actor_of(self.member)

    @property
    def asking(self) -> Asking:
        return Asking(self.sandbox.state, TENANT)

    def row(self, number: int) -> UserRow:
        return listing.get_user(self.session, self.customer.id, number)

    def living(self) -> int:
        return len(listing.living(self.session, self.customer.id))

    def order(self, deed: Deed, *people: Person, key: str = "key", **more: Any) -> AccountOrder:
        made = service.order(self.session, self.actor, self.customer.id, deed, people, key=key, **more)
        self.session.commit()
        return made

    def new(self, name: str = "Ada Berg", address: str = "ada@plain.no") -> Person:
        return Person(name, address, usage_location="NO", secret=self.keeper.seal("Abcd-efgh-jk23", address))

    def worker(self, cloud: Any = None) -> Worker:
        cloud = cloud or self.cloud
        table = {
            service.JOB_KIND: runner.order_handler(cloud, self.keeper),
            runner.FORGETTING: runner.forget_handler,
            "change": change_handler(cloud),
        }
        return Worker(self.sessions, table, on_failed={service.JOB_KIND: runner.on_failed})

    def run(self, cloud: Any = None, turns: int = 60) -> None:
        """Work until only what is an hour away is left."""
        worker = self.worker(cloud)
        with capture_logs():
            for _ in range(turns):
                if not worker.run_once() and not self._hasten():
                    break
        self.session.commit()
        self.session.expire_all()

    def items(self, order: AccountOrder) -> list[AccountItem]:
        self.session.rollback()
        return list(items_of(self.session, order.id))

    def states(self, order: AccountOrder) -> list[str]:
        return [item.state for item in self.items(order)]

    def number_of(self, address: str) -> int:
        wanted = DirectoryUser.customer_id == self.customer.id, DirectoryUser.upn_key == address
        return self.session.scalars(select(DirectoryUser.number).where(*wanted)).one()

    def _hasten(self) -> bool:
        with self.sessions() as session:
            later = Job.state == "waiting", Job.run_after > clock.now(), Job.kind != runner.FORGETTING
            moved = session.execute(update(Job).where(*later).values(run_after=clock.now()).returning(Job.id))
            found = bool(moved.all())
            session.commit()
        return found


@pytest.fixture
def desk(
    make: Make, cast: Cast, session: Session, sessions: sessionmaker[Session], tmp_path: Path
) -> Iterator[Desk]:
    """Everything of the customer has been read once."""
    path = tmp_path / "sandbox.sqlite"
    state = State(path)
    seed_plain(state)
    state.close()
    with running_sandbox(path) as sandbox:
        customer = make.customer("Plain", access_roles=[USER_ADMIN])
        customer.tenant_id, customer.domain = TENANT, "plain.no"
        session.commit()
        cloud = connect(settings_of(sandbox))
        sync_customer(sessions, cloud, customer.id)
        session.rollback()
        yield Desk(session, sessions, customer, cast.admin, cloud, sandbox, Keeper(Vault(["k" * 40])))
        cloud.close()
