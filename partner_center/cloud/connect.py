"""Puts the parts together: one `Cloud` for a process, for all its threads."""

from __future__ import annotations

from partner_center.cloud.endpoint import Endpoint
from partner_center.cloud.graph import Graph
from partner_center.cloud.http import Sender
from partner_center.cloud.partner_center import PartnerCenter
from partner_center.cloud.settings import CloudSettings
from partner_center.cloud.tokens import Keyring


class Microsoft(Graph, PartnerCenter):
    """Graph and Partner Center as one `Cloud`: the two halves have no name in common but `_partner`."""

    def __init__(self, sender: Sender, settings: CloudSettings) -> None:
        keyring = Keyring(sender, settings)
        partner = settings.partner_tenant_id.lower()

        def endpoint(url: str, scope: str) -> Endpoint:
            return Endpoint(sender, keyring, url, scope)

        beta = settings.graph_url.removesuffix("/v1.0") + "/beta"
        Graph.__init__(
            self,
            endpoint(settings.graph_url, settings.graph_scope),
            endpoint(beta, settings.graph_scope),
            partner,
        )
        commerce = endpoint(settings.partner_center_url, settings.partner_center_scope)
        PartnerCenter.__init__(self, commerce, partner)
        self.close = sender.close


def connect(settings: CloudSettings) -> Microsoft:
    """The door to Microsoft. Nothing is sent yet. Raises ValueError for unsafe addresses."""
    return Microsoft(Sender(settings), settings)
