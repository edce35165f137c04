"""What a process counts of its own doings. What the database knows is counted there, when somebody asks."""

from __future__ import annotations

from prometheus_client import Counter

REQUESTS = Counter(
    "partner_center_requests", "Answered requests, by the route's pattern.", ["method", "route", "status"]
)
CALLS = Counter(
    "partner_center_microsoft_calls",
    "HTTP calls to Microsoft; lost where no answer came.",
    ["host", "status"],
)
THROTTLED = Counter(
    "partner_center_microsoft_throttled", "Requests that Microsoft asked to send later, those in batches too."
)
