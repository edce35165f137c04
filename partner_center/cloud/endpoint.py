"""One of Microsoft's services: its address, and the right key for the tenant that is asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from partner_center.cloud.errors import AccessDenied, CloudError
from partner_center.cloud.http import Reply, Request, Sender
from partner_center.cloud.tokens import Keyring

_NO_HEADERS: Mapping[str, str] = {}


class Endpoint:
    """Calls paths below one base address in the name of a tenant."""

    def __init__(self, sender: Sender, keyring: Keyring, base_url: str, scope: str) -> None:
        self._sender = sender
        self._keyring = keyring
        self._base_url = base_url
        self._scope = scope

    def owns(self, link: str) -> bool:
        """Whether a link stays below this service's address."""
        return link.startswith(self._base_url + "/")

    def get(self, tenant_id: str, path: str, headers: Mapping[str, str] = _NO_HEADERS) -> Any:
        """The JSON at a path, or at a link that Microsoft gave."""
        return self.call(tenant_id, "GET", path, safe=True, headers=headers).body

    def call(
        self,
        tenant_id: str,
        method: str,
        path: str,
        *,
        safe: bool,
        body: Any = None,
        headers: Mapping[str, str] = _NO_HEADERS,
    ) -> Reply:
        """Send one request; with a new key a second time if the kept one is no longer taken (401 means
        that nothing was done). Raises what `Sender.send` raises."""
        request = Request(method, self._url(path), safe=safe, body=body, headers=headers)
        key = self._keyring.key(tenant_id, self._scope)
        try:
            return self._sender.send(request, tenant_id=tenant_id, key=key)
        except AccessDenied as error:
            if error.status != 401:
                raise
        self._keyring.forget(key)
        fresh = self._keyring.key(tenant_id, self._scope)
        return self._sender.send(request, tenant_id=tenant_id, key=fresh)

    def _url(self, path: str) -> str:
        if path.startswith("/"):
            return self._base_url + path
        if not self.owns(path):
            raise CloudError("Stopped: a link led away from Microsoft's own address.")
        return path
