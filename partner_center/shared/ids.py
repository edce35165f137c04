"""The only place that draws random names."""

from __future__ import annotations

import secrets
import uuid

_SPOKEN = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # no 0/O, 1/I/L: references are read aloud
_UPPER, _LOWER, _DIGITS = "ABCDEFGHJKLMNPQRSTUVWXYZ", "abcdefghijkmnpqrstuvwxyz", "23456789"
_MIXED = _LOWER + _DIGITS


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


def new_password() -> str:
    """Fourteen signs of four kinds, without letters and digits that are read for others: about 56 bits."""
    first = secrets.choice(_UPPER) + "".join(secrets.choice(_LOWER) for _ in range(3))
    middle = "".join(secrets.choice(_MIXED) for _ in range(4))
    last = "".join(secrets.choice(_MIXED) for _ in range(3)) + secrets.choice(_DIGITS)
    return f"{first}-{middle}-{last}"
