"""Seats that nobody uses, subscription by subscription, and when fewer may be had (S5.7). Pure.

A subscription that is under way can be made smaller for seven days after seats were bought or renewed, each
batch in a window of its own (change-the-quantity-of-a-subscription). Otherwise its number is fixed until it
renews: with recurring billing turned off it ends with its term. Taking a license from a person frees it for
somebody else and changes neither number nor bill.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from partner_center.directory.owned import OwnedProduct, OwnedSubscription

_FAR = datetime.max.replace(tzinfo=UTC)


class Way(StrEnum):
    """How unused seats of a subscription can be given up."""

    NOW = "now"
    AT_RENEWAL = "at_renewal"
    ENDS = "ends"
    NOT_SOLD = "not_sold"
    TRIAL = "trial"


@dataclass(frozen=True, slots=True)
class Unused:
    """`count` unused seats of one subscription. `until` is the end of the window, or of the term."""

    subscription: OwnedSubscription
    way: Way
    count: int
    until: datetime | None


def unused_seats(product: OwnedProduct, available: int, now: datetime) -> list[Unused]:
    """Where the `available` seats of a product lie: first what can be given back now, then what ends first.

    Microsoft counts who uses a product, not which subscription: any of them may carry the unused ones.
    """
    living = [one for one in product.subscriptions if one.status in {"Enabled", "Warning"} and one.licenses]
    left = {one.subscription_id: one.licenses for one in living}
    found, rest = [], max(available, 0)
    for one, quantity, until in sorted(_windows(living, now), key=lambda each: each[2]):
        count = min(quantity, rest, left[one.subscription_id])
        if count:
            found.append(Unused(one, Way.NOW, count, until))
            left[one.subscription_id] -= count
            rest -= count
    for one in sorted(living, key=_order):
        count = min(rest, left[one.subscription_id])
        if count:
            found.append(Unused(one, _way(one), count, one.ends_at))
            rest -= count
    return found


def _windows(
    living: Iterable[OwnedSubscription], now: datetime
) -> Iterable[tuple[OwnedSubscription, int, datetime]]:
    for one in living:
        if _way(one) in {Way.AT_RENEWAL, Way.ENDS}:
            yield from ((one, quantity, until) for quantity, until in one.reducible if until > now)


def _order(one: OwnedSubscription) -> tuple[bool, datetime]:
    """What we can do something about comes first, and of that what ends first."""
    return not one.sold_by_us, one.ends_at or _FAR


def _way(one: OwnedSubscription) -> Way:
    if one.is_trial:
        return Way.TRIAL
    if not one.sold_by_us:
        return Way.NOT_SOLD
    return Way.AT_RENEWAL if one.auto_renew else Way.ENDS
