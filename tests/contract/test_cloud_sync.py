"""The whole sync against the whole seeded sandbox, over real HTTP."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from partner_center.cloud.connect import Microsoft, connect
from partner_center.cloud.errors import AccessDenied
from partner_center.customers.access import Access, judge
from partner_center.customers.models import Customer
from partner_center.directory import sync_troubles
from partner_center.directory.models import DirectoryUser, Mirror, SubscribedSku
from partner_center.directory.sync import sync_customer
from partner_center.directory.sync_all import sync_all, sync_customers
from partner_center.directory.sync_quick import MOST_CALLS, Freshness, refresh_quick
from partner_center.sandbox.control import answer as control
from partner_center.sandbox.seed.partner import seed_partner
from partner_center.sandbox.server import RunningSandbox, running_sandbox
from partner_center.sandbox.storage import State
from partner_center.shared import clock
from tests.contract.cloud_sides import settings_of


@pytest.fixture(scope="module")
def seeded_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's partner with small customers, closed."""
    path = tmp_path_factory.mktemp("seeded") / "seeded.sqlite"
    state = State(path)
    seed_partner(state, max_users=12)
    state.close()
    return path


@dataclass
class Partner:
    """The sandbox, the door to it, and the database."""

    sandbox: RunningSandbox
    cloud: Microsoft
    sessions: sessionmaker[Session]
    session: Session

    def sync(self, customer: Customer) -> int:
        return sync_customer(self.sessions, self.cloud, customer.id)

    def control(self, method: str, path: str, body: Any = None) -> Any:
        return control(self.sandbox.world, method, path, {}, body).body

    def edit(self, customer: Customer, what: str, **more: object) -> None:
        assert self.control("POST", "edit", {"tenant": customer.tenant_id, "do": what, **more})["done"]

    def requests(self) -> dict[str, int]:
        """The calls since the last look."""
        found = dict(self.control("GET", "requests"))
        self.control("POST", "requests/clear", {})
        return found

    def customers(self) -> dict[str, Customer]:
        self.session.rollback()  # a new look
        return {one.tenant_id: one for one in self.session.scalars(select(Customer))}

    def mirror(self, customer: Customer) -> Mirror:
        self.session.rollback()
        return self.session.get_one(Mirror, customer.id)

    def seats(self, customer: Customer) -> dict[str, int]:
        """Licences in use by part number, where any are."""
        owned = self.session.scalars(select(SubscribedSku).where(SubscribedSku.customer_id == customer.id))
        return {one.part_number: one.consumed for one in owned if one.consumed}

    def someone(self, customer: Customer) -> DirectoryUser:
        self.session.rollback()
        return self.session.scalars(
            select(DirectoryUser).where(DirectoryUser.customer_id == customer.id).limit(1)
        ).one()


@pytest.fixture
def partner(
    seeded_file: Path, tmp_path: Path, sessions: sessionmaker[Session], session: Session
) -> Iterator[Partner]:
    """A partner that was never synced."""
    with running_sandbox(shutil.copy(seeded_file, tmp_path / "sandbox.sqlite")) as sandbox:
        yield Partner(sandbox, connect(settings_of(sandbox)), sessions, session)


@pytest.fixture
def customer(partner: Partner) -> Customer:
    """A customer that lets us in, synced just now."""
    sync_customers(partner.sessions, partner.cloud)
    partner.session.rollback()  # a new look
    everybody = partner.session.scalars(select(Customer).order_by(Customer.id))
    customer = next(one for one in everybody if judge(one, clock.now()).access is Access.OPEN)
    partner.sync(customer)
    partner.requests()
    return customer


def test_everything_seeded_is_mirrored(partner: Partner) -> None:
    report = sync_all(partner.sessions, partner.cloud)
    calls = partner.requests()
    tenants = {one["id"]: one for one in partner.control("GET", "state")["tenants"]}
    found = partner.customers()
    shut = {one.id for one in found.values() if judge(one, clock.now()).access is Access.NONE}
    assert report.customers == len(found) >= 24
    assert found.keys() <= tenants.keys()
    assert shut
    assert report.troubles == dict.fromkeys(shut, sync_troubles.NO_ACCESS)
    for customer in found.values():
        if customer.id not in shut:
            kept, told = partner.mirror(customer), tenants[customer.tenant_id]
            assert (kept.user_count, kept.error) == (told["users"], None)
            assert partner.seats(customer) == {
                part: seats["consumed"] for part, seats in told["seats"].items() if seats["consumed"]
            }
    assert {one.country for one in found.values()} == {"US", "TR", "NO", "SE"}
    assert len({one.reseller for one in found.values()}) > 2
    readable = len(found) - len(shut)
    assert calls["GET /users"] == 2 * readable, "the users, and when they last signed in"
    for listed in ("GET /users/delta", "GET /groups", "GET /directory/subscriptions"):
        assert calls[listed] == readable  # small customers: one page each
    assert calls["GET /subscribedSkus"] == len(found)


def test_the_next_sync_reads_only_what_changed(partner: Partner, customer: Customer) -> None:
    someone = partner.someone(customer)
    partner.edit(customer, "rename", user=someone.graph_id, value="Renamed Meanwhile")
    assert partner.sync(customer) == 1
    assert partner.requests().get("GET /users", 0) == 0
    assert partner.someone(customer).display_name == "Renamed Meanwhile"
    assert partner.sync(customer) == 0


def test_a_deleted_user_leaves_the_mirror(partner: Partner, customer: Customer) -> None:
    before = partner.mirror(customer).user_count
    partner.edit(customer, "delete_user", user=partner.someone(customer).graph_id)
    partner.sync(customer)
    assert partner.mirror(customer).user_count == before - 1


def test_an_expired_delta_costs_a_full_sync_and_nothing_else(partner: Partner, customer: Customer) -> None:
    partner.edit(customer, "expire_delta")
    partner.sync(customer)
    assert partner.requests()["GET /users"] == 1
    assert partner.mirror(customer).error is None


def test_a_customer_that_ends_our_access_keeps_its_last_copy(partner: Partner, customer: Customer) -> None:
    before = partner.mirror(customer)
    count, at = before.user_count, before.synced_at
    partner.edit(customer, "end_gdap")
    with pytest.raises(AccessDenied):
        partner.sync(customer)
    kept = partner.mirror(customer)
    assert (kept.user_count, kept.synced_at, kept.error) == (count, at, sync_troubles.NO_ACCESS)
    sync_customers(partner.sessions, partner.cloud)
    assert judge(partner.customers()[customer.tenant_id], clock.now()).access is Access.NONE


def test_links_of_another_address_are_not_followed(
    partner: Partner, customer: Customer, seeded_file: Path, tmp_path: Path
) -> None:
    with running_sandbox(shutil.copy(seeded_file, tmp_path / "moved.sqlite")) as moved:
        sync_customer(partner.sessions, connect(settings_of(moved)), customer.id)
    assert partner.requests() == {}
    kept = partner.mirror(customer)
    assert kept.error is None
    assert moved.url in str(kept.delta_link)


def test_a_quick_look_sees_what_another_admin_did(partner: Partner, customer: Customer) -> None:
    someone = partner.someone(customer)
    partner.edit(customer, "rename", user=someone.graph_id, value="Renamed Just Now")
    assert refresh_quick(partner.sessions, partner.cloud, customer.id) is Freshness.FRESH
    assert sum(partner.requests().values()) <= MOST_CALLS
    assert partner.someone(customer).display_name == "Renamed Just Now"
