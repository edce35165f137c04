"""The only place that asks the time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_ahead = timedelta(0)


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC) + _ahead


def follow(told: datetime) -> timedelta:
    """Tell the time, from here on, as whoever has just told it; by how much this machine's was behind.

    Processes on several machines share leases and waits: they need one clock, whichever it is.
    """
    global _ahead  # noqa: PLW0603 - one clock for the process
    behind = told - now()
    _ahead += behind
    return behind
