"""Single values as Microsoft writes them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from math import isnan, nan
from typing import Any

from partner_center.cloud.errors import DamagedAnswer

_EARLIEST = 1900  # .NET writes "no date" as the year 1
_LONGEST_WAIT = timedelta(days=1).total_seconds()


@contextmanager
def understood(what: str) -> Iterator[None]:
    """Turn whatever goes wrong while reading an answer into one DamagedAnswer; the answer is not in it."""
    try:
        yield
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise DamagedAnswer(f"Microsoft's list of {what} could not be understood.") from error


def guid(value: Any) -> str:
    """A GUID in lower case."""
    if not isinstance(value, str) or not value:
        raise ValueError("no id")
    return value.lower()


def optional(value: Any) -> str | None:
    """A text, or None where there is none worth keeping."""
    return value.strip() or None if isinstance(value, str) else None


def moment(value: Any) -> datetime | None:
    """An ISO 8601 time as aware UTC; None for none, for junk and for .NET's empty date."""
    try:
        found = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    if found.year < _EARLIEST:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def wait_seconds(retry_after: Any, now: datetime) -> float | None:
    """Retry-After as seconds: a whole or broken number, or an HTTP date; None where it says nothing.

    Graph documents `2.128` beside whole seconds (throttling sample), HTTP allows a date. Bounded by a day.
    """
    try:
        seconds = float(retry_after)
    except (TypeError, ValueError):
        seconds = _until(retry_after, now)
    return None if isnan(seconds) else min(max(seconds, 0.0), _LONGEST_WAIT)


def _until(date: Any, now: datetime) -> float:
    try:
        then = parsedate_to_datetime(date)
    except (TypeError, ValueError):
        return nan
    return ((then if then.tzinfo else then.replace(tzinfo=UTC)) - now).total_seconds()
