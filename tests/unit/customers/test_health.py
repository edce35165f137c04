"""Health tags and the counters behind them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from partner_center.customers.access import Access, AccessVerdict
from partner_center.customers.health import (
    HealthKind,
    HealthTag,
    ProductCounters,
    Severity,
    count_products,
    count_subscriptions,
    health_of,
)

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
OPEN = AccessVerdict(Access.OPEN, None, may_write=True, days_left=None)


@dataclass
class Sku:
    enabled: int
    consumed: int
    warning: int = 0
    applies_to: str = "User"


@dataclass
class Subscription:
    status: str = "Enabled"
    next_lifecycle_at: datetime | None = None


@dataclass
class Counters:
    products_full: int = 0
    products_nearly_full: int = 0
    products_over: int = 0
    products_unused: int = 0
    subscriptions_suspended: int = 0
    subscriptions_expiring: int = 0


@pytest.mark.parametrize(
    ("sku", "kind"),
    [
        (Sku(10, 11), "over"),
        (Sku(10, 10), "full"),
        (Sku(0, 0), None),
        (Sku(10, 9), "nearly_full"),
        (Sku(3, 2), "nearly_full"),
        (Sku(100, 90), "nearly_full"),
        (Sku(100, 89), None),
        (Sku(10, 6), None),
        (Sku(10, 5), "unused"),
        (Sku(100, 81), None),
        (Sku(100, 80), "unused"),
        (Sku(9, 10, warning=1), "full"),
        (Sku(10, 10, applies_to="Company"), None),
    ],
)
def test_a_product_counts_as(sku: Sku, kind: str | None) -> None:
    counters = count_products([sku])
    said = {name: getattr(counters, f"products_{name}") for name in ("over", "full", "nearly_full", "unused")}
    assert said == {name: int(name == kind) for name in said}


def test_licences_in_their_grace_count_as_bought() -> None:
    counters = count_products([Sku(5, 3, warning=2), Sku(8, 8), Sku(99, 1, applies_to="Company")])
    assert (counters.licenses_purchased, counters.licenses_assigned) == (15, 11)
    assert count_products([]) == ProductCounters()


def test_suspended_and_ending_subscriptions_are_counted() -> None:
    told = [
        Subscription("Suspended"),
        Subscription("LockedOut"),
        Subscription("Warning", NOW + timedelta(days=200)),
        Subscription("Enabled", NOW + timedelta(days=30)),
        Subscription("Enabled", NOW + timedelta(days=31)),
        Subscription("Enabled"),
    ]
    assert count_subscriptions(told, NOW) == (2, 2)


def test_tags_tell_their_numbers_the_worst_first() -> None:
    tags = health_of(Counters(products_full=2, products_unused=1, products_over=1), OPEN, sync_failed=True)
    assert tags == (
        HealthTag(HealthKind.OVER, 1, Severity.ERROR),
        HealthTag(HealthKind.FULL, 2, Severity.WARNING),
        HealthTag(HealthKind.SYNC_FAILED, None, Severity.WARNING),
        HealthTag(HealthKind.UNUSED, 1, Severity.INFO),
    )


@pytest.mark.parametrize(
    ("access", "tag"),
    [
        (Access.NONE, HealthTag(HealthKind.NO_ACCESS, None, Severity.ERROR)),
        (Access.READ_ONLY, HealthTag(HealthKind.READ_ONLY, None, Severity.WARNING)),
        (Access.ENDING, HealthTag(HealthKind.ENDING, 4, Severity.WARNING)),
    ],
)
def test_access_that_is_not_open_is_a_tag(access: Access, tag: HealthTag) -> None:
    assert health_of(Counters(), AccessVerdict(access, NOW, False, 4), sync_failed=False) == (tag,)


def test_a_healthy_customer_has_no_tags() -> None:
    assert health_of(Counters(), OPEN, sync_failed=False) == ()
