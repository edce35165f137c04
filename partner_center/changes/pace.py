"""How fast one customer's changes may be sent: Microsoft's quota, its silences, and the time left. Pure.

Microsoft takes 3,000 writes in 150 seconds for one app in one tenant (Graph throttling limits, identity):
a bucket of 3,000 that fills with 20 a second. Customers have buckets of their own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

CAPACITY = 3000
PER_SECOND = 20.0
RESERVE = 100
"""Writes that changes of many users leave to those of few, for which somebody waits before the screen."""
WORTH = 300
"""Writes to wait for where the quota is used up: beginning anew costs a few calls each time."""
MOST_SILENT = 5
"""Calls without an answer, one after the other, before no more are made."""
FIRST_REST = timedelta(seconds=30)
LONGEST_REST = timedelta(minutes=5)
PROBE = timedelta(seconds=90)
"""How long one trial call may take before another one is made: longer than its own time-out."""
_SKEW = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Quota:
    """What Microsoft allows for one customer; `capacity` 0 means that nobody counts."""

    capacity: int = CAPACITY
    per_second: float = PER_SECOND

    def level(self, level: float, at: datetime, now: datetime) -> float:
        """How much a bucket that stood at `level` holds `now`; clocks that differ fill nothing."""
        passed = max(0.0, (now - at).total_seconds())
        return min(self.capacity, level + passed * self.per_second)

    def due(self, level: float, wanted: float, now: datetime) -> datetime:
        """When `wanted` will be there."""
        return now + timedelta(seconds=max(0.0, wanted - level) / self.per_second)


class Line(StrEnum):
    """How it is with the line to one customer's tenant.

    `shut`: nothing is asked until `retry_at`. `trial`: one call is out to see whether it is back.
    """

    OPEN = "open"
    SHUT = "shut"
    TRIAL = "trial"


@dataclass(frozen=True, slots=True)
class Silence:
    """Calls of one tenant that got no answer, in a row: `since` the first of them.

    From `MOST_SILENT` on the line is shut until `retry_at`; then one call is a trial until `trial_until`.
    """

    calls: int = 0
    since: datetime | None = None
    retry_at: datetime | None = None
    trial_until: datetime | None = None

    def line(self, now: datetime) -> Line:
        """How the line is; `trial` means that the next call is the trial, or that it is out."""
        if self.retry_at is None:
            return Line.OPEN
        return Line.SHUT if now < self.retry_at else Line.TRIAL

    def try_now(self, now: datetime) -> Silence | None:
        """The trial, if it is nobody else's."""
        if self.line(now) is not Line.TRIAL or (self.trial_until and now < self.trial_until):
            return None
        return replace(self, trial_until=now + PROBE)

    def unanswered(self, now: datetime) -> Silence:
        """One more call got no answer. Those that were out with the last trial do not count anew."""
        if self.retry_at is not None and now < self.retry_at:
            return self
        calls, since = self.calls + 1, self.since or now
        if calls < MOST_SILENT:
            return Silence(calls, since)
        rest = min(FIRST_REST * 2 ** (calls - MOST_SILENT), LONGEST_REST)
        return Silence(calls, since, now + rest)


ANSWERED = Silence()
"""The line is open: Microsoft answers, whatever it says."""


class Pace(StrEnum):
    """What the time left was worked out from."""

    QUOTA = "quota"
    SEEN = "seen"


@dataclass(frozen=True, slots=True)
class TimeLeft:
    """How long the rest of a change takes, in seconds; `ahead` other changes of the customer go first."""

    seconds: float
    pace: Pace
    per_second: float
    ahead: int = 0


@dataclass(frozen=True, slots=True)
class Rest:
    """What is left to send: `writes` of the change, `before` of changes of the customer saved earlier.

    `seen` is how many users a second were done lately, None where nothing was done yet.
    """

    writes: int
    before: int = 0
    ahead: int = 0
    seen: float | None = None


def time_left(rest: Rest, level: float, quota: Quota) -> TimeLeft | None:
    """The longer of what the quota takes and what was seen takes; None where neither says anything.

    The quota says nothing while all that is left fits into it: then only what was seen counts.
    """
    lacking = rest.writes + rest.before - level
    by_quota = lacking / quota.per_second if quota.capacity and lacking > 0 else 0.0
    by_sight = rest.writes / rest.seen if rest.seen else 0.0
    if not rest.writes or not (by_quota or by_sight):
        return None
    pace = Pace.QUOTA if by_quota >= by_sight else Pace.SEEN
    return TimeLeft(max(by_quota, by_sight), pace, quota.per_second, rest.ahead)
