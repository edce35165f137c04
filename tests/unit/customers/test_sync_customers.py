"""Customers as Microsoft tells of them, and which of several relationships counts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from partner_center.cloud.port import RemoteAccess, RemoteCustomer
from partner_center.customers.access import Access, judge
from partner_center.customers.models import Customer
from partner_center.customers.sync import best_access, store_customers, without_country
from tests.make import LICENSE_ADMIN, guid

NOON = datetime(2026, 8, 1, 12, 0, tzinfo=UTC)
READER = "88d8e3e3-8f55-4a1e-953a-9b9898b8876b"
FJORD = guid("fjord")


def told(name: str = "Fjörd Æ", **changed: object) -> RemoteCustomer:
    given = {"tenant_id": FJORD, "domain": "fjord.example", "country": None, "relationship": "reseller"}
    return RemoteCustomer(**{"name": name, "reseller": None, **given, **changed})  # type: ignore[arg-type]


def access(
    name: str, status: str = "active", days: int | None = 90, role: str = LICENSE_ADMIN
) -> RemoteAccess:
    ends_at = None if days is None else NOON + timedelta(days=days)
    return RemoteAccess(FJORD, name, status, ends_at, (role,))


def store(session: Session, *customers: RemoteCustomer, **more: object) -> list[Customer]:
    given: dict[str, object] = {"access": [], "countries": {}, "at": NOON, **more}
    ids = store_customers(session, customers, **given)  # type: ignore[arg-type]
    return [session.get_one(Customer, one) for one in ids]


def test_a_customer_can_be_found_by_name_domain_and_tenant(session: Session) -> None:
    (customer,) = store(session, told(reseller="Nordic IT"))
    for part in ("fjord ae", "fjord.example", FJORD):
        assert part in customer.search_text
    assert (customer.reseller, customer.access_state, customer.access_roles) == ("Nordic IT", "none", [])


def test_the_same_customer_stays_the_same_row(session: Session) -> None:
    (before,) = store(session, told(), access=[access("A")])
    (after,) = store(session, told("Renamed", domain="new.example"), told("Renamed"))
    assert (after.id, after.name, after.access_state) == (before.id, "Renamed", "none")
    assert "renamed" in after.search_text


def test_those_no_longer_told_of_are_marked_once(session: Session) -> None:
    other = told("Other", tenant_id=guid("other"))
    fjord, _ = store(session, told(), other)
    store(session, other)
    store(session, other, at=NOON + timedelta(days=1))
    assert fjord.gone_at == NOON
    store(session, told(), other)
    assert fjord.gone_at is None


def test_a_country_once_known_stays(session: Session) -> None:
    store(session, told(), told("Other", tenant_id=guid("other")), countries={FJORD: "no"})
    (fjord,) = store(session, told())
    assert fjord.country == "NO"
    assert without_country(session, [FJORD, guid("other"), guid("new")]) == [guid("other"), guid("new")]


@pytest.mark.parametrize(
    ("best", "other"),
    [
        (access("live", days=1), access("expired", "expired", days=-1)),
        (access("live", days=1), access("past its end", days=-1)),
        (access("live", days=1), access("asked for", "approvalPending", days=None)),
        (access("expiring", "expiring", days=1), access("terminated", "terminated", days=90)),
        (access("may write", days=5), access("may read", days=500, role=READER)),
        (access("longer", days=90), access("shorter", days=30)),
        (access("for ever", days=None), access("shorter", days=30)),
        (access("ended last", "expired", days=-1), access("ended first", "expired", days=-9)),
        (access("reads", days=9, role=READER), access("wrote", "expired", days=-9)),
    ],
)
def test_the_relationship_that_gets_furthest_counts(best: RemoteAccess, other: RemoteAccess) -> None:
    for order in ([best, other], [other, best]):
        assert best_access(order, NOON) == {FJORD: best}


def test_what_is_stored_is_what_is_judged(session: Session) -> None:
    (customer,) = store(session, told(), access=[access("Licences 2026", days=200)])
    assert judge(customer, NOON).access is Access.OPEN
    assert (customer.access_name, customer.access_roles) == ("Licences 2026", [LICENSE_ADMIN])
    (customer,) = store(session, told(), access=[access("Reading", role=READER)])
    assert judge(customer, NOON).access is Access.READ_ONLY
    (customer,) = store(session, told(), access=[access("Licences 2026", "expired", days=-3)])
    assert judge(customer, NOON).access is Access.NONE
    (customer,) = store(session, told())
    assert (judge(customer, NOON).access, customer.access_ends_at) == (Access.NONE, None)
