"""Times, waits and ids as Microsoft writes them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from partner_center.cloud.errors import DamagedAnswer
from partner_center.cloud.wire.values import guid, moment, optional, understood, wait_seconds

NOON = datetime(2026, 8, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("10", 10.0),
        (10, 10.0),
        ("2.128", 2.128),
        ("Sat, 01 Aug 2026 12:01:30 GMT", 90.0),
        ("Sat, 01 Aug 2026 12:01:30 -0000", 90.0),
        ("Sat, 01 Aug 2026 11:00:00 GMT", 0.0),
        ("-5", 0.0),
        ("1e99", 86400.0),
        ("inf", 86400.0),
        ("nan", None),
        ("soon", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_is_read_in_every_form(said: object, seconds: float | None) -> None:
    assert wait_seconds(said, NOON) == seconds


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("2026-08-01T12:00:00Z", NOON),
        ("2026-08-01T14:00:00.1234567+02:00", NOON.replace(microsecond=123456)),
        ("2026-08-01T12:00:00", NOON),
        ("2026-08-01", NOON.replace(hour=0)),
        ("0001-01-01T00:00:00Z", None),
        ("never", None),
        (None, None),
    ],
)
def test_times_become_aware_utc(said: object, meant: datetime | None) -> None:
    assert moment(said) == meant


def test_ids_are_lower_case_and_never_empty() -> None:
    assert guid("ABC") == "abc"
    for bad in ("", None, 5):
        with pytest.raises(ValueError, match="no id"):
            guid(bad)


def test_blank_text_is_no_text() -> None:
    assert [optional(" x "), optional("  "), optional(None), optional(3)] == ["x", None, None, None]


def test_junk_becomes_one_kind_of_error_without_the_junk_in_it() -> None:
    with pytest.raises(DamagedAnswer) as caught, understood("users"):
        {}["canary"]
    assert "canary" not in str(caught.value)
