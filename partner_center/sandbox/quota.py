"""Microsoft's write quota: 3,000 writes in 150 seconds for one app in one tenant, as a token bucket."""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass

from partner_center.sandbox.calls import graph_error
from partner_center.shared import clock

CAPACITY = 3000
PER_SECOND = 20.0


@dataclass(slots=True)
class _Bucket:
    level: float
    at: float


class WriteQuota:
    """A bucket per app and tenant. `scale` makes all of them larger; None turns the quota off.

    `clock_scale` lets the bucket refill faster than real time, and Retry-After shrink alike.
    """

    def __init__(self) -> None:
        self.scale: float | None = 1.0
        self.clock_scale = 1.0
        self._buckets: dict[tuple[str, str], _Bucket] = {}
        self._lock = threading.Lock()

    def take(self, app_id: str, tenant: str) -> None:
        """Use one write, or refuse with 429 and a whole number of seconds to wait."""
        if self.scale is None:
            return
        with self._lock:
            bucket = self._filled(app_id, tenant, self.scale)
            if bucket.level >= 1:
                bucket.level -= 1
                return
            wait = (1 - bucket.level) / (PER_SECOND * self.scale * self.clock_scale)
        raise graph_error(
            429,
            "TooManyRequests",
            "Please retry again later.",
            {
                "Retry-After": str(max(1, math.ceil(wait))),
                "x-ms-throttle-scope": f"Tenant_Application/Write/{app_id}/{tenant}",
                "x-ms-throttle-information": "WriteLimitExceeded",
            },
        )

    def reset(self) -> None:
        """Fill every bucket."""
        with self._lock:
            self._buckets.clear()

    def _filled(self, app_id: str, tenant: str, scale: float) -> _Bucket:
        present = clock.now().timestamp()
        bucket = self._buckets.setdefault((app_id, tenant), _Bucket(CAPACITY * scale, present))
        grown = bucket.level + max(0.0, present - bucket.at) * PER_SECOND * scale * self.clock_scale
        bucket.level, bucket.at = min(CAPACITY * scale, grown), present
        return bucket
