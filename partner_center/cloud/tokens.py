"""Access tokens: one per tenant and service, fetched when needed, kept until shortly before they end."""

from __future__ import annotations

import base64
import binascii
import json
import threading
from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from partner_center.cloud.errors import AccessDenied, DamagedAnswer, Rejected, WrongTenant
from partner_center.cloud.http import Key, Request, Sender
from partner_center.cloud.settings import CloudSettings
from partner_center.shared import clock

_MARGIN = 120.0  # seconds before its end that a token is no longer used; half its life for short ones


class Keyring:
    """Gives the key for a tenant and a scope. Safe to use from threads: one asks, the others wait."""

    def __init__(self, sender: Sender, settings: CloudSettings) -> None:
        self._sender = sender
        self._settings = settings
        self._kept: dict[tuple[str, str], tuple[Key, datetime]] = {}
        self._locks: defaultdict[tuple[str, str], threading.Lock] = defaultdict(threading.Lock)
        self._lock = threading.Lock()

    def key(self, tenant_id: str, scope: str) -> Key:
        """A key that lives on for a while. Raises WrongTenant if the token is made for another tenant,
        AccessDenied if there is none for us, and what else `Sender.send` raises."""
        place = (tenant_id.lower(), scope)
        with self._lock:
            lock = self._locks[place]
        with lock:
            kept = self._kept.get(place)
            if kept is None or kept[1] <= clock.now():
                kept = self._fetch(*place)
                self._kept[place] = kept
            return kept[0]

    def forget(self, key: Key) -> None:
        """Don't give this key again: Microsoft no longer takes it."""
        for place, kept in list(self._kept.items()):
            if kept[0] is key:
                self._kept.pop(place, None)

    def _fetch(self, tenant_id: str, scope: str) -> tuple[Key, datetime]:
        url = f"{self._settings.login_url}/{quote(tenant_id, safe='')}/oauth2/v2.0/token"
        asked_at = clock.now()
        request = Request("POST", url, safe=True, form=self._form(scope))
        try:
            reply = self._sender.send(request, tenant_id=tenant_id)
        except Rejected as error:
            raise AccessDenied(error.status, error.code, error.message, error.request_id) from None
        try:
            key = Key(_tenant_of(reply.body["access_token"]), reply.body["access_token"])
            life = float(reply.body["expires_in"])
        except (KeyError, TypeError, ValueError, AttributeError):
            raise DamagedAnswer("Microsoft gave no usable key for this tenant.") from None
        if key.tenant_id != tenant_id:
            raise WrongTenant(tenant_id, key.tenant_id)
        return key, asked_at + timedelta(seconds=life - min(_MARGIN, life / 2))

    def _form(self, scope: str) -> dict[str, str]:
        form = {
            "client_id": self._settings.client_id,
            "client_secret": self._settings.client_secret,
            "scope": scope,
        }
        if self._settings.refresh_token:
            return form | {"grant_type": "refresh_token", "refresh_token": self._settings.refresh_token}
        return form | {"grant_type": "client_credentials"}


def _tenant_of(token: str) -> str | None:
    """The tenant a token says it is for (its `tid` claim); None where it says nothing.

    Not verified: this guards against our own mix-ups, Microsoft verifies the token.
    """
    try:
        payload = token.split(".")[1]
        claims: Any = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return str(claims["tid"]).lower()
    except (IndexError, KeyError, TypeError, ValueError, binascii.Error):
        return None
