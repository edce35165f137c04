"""Passwords of local accounts: argon2id, and the same work whether or not the account exists."""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

LONGEST = 256
"""Characters; longer ones are refused before any hashing, so that nobody buys our CPU with a megabyte."""

# OWASP's password storage cheat sheet, argon2id: at least 19 MiB, two passes, one lane.
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_nobody = _hasher.hash("the account that is not there")


def hash_password(password: str) -> str:
    """The argon2id hash to store, with its own salt and parameters."""
    if not 0 < len(password) <= LONGEST:
        raise ValueError(f"a password has 1 to {LONGEST} characters")
    return _hasher.hash(password)


def matches(password_hash: str | None, password: str) -> bool:
    """Whether `password` is the one behind `password_hash`.

    Without a hash a dummy is verified all the same, so that the answer takes as long.
    """
    if len(password) > LONGEST:
        return False
    try:
        _hasher.verify(password_hash or _nobody, password)
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


def is_outdated(password_hash: str) -> bool:
    """Whether the hash was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(password_hash)
