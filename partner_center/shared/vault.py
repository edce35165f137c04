"""Secrets at rest: AES-256-GCM, each bound to the row it belongs to.

A secret copied into another row, or another column, can't be read there. The envelope names its key, so that
keys can be rotated: the first key encrypts, every key that is still listed decrypts.
"""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from partner_center.shared.ids import new_nonce

Binding = tuple[str, str, int | str]
"""Table, column, row: what an envelope belongs to."""

_VERSION = "v1"
_NONCE = 12  # bytes; NIST SP 800-38D's size for random nonces


class VaultError(RuntimeError):
    """A secret can't be read: it is damaged, of another row, or its key is not listed. Tells no secret."""


class Vault:
    """Encrypts and decrypts with keys derived from `secrets`, the newest first."""

    def __init__(self, secrets: Sequence[str]) -> None:
        if not secrets:
            raise ValueError("a vault needs a secret")
        self._keys = dict(_derived(secret) for secret in reversed(secrets))
        self.current = _derived(secrets[0])[0]

    def __repr__(self) -> str:
        return f"<Vault of {len(self._keys)} keys>"

    def encrypt(self, plain: str, *, bound_to: Binding) -> str:
        """The envelope `v1.<key id>.<base64 of nonce and ciphertext>`, readable for this row alone."""
        nonce = new_nonce(_NONCE)
        sealed = self._keys[self.current].encrypt(nonce, plain.encode(), _associated(bound_to))
        return f"{_VERSION}.{self.current}.{urlsafe_b64encode(nonce + sealed).decode()}"

    def decrypt(self, envelope: str, *, bound_to: Binding) -> str:
        """What was encrypted for this row. Raises VaultError."""
        version, _dot, rest = envelope.partition(".")
        key_id, _dot, body = rest.partition(".")
        key = self._keys.get(key_id)
        if version != _VERSION or key is None:
            raise VaultError("the key of this secret is not listed")
        try:
            raw = urlsafe_b64decode(body)
            return key.decrypt(raw[:_NONCE], raw[_NONCE:], _associated(bound_to)).decode()
        except (InvalidTag, ValueError) as problem:
            raise VaultError("this secret is damaged, or belongs to another row") from problem

    def is_current(self, envelope: str) -> bool:
        """Whether the envelope was made with the key that encrypts now."""
        return envelope.startswith(f"{_VERSION}.{self.current}.")


def _derived(secret: str) -> tuple[str, AESGCM]:
    # The purpose is part of the derivation: no key of another use, cookies for one, opens the vault.
    key = HKDF(SHA256(), 32, salt=None, info=b"partner-center vault v1").derive(secret.encode())
    return hashlib.sha256(b"id of " + key).hexdigest()[:8], AESGCM(key)


def _associated(bound_to: Binding) -> bytes:
    return "\x1f".join(str(part) for part in bound_to).encode()
