"""How well a customer is: tags with numbers, from the counters that the sync keeps. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from partner_center.customers.access import Access, AccessVerdict

EXPIRING_WITHIN = timedelta(days=30)
FEWEST_UNUSED = 5
"""Fewer free licences than this are a reserve, not a waste."""


class Severity(StrEnum):
    """How much a tag asks for attention."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class HealthKind(StrEnum):
    """What a tag says; the order is the order of tags."""

    NO_ACCESS = "no_access"
    OVER = "over"
    SUSPENDED = "suspended"
    ENDING = "ending"
    READ_ONLY = "read_only"
    FULL = "full"
    NEARLY_FULL = "nearly_full"
    EXPIRING = "expiring"
    SYNC_FAILED = "sync_failed"
    UNUSED = "unused"


SEVERITY = {
    HealthKind.NO_ACCESS: Severity.ERROR,
    HealthKind.OVER: Severity.ERROR,
    HealthKind.SUSPENDED: Severity.ERROR,
    HealthKind.UNUSED: Severity.INFO,
}
"""Severities other than a warning."""


@dataclass(frozen=True, slots=True)
class HealthTag:
    """`count` is products, subscriptions or days, whichever the kind speaks of; None for yes or no."""

    kind: HealthKind
    count: int | None
    severity: Severity


@dataclass(frozen=True, slots=True)
class ProductCounters:
    """Sums over the products of one customer, as the `customer` row keeps them."""

    licenses_purchased: int = 0
    licenses_assigned: int = 0
    products_full: int = 0
    products_nearly_full: int = 0
    products_over: int = 0
    products_unused: int = 0


class Counted(Protocol):
    """A customer as far as its counters go."""

    @property
    def products_full(self) -> int: ...
    @property
    def products_nearly_full(self) -> int: ...
    @property
    def products_over(self) -> int: ...
    @property
    def products_unused(self) -> int: ...
    @property
    def subscriptions_suspended(self) -> int: ...
    @property
    def subscriptions_expiring(self) -> int: ...


class Owned(Protocol):
    """A subscribed SKU as far as its licences go."""

    @property
    def applies_to(self) -> str: ...
    @property
    def enabled(self) -> int: ...
    @property
    def warning(self) -> int: ...
    @property
    def consumed(self) -> int: ...


class Dated(Protocol):
    """A subscription as far as its end goes."""

    @property
    def status(self) -> str: ...
    @property
    def next_lifecycle_at(self) -> datetime | None: ...


def health_of(customer: Counted, access: AccessVerdict, *, sync_failed: bool) -> tuple[HealthTag, ...]:
    """The customer's tags, the worst first."""
    counts: dict[HealthKind, int | None] = {
        HealthKind.OVER: customer.products_over,
        HealthKind.SUSPENDED: customer.subscriptions_suspended,
        HealthKind.FULL: customer.products_full,
        HealthKind.NEARLY_FULL: customer.products_nearly_full,
        HealthKind.EXPIRING: customer.subscriptions_expiring,
        HealthKind.UNUSED: customer.products_unused,
    }
    counts = {kind: count for kind, count in counts.items() if count}
    if access.access is Access.NONE:
        counts[HealthKind.NO_ACCESS] = None
    elif access.access is Access.READ_ONLY:
        counts[HealthKind.READ_ONLY] = None
    elif access.access is Access.ENDING:
        counts[HealthKind.ENDING] = access.days_left
    if sync_failed:
        counts[HealthKind.SYNC_FAILED] = None
    return tuple(
        HealthTag(kind, counts[kind], SEVERITY.get(kind, Severity.WARNING))
        for kind in HealthKind
        if kind in counts
    )


def count_products(skus: Iterable[Owned]) -> ProductCounters:
    """Counters of what people can be given. Purchased are enabled licences and those in their grace.

    Over: more assigned than bought. Full: none left. Nearly full: at most a tenth left, or one.
    Unused: at least a fifth left, and no fewer than FEWEST_UNUSED.
    """
    purchased = assigned = full = nearly = over = unused = 0
    for sku in skus:
        if sku.applies_to != "User":
            continue
        bought = sku.enabled + sku.warning
        left = bought - sku.consumed
        purchased += bought
        assigned += sku.consumed
        over += left < 0
        full += left == 0 and bought > 0
        nearly += 0 < left <= max(1, bought // 10)
        unused += left >= max(FEWEST_UNUSED, -(-bought // 5))
    return ProductCounters(purchased, assigned, full, nearly, over, unused)


def count_subscriptions(subscriptions: Iterable[Dated], at: datetime) -> tuple[int, int]:
    """How many are suspended or locked out; how many are in their grace or come to their end in 30 days.

    Statuses are Graph's companySubscription: Enabled, Warning, Suspended, LockedOut, Deleted.
    """
    suspended = expiring = 0
    for one in subscriptions:
        suspended += one.status in {"Suspended", "LockedOut"}
        ends = one.next_lifecycle_at
        soon = one.status == "Enabled" and ends is not None and ends - at <= EXPIRING_WITHIN
        expiring += one.status == "Warning" or soon
    return suspended, expiring
