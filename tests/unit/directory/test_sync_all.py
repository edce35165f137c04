"""Syncing all customers: several at once, and none that fails stops the others."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from partner_center.cloud.errors import AccessDenied, Rejected, Unreachable
from partner_center.customers.models import Customer
from partner_center.directory import sync_troubles
from partner_center.directory.models import Mirror
from partner_center.directory.sync_all import SyncProgress, sync_all, sync_customers
from tests.make import Make, guid
from tests.unit.directory.sync_cloud import FakeCloud

NOON = datetime(2026, 8, 1, 12, 0, tzinfo=UTC)
WAIT = 10  # seconds until a test that hangs is given up


@pytest.fixture
def cloud(make: Make) -> FakeCloud:
    """Four customers with one, two, three and four users."""
    cloud = FakeCloud()
    for size, name in enumerate(("Anadolu", "Berg", "Contoso", "Dalen"), start=1):
        cloud.tenant(guid(name), name).put(*(make.user(f"{name} {number}") for number in range(size)))
    return cloud


def customers(session: Session) -> dict[str, Customer]:
    session.rollback()  # a new look
    return {customer.name: customer for customer in session.scalars(select(Customer))}


def mirrors(session: Session) -> dict[str, Mirror]:
    session.rollback()  # a new look
    rows = session.execute(select(Customer.name, Mirror).join(Mirror, Mirror.customer_id == Customer.id))
    return {row[0]: row[1] for row in rows}


def test_every_customer_is_synced(
    sessions: sessionmaker[Session], session: Session, cloud: FakeCloud
) -> None:
    report = sync_all(sessions, cloud)
    assert (report.customers, report.users, report.troubles) == (4, 10, {})
    assert {name: kept.user_count for name, kept in mirrors(session).items()} == {
        "Anadolu": 1, "Berg": 2, "Contoso": 3, "Dalen": 4,
    }  # fmt: skip


def test_a_failing_customer_never_stops_the_others(
    sessions: sessionmaker[Session], session: Session, cloud: FakeCloud, caplog: pytest.LogCaptureFixture
) -> None:
    cloud.fail("skus", AccessDenied(403, "Denied", "No."), guid("Anadolu"))
    cloud.fail("users", Unreachable("Late."), guid("Berg"))
    cloud.fail("subscriptions", ZeroDivisionError("a bug"), guid("Contoso"))
    report = sync_all(sessions, cloud, parallel=2)
    found = mirrors(session)
    assert {name: kept.error for name, kept in found.items()} == {
        "Anadolu": sync_troubles.NO_ACCESS,
        "Berg": sync_troubles.UNREACHABLE,
        "Contoso": sync_troubles.OUR_FAULT,
        "Dalen": None,
    }
    assert found["Dalen"].user_count == 4
    assert report.troubles == {kept.customer_id: kept.error for kept in found.values() if kept.error}
    assert "a bug" in caplog.text


def test_progress_counts_customers_and_users(sessions: sessionmaker[Session], cloud: FakeCloud) -> None:
    cloud.fail("users", Unreachable("Late."), guid("Berg"))
    told: list[SyncProgress] = []
    sync_all(sessions, cloud, told.append)
    assert told[-1] == SyncProgress(4, 4, 8)
    assert [one.customers_done for one in told] == sorted(one.customers_done for one in told)
    assert [one.users for one in told] == sorted(one.users for one in told)


def test_several_customers_are_synced_at_once(sessions: sessionmaker[Session], cloud: FakeCloud) -> None:
    together = threading.Barrier(3)

    def meet(what: str, tenant_id: str) -> None:
        if what == "skus" and tenant_id != guid("Dalen"):
            together.wait(WAIT)

    cloud.on_call = meet
    assert sync_all(sessions, cloud, parallel=3).troubles == {}


def test_the_list_comes_first(sessions: sessionmaker[Session], cloud: FakeCloud) -> None:
    sync_all(sessions, cloud)
    assert cloud.asked()[:2] == ["customers", "access"]


def test_without_the_list_nothing_is_changed(
    sessions: sessionmaker[Session], session: Session, cloud: FakeCloud
) -> None:
    sync_customers(sessions, cloud)
    cloud.asked()
    cloud.list.clear()
    for what in ("customers", "access"):
        cloud.fail(what, Unreachable("Late."))
        with pytest.raises(Unreachable):
            sync_all(sessions, cloud)
        cloud.heal()
    assert all(customer.gone_at is None for customer in customers(session).values())
    assert "skus" not in cloud.asked()


def test_a_customer_that_left_is_marked_and_not_asked(
    sessions: sessionmaker[Session], session: Session, cloud: FakeCloud
) -> None:
    sync_all(sessions, cloud)
    cloud.asked()
    left = cloud.list.pop()
    with time_machine.travel(NOON, tick=False):
        assert sync_all(sessions, cloud).customers == 3
    assert (left.name, customers(session)["Dalen"].gone_at) == ("Dalen", NOON)
    assert "skus" not in cloud.asked(left.tenant_id)
    assert mirrors(session)["Dalen"].user_count == 4
    cloud.list.append(left)
    sync_all(sessions, cloud)
    assert customers(session)["Dalen"].gone_at is None


def test_countries_are_asked_once_and_worth_no_failure(
    sessions: sessionmaker[Session], session: Session, cloud: FakeCloud
) -> None:
    cloud.fail("country", Rejected(404, "1000", "Not found."), guid("Berg"))
    sync_customers(sessions, cloud)
    assert {name: one.country for name, one in customers(session).items()} == {
        "Anadolu": "NO", "Berg": None, "Contoso": "NO", "Dalen": "NO",
    }  # fmt: skip
    cloud.asked()
    cloud.heal()
    sync_customers(sessions, cloud)
    assert cloud.asked() == ["customers", "access", "country"]
    assert customers(session)["Berg"].country == "NO"
