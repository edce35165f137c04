"""Microsoft's write quota, and the switches that stretch it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from partner_center.sandbox.calls import Refused
from partner_center.sandbox.quota import WriteQuota

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def spend(quota: WriteQuota, writes: int, tenant: str = "t", app: str = "a") -> int:
    """How many of `writes` went through."""
    for done in range(writes):
        try:
            quota.take(app, tenant)
        except Refused:
            return done
    return writes


def test_three_thousand_writes_go_at_once_and_then_twenty_a_second() -> None:
    quota = WriteQuota()
    with time_machine.travel(NOON, tick=False) as traveller:
        assert spend(quota, 4000) == 3000
        traveller.shift(timedelta(seconds=10))
        assert spend(quota, 4000) == 200


def test_each_app_and_tenant_has_its_own() -> None:
    quota = WriteQuota()
    with time_machine.travel(NOON, tick=False):
        spend(quota, 3000)
        assert spend(quota, 1, tenant="other") == 1
        assert spend(quota, 1, app="other") == 1


def test_the_answer_says_in_whole_seconds_when_to_come_back() -> None:
    quota = WriteQuota()
    with time_machine.travel(NOON, tick=False) as traveller:
        spend(quota, 3000)
        with pytest.raises(Refused) as refusal:
            quota.take("a", "t")
        headers = refusal.value.reply.headers
        traveller.shift(timedelta(seconds=int(headers["Retry-After"])))
        assert spend(quota, 1) == 1
    assert headers["x-ms-throttle-information"] == "WriteLimitExceeded"
    assert headers["x-ms-throttle-scope"] == "Tenant_Application/Write/a/t"


def test_switched_off_nothing_is_counted() -> None:
    quota = WriteQuota()
    quota.scale = None
    with time_machine.travel(NOON, tick=False):
        assert spend(quota, 5000) == 5000


def test_a_faster_clock_refills_sooner() -> None:
    quota = WriteQuota()
    quota.clock_scale = 100
    with time_machine.travel(NOON, tick=False) as traveller:
        spend(quota, 3000)
        traveller.shift(timedelta(seconds=1))
        assert spend(quota, 4000) == 2000
