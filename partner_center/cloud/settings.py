"""Where Microsoft is and who we are there. Whoever reads the environment fills this in. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class CloudSettings:
    """Addresses come with their version and without a slash at the end; timeouts are in seconds.

    With a refresh token (Partner Center's secure application model) everything is asked for as that user
    and the app, without one as the app alone. Secrets stay out of `repr`.
    """

    graph_url: str = "https://graph.microsoft.com/v1.0"
    partner_center_url: str = "https://api.partnercenter.microsoft.com/v1"
    login_url: str = "https://login.microsoftonline.com"
    partner_tenant_id: str = ""
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    refresh_token: str = field(default="", repr=False)
    connect_timeout: float = 5.0
    read_timeout: float = 60.0
    graph_scope: str = "https://graph.microsoft.com/.default"
    partner_center_scope: str = "https://api.partnercenter.microsoft.com/.default"

    @property
    def urls(self) -> tuple[str, str, str]:
        """The three base addresses."""
        return self.graph_url, self.partner_center_url, self.login_url

    @property
    def is_sandbox(self) -> bool:
        """Whether any address is on this machine, as the sandbox's are."""
        return any(is_loopback(url) for url in self.urls)

    def check(self) -> None:
        """Raise ValueError, in one sentence, for an address that would send secrets in the clear."""
        for url in self.urls:
            if urlsplit(url).scheme != "https" and not is_loopback(url):
                raise ValueError(f"Tokens would travel in the clear to {url}: use an https address.")
            if url.endswith("/") or urlsplit(url).query or urlsplit(url).username:
                raise ValueError(f"{url} must be a plain address with no slash at the end.")


def is_loopback(url: str) -> bool:
    """Whether a URL stays on this machine."""
    return (urlsplit(url).hostname or "") in _LOOPBACK
