"""What a customer owns, as Microsoft last told it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from partner_center.cloud.port import RemoteGroup, RemoteSubscription
from partner_center.customers.models import Customer
from partner_center.directory import mirror
from partner_center.directory.models import DirectoryGroup, Mirror, SubscribedSku, TenantSubscription
from tests.make import Make, guid

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)


def owned(session: Session, customer_id: int) -> dict[str, tuple[int, int]]:
    rows = session.scalars(
        select(SubscribedSku)
        .where(SubscribedSku.customer_id == customer_id)
        .execution_options(populate_existing=True)
    )
    return {row.sku_id: (row.enabled, row.consumed) for row in rows}


def test_products_are_stored_changed_and_go_when_no_longer_told(session: Session, make: Make) -> None:
    customer, e3, visio = make.customer(), make.product("E3"), make.product("Visio")
    mirror.store_skus(session, customer.id, [make.sku(e3), make.sku(visio, consumed=3)])
    mirror.store_skus(session, customer.id, [make.sku(visio, enabled=20, consumed=4)])
    assert owned(session, customer.id) == {visio: (20, 4)}


def test_the_customers_counters_follow_its_products(session: Session, make: Make) -> None:
    customer = make.customer()
    mirror.store_skus(
        session,
        customer.id,
        [
            make.sku(guid("full"), enabled=5, consumed=5),
            make.sku(guid("over"), enabled=5, consumed=6),
            make.sku(guid("unused"), enabled=10, consumed=0),
            make.sku(guid("company"), enabled=1, consumed=1, applies_to="Company"),
        ],
    )
    kept = session.get_one(Customer, customer.id, populate_existing=True)
    assert (kept.licenses_purchased, kept.licenses_assigned) == (20, 11)
    assert (kept.products_full, kept.products_over, kept.products_unused) == (1, 1, 1)


def test_one_customers_products_leave_anothers_alone(session: Session, make: Make) -> None:
    ours, theirs, sku = make.customer(), make.customer(), make.product()
    mirror.store_skus(session, ours.id, [make.sku(sku)])
    mirror.store_skus(session, theirs.id, [make.sku(sku, enabled=99)])
    mirror.store_skus(session, ours.id, [])
    assert (owned(session, ours.id), owned(session, theirs.id)) == ({}, {sku: (99, 0)})


def test_the_same_products_told_again_move_no_version(session: Session, make: Make) -> None:
    customer, sku = make.customer(), make.product()
    told = make.sku(
        sku, plans=({"id": guid("plan"), "name": "MAIL", "applies_to": "User", "status": "Success"},)
    )
    mirror.store_skus(session, customer.id, [told])
    version = session.get_one(Mirror, customer.id).version
    mirror.store_skus(session, customer.id, [told])
    assert session.get_one(Mirror, customer.id).version == version
    mirror.store_skus(session, customer.id, [replace(told, consumed=1)])
    assert session.get_one(Mirror, customer.id).version == version + 1


def test_subscriptions_are_stored_and_those_that_end_are_counted(session: Session, make: Make) -> None:
    customer = make.customer()
    ending = RemoteSubscription(guid("a"), guid("sku"), "Enabled", 5, False, False, AT + timedelta(days=9))
    suspended = RemoteSubscription(guid("b"), guid("sku"), "Suspended", 8, True, True, None)
    mirror.store_subscriptions(session, customer.id, [ending, suspended], AT)
    rows = session.scalars(
        select(TenantSubscription).where(TenantSubscription.customer_id == customer.id)
    ).all()
    stored = {row.subscription_id: row for row in rows}
    assert stored[guid("a")].next_lifecycle_at == AT + timedelta(days=9)
    assert (stored[guid("b")].self_service, stored[guid("b")].is_trial) == (True, True)
    kept = session.get_one(Customer, customer.id, populate_existing=True)
    assert (kept.subscriptions_suspended, kept.subscriptions_expiring) == (1, 1)
    mirror.store_subscriptions(session, customer.id, [], AT)
    kept = session.get_one(Customer, customer.id, populate_existing=True)
    assert (kept.subscriptions_suspended, kept.subscriptions_expiring) == (0, 0)


def test_groups_are_known_by_name(session: Session, make: Make) -> None:
    customer = make.customer()
    mirror.store_groups(session, customer.id, [RemoteGroup(guid("g"), "Old"), RemoteGroup(guid("h"), "Gone")])
    mirror.store_groups(session, customer.id, [RemoteGroup(guid("g"), "Sales" + "x" * 900)])
    (group,) = session.scalars(
        select(DirectoryGroup)
        .where(DirectoryGroup.customer_id == customer.id)
        .execution_options(populate_existing=True)
    )
    assert group.display_name.startswith("Salesx")
    assert len(group.display_name) == 400
