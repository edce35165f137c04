"""Which subscriptions can grow, and what growing commits to. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from partner_center.cloud.port import CommerceSubscription

CANCEL_WITHIN = timedelta(days=7)
"""Licences can be returned within 168 hours of being added (Partner Center, create a new subscription)."""


@dataclass(frozen=True, slots=True)
class Growable:
    """A subscription of which more can be bought.

    `term` is ISO 8601 (P1M, P1Y, P3Y); `cancel_until` is for licences added now.
    """

    subscription_id: str
    name: str
    quantity: int
    term: str | None
    billing_cycle: str | None
    renews_on: date | None
    auto_renew: bool
    cancel_until: datetime | None
    is_trial: bool


def growable(
    subscriptions: Iterable[CommerceSubscription], sku_id: str, now: datetime
) -> tuple[Growable, ...]:
    """The active subscriptions that deliver `sku_id`, the largest first. Trials can't grow."""
    found = [
        _growable(one, now)
        for one in subscriptions
        if one.sku_id == sku_id and one.status == "active" and not one.raw.get("isTrial")
    ]
    return tuple(sorted(found, key=lambda one: (-one.quantity, one.subscription_id)))


def _growable(one: CommerceSubscription, now: datetime) -> Growable:
    ends_at = one.commitment_end_at
    window = now + CANCEL_WITHIN
    return Growable(
        subscription_id=one.subscription_id,
        name=one.name,
        quantity=one.quantity,
        term=one.term,
        billing_cycle=one.billing_cycle,
        renews_on=ends_at.date() if ends_at else None,
        auto_renew=one.auto_renew,
        cancel_until=min(window, ends_at) if ends_at else window,
        is_trial=bool(one.raw.get("isTrial")),
    )
