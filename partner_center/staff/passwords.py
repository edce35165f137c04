"""Passwords of local accounts: argon2id, and the same work whether or not the account exists."""

from __future__ import annotations

import re

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from partner_center.shared.errors import Refusal

SHORTEST = 12

LONGEST = 256
"""Characters; longer ones are refused before any hashing, so that nobody buys our CPU with a megabyte."""

# OWASP's password storage cheat sheet, argon2id: at least 19 MiB, two passes, one lane.
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_nobody = _hasher.hash("the account that is not there")


_COMMON = frozenset(
    """123456789012 1234567890123 12345678901234 123456789012345 1234567890123456 password1234 password12345
    password123456 passwordpassword qwertyuiop12 qwertyuiop123 qwertyuiopasdf qwertyuiopasdfgh qwerty123456
    qwerty1234567 1q2w3e4r5t6y 1q2w3e4r5t6y7u 1qaz2wsx3edc 1qaz2wsx3edc4rfv abcdefghijkl abcdefghijklm
    administrator administrator1 changemechangeme letmeinletmein iloveyouiloveyou welcome12345 welcome123456
    admin1234567 adminadminadmin microsoft365 microsoft3651 partnercenter partnercenter1
    correcthorsebatterystaple zaq12wsxcde3 asdfghjkl123 unbelievable trustno1trustno1
    football1234 baseball1234""".split()  # noqa: SIM905
)
"""Long passwords that lists of stolen ones are full of, in lower case without spaces and signs."""


def demand_good(password: str, *, name: str, email: str) -> None:
    """Raise Refusal for what is short, common, or the person's own name. No rule asks for signs or digits:
    NIST SP 800-63B, section 3.1.1.2, advises against them."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise Refusal(f"A password has {SHORTEST} to {LONGEST} characters. Choose another one.")
    plain = _plain(password)
    if plain in _COMMON or len(set(plain)) < 4:
        raise Refusal("This password is among the first that are tried. Choose another one.")
    for own in (email, email.partition("@")[0], name):
        known = _plain(own)
        if len(known) > 3 and len(plain.replace(known, "")) < 6 and known in plain:
            raise Refusal("This password is mostly your name or email. Choose another one.")


def _plain(text: str) -> str:
    return re.sub(r"[\W_]", "", text.casefold())


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
