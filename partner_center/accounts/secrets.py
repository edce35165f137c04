"""Temporary passwords: kept sealed, and no longer than until they were shown."""

from __future__ import annotations

from partner_center.shared.vault import Binding, Vault, VaultError


class Keeper:
    """Seals passwords in the installation's vault, each for one address: the database alone tells none."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def seal(self, password: str, address: str) -> str:
        """What may be stored for the user of this address."""
        return self._vault.encrypt(password, bound_to=binding_of(address))

    def open(self, sealed: str, address: str) -> str | None:
        """The password; None where it was sealed for another address, or with a key that is gone."""
        try:
            return self._vault.decrypt(sealed, bound_to=binding_of(address))
        except VaultError:
            return None


def binding_of(address: str) -> Binding:
    """What the sealed password of this address belongs to."""
    return "account_item", "secret", address


def is_strong(password: str) -> bool:
    """Entra's policy: 8 to 256 characters of three of the four kinds, no spaces around."""
    kinds = (
        any(sign.isupper() for sign in password),
        any(sign.islower() for sign in password),
        any(sign.isdigit() for sign in password),
        any(not sign.isalnum() for sign in password),
    )
    return 8 <= len(password) <= 256 and sum(kinds) >= 3 and password == password.strip()
