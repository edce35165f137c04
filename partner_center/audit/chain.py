"""What ties each entry to the one before it. Pure.

An entry's hash is taken over its own content and its predecessor's hash. Its number is left out: the chain
alone says what follows what, so that an entry in a wrong place is known from one whose words were changed.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import Any, NamedTuple

GENESIS = "0" * 64
"""What stands before the first entry."""


class Content(NamedTuple):
    """All that an entry says, as it is stored."""

    at: datetime
    action: str
    actor_id: int | None
    actor_name: str
    customer_id: int | None
    subject: str
    result: str
    details: Any
    request_id: str


def hash_of(content: Content, prev_hash: str) -> str:
    """SHA-256 over the canonical JSON of `content` behind `prev_hash`, as 64 hexadecimal digits."""
    told = content._asdict() | {"at": content.at.astimezone(UTC).isoformat(timespec="microseconds")}
    text = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(f"{prev_hash}\n{text}".encode("ascii")).hexdigest()
