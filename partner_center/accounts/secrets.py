"""Temporary passwords: kept sealed, and no longer than until they were shown."""

from __future__ import annotations

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken


class Keeper:
    """Seals passwords with a key made of the installation's secret, so that the database alone tells none."""

    def __init__(self, secret_key: str) -> None:
        digest = hashlib.sha256(b"temporary passwords\0" + secret_key.encode()).digest()
        self._fernet = Fernet(base64.urlsafe_b64encode(digest))

    def seal(self, password: str) -> str:
        """What may be stored."""
        return self._fernet.encrypt(password.encode()).decode()

    def open(self, sealed: str) -> str | None:
        """The password; None where it was sealed with another secret."""
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken:
            return None


def is_strong(password: str) -> bool:
    """Entra's policy: 8 to 256 characters of three of the four kinds, no spaces around."""
    kinds = (
        any(sign.isupper() for sign in password),
        any(sign.islower() for sign in password),
        any(sign.isdigit() for sign in password),
        any(not sign.isalnum() for sign in password),
    )
    return 8 <= len(password) <= 256 and sum(kinds) >= 3 and password == password.strip()
