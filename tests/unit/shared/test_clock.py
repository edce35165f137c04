"""One clock for all processes of an installation: the database's."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from partner_center.shared import clock
from partner_center.shared.orm import database_time


@pytest.fixture(autouse=True)
def own_clock() -> Iterator[None]:
    """Go by this machine's clock again afterwards."""
    yield
    clock.follow(datetime.now(UTC))


def test_the_time_is_told_as_whoever_was_followed_told_it() -> None:
    behind = clock.follow(datetime.now(UTC) + timedelta(hours=1))
    assert timedelta(minutes=59) < behind < timedelta(minutes=61)
    assert abs(clock.now() - datetime.now(UTC) - timedelta(hours=1)) < timedelta(seconds=5)
    assert abs(clock.follow(datetime.now(UTC)) + timedelta(hours=1)) < timedelta(seconds=5)


def test_a_database_tells_its_time_in_utc(engine: Engine) -> None:
    assert abs(database_time(engine) - datetime.now(UTC)) < timedelta(seconds=5)
    assert database_time(engine).utcoffset() == timedelta(0)
