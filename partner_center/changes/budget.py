"""Microsoft's write quota, as far as it is felt: how many more users may be sent to a tenant. Pure.

One app may write 3,000 times at once in one tenant and then 20 times a second: a bucket that refills
steadily (Graph, throttling limits of identity and access). How full it is nobody tells, so that everything
is sent until writes are turned away: then it is empty, and what refills is known. Asking on would cost, for
calls that are turned away count too (Graph, throttling guidance).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

FULL = 3_000
PER_SECOND = 20.0


@dataclass(slots=True)
class Budget:
    """Writes to one tenant: `_taken` since it was empty. Safe to use from threads."""

    per_second: float = PER_SECOND
    _empty_at: datetime | None = None
    _taken: int = 0
    _lock: Lock = field(default_factory=Lock)

    def use_up(self, now: datetime) -> None:
        """Microsoft turned writes away: nothing is left."""
        with self._lock:
            self._empty_at, self._taken = now, 0

    def take(self, most: int, now: datetime) -> int:
        """How many of `most` users may be sent now; they are counted as sent."""
        with self._lock:
            left = self._left(now)
            if left is None:
                return most
            taken = min(most, max(0, int(left)))
            self._taken += taken
            return taken

    def give_back(self, count: int) -> None:
        """So many that were taken have not been sent."""
        with self._lock:
            self._taken = max(0, self._taken - count)

    def due(self, count: int, now: datetime) -> datetime:
        """When `count` users may be sent at once, `now` at the earliest."""
        with self._lock:
            left = self._left(now)
            if left is None:
                return now
            return now + timedelta(seconds=max(0.0, min(count, FULL) - left) / self.per_second)

    def _left(self, now: datetime) -> float | None:
        """None where there is no end in sight: nothing was turned away, or the bucket is full again."""
        if self._empty_at is None:
            return None
        left = (now - self._empty_at).total_seconds() * self.per_second - self._taken
        if left >= FULL:
            self._empty_at = None
            return None
        return left


class Budgets:
    """One budget for each tenant, shared by the workers of a process."""

    def __init__(self, per_second: float = PER_SECOND) -> None:
        self._of: defaultdict[str, Budget] = defaultdict(lambda: Budget(per_second))
        self._lock = Lock()

    def of(self, tenant_id: str) -> Budget:
        """The tenant's budget."""
        with self._lock:
            return self._of[tenant_id]
