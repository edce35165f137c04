"""The only place that draws random names."""

from __future__ import annotations

import secrets
import uuid

_SPOKEN = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # no 0/O, 1/I/L: references are read aloud


def new_ref(prefix: str) -> str:
    """A short reference such as `CH-7K3M9QWT`; 31**8, about 8.5e11, of them."""
    return prefix + "-" + "".join(secrets.choice(_SPOKEN) for _ in range(8))


def new_guid() -> str:
    """A random RFC 4122 version 4 GUID in lower case."""
    return str(uuid.uuid4())


def new_nonce(length: int) -> bytes:
    """So many random bytes, for encryption."""
    return secrets.token_bytes(length)


def new_token() -> str:
    """An unguessable key of 32 URL-safe characters, for idempotency and the like."""
    return secrets.token_urlsafe(24)
