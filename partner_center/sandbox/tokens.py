"""Bearer tokens: JWTs that look like Entra's, signed with a key that is no secret."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import dataclass
from typing import Any

from partner_center.shared import clock, ids

LIFETIME_SECONDS = 3599
GRAPH = "https://graph.microsoft.com"
PARTNER_CENTER = "https://api.partnercenter.microsoft.com"
_KEY = b"the sandbox trusts everybody who runs it"


@dataclass(frozen=True, slots=True)
class Token:
    """What a bearer token says: for which tenant, which API, by which app, with a person or without."""

    tenant: str
    audience: str
    app_id: str
    with_user: bool
    expires: int

    @property
    def expired(self) -> bool:
        return clock.now().timestamp() >= self.expires


class BadToken(Exception):
    """The text is no token of ours."""


def mint(tenant: str, audience: str, app_id: str, *, with_user: bool) -> str:
    """A token for `tenant`, good for an hour less a second, as Entra's are."""
    issued = int(clock.now().timestamp())
    claims: dict[str, Any] = {
        "aud": audience,
        "iss": f"https://sts.windows.net/{tenant}/",
        "iat": issued,
        "nbf": issued,
        "exp": issued + LIFETIME_SECONDS,
        "appid": app_id,
        "tid": tenant,
        "uti": ids.new_guid(),
        "ver": "1.0",
    }
    claims |= {"scp": "user_impersonation", "amr": ["pwd", "mfa"]} if with_user else {"idtyp": "app"}
    head = _encode(json.dumps({"typ": "JWT", "alg": "HS256"}).encode())
    body = f"{head}.{_encode(json.dumps(claims).encode())}"
    return f"{body}.{_encode(_signature(body))}"


def read(text: str) -> Token:
    """The token behind `text`; `BadToken` unless this sandbox made it."""
    try:
        head, claims, signature = text.split(".")
        if not hmac.compare_digest(_decode(signature), _signature(f"{head}.{claims}")):
            raise BadToken
        fields = json.loads(_decode(claims))
        return Token(fields["tid"], fields["aud"], fields["appid"], "scp" in fields, fields["exp"])
    except (ValueError, KeyError, TypeError, binascii.Error) as problem:
        raise BadToken from problem


def _signature(text: str) -> bytes:
    return hmac.new(_KEY, text.encode(), hashlib.sha256).digest()


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
