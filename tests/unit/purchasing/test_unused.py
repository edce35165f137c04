"""Where unused seats lie, and when there may be fewer (S5.7)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from partner_center.directory.owned import OwnedProduct, OwnedSubscription
from partner_center.purchasing.unused import Way, unused_seats

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


def subscription(name: str, licenses: int, **fields: object) -> OwnedSubscription:
    told: dict[str, object] = {
        "status": "Enabled",
        "is_trial": False,
        "self_service": False,
        "ends_at": NOW + timedelta(days=90),
        "term": "P1Y",
        "auto_renew": True,
    }
    return OwnedSubscription(name, "e3", licenses=licenses, **(told | fields))  # type: ignore[arg-type]


def parts(available: int, *subscriptions: OwnedSubscription) -> list[tuple[str, Way, int]]:
    product = OwnedProduct("e3", "E3", "E3", "Enabled", True, 0, 0, 0, subscriptions)
    return [
        (one.subscription.subscription_id, one.way, one.count)
        for one in unused_seats(product, available, NOW)
    ]


def test_what_was_bought_within_the_window_may_be_reduced_now_the_rest_at_renewal() -> None:
    batches = ((2, NOW + timedelta(days=3)),)
    assert parts(6, subscription("a", 10, reducible=batches)) == [("a", Way.NOW, 2), ("a", Way.AT_RENEWAL, 4)]


@pytest.mark.parametrize("moment", [timedelta(0), timedelta(seconds=-1)])
def test_a_window_that_is_over_helps_nobody(moment: timedelta) -> None:
    assert parts(1, subscription("a", 10, reducible=((2, NOW + moment),))) == [("a", Way.AT_RENEWAL, 1)]


def test_the_window_that_closes_first_is_used_first_over_all_subscriptions() -> None:
    late = subscription("late", 8, reducible=((8, NOW + timedelta(days=5)),))
    soon = subscription("soon", 5, reducible=((3, NOW + timedelta(days=1)),))
    assert parts(4, late, soon) == [("soon", Way.NOW, 3), ("late", Way.NOW, 1)]


def test_what_ends_first_carries_the_rest_and_no_seat_is_counted_twice() -> None:
    first = subscription("first", 5, ends_at=NOW + timedelta(days=10), auto_renew=False)
    found = parts(9, subscription("later", 8), first)
    assert found == [("first", Way.ENDS, 5), ("later", Way.AT_RENEWAL, 4)]


def test_others_sales_and_trials_are_told_as_what_they_are() -> None:
    foreign = subscription("theirs", 5, term=None, auto_renew=None)
    trial = subscription("trial", 25, is_trial=True, reducible=((25, NOW + timedelta(days=5)),))
    assert parts(27, foreign, trial) == [("trial", Way.TRIAL, 25), ("theirs", Way.NOT_SOLD, 2)]


def test_nothing_unused_nothing_told() -> None:
    assert parts(0, subscription("a", 5)) == parts(-3, subscription("a", 5)) == []
    assert parts(3, subscription("a", 5, status="Suspended")) == []
