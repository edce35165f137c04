"""Puts the parts together: one `Cloud` for a process, for all its threads."""

from __future__ import annotations

from partner_center.cloud.endpoint import Endpoint
from partner_center.cloud.graph import Graph
from partner_center.cloud.http import Sender
from partner_center.cloud.partner_center import PartnerCenter
from partner_center.cloud.settings import CloudSettings
from partner_center.cloud.tokens import Keyring


class Microsoft:
    """Graph and Partner Center as one `Cloud`."""

    def __init__(self, sender: Sender, settings: CloudSettings) -> None:
        keyring = Keyring(sender, settings)
        partner = settings.partner_tenant_id.lower()
        beta = settings.graph_url.removesuffix("/v1.0") + "/beta"
        graph = Graph(
            Endpoint(sender, keyring, settings.graph_url, settings.graph_scope),
            partner,
            Endpoint(sender, keyring, beta, settings.graph_scope),
        )
        commerce = PartnerCenter(
            Endpoint(sender, keyring, settings.partner_center_url, settings.partner_center_scope), partner
        )
        self.close = sender.close
        self.customers = commerce.customers
        self.customer_country = commerce.customer_country
        self.commerce_subscriptions = commerce.commerce_subscriptions
        self.subscription_terms = commerce.subscription_terms
        self.set_quantity = commerce.set_quantity
        self.access = graph.access
        self.users = graph.users
        self.user_changes = graph.user_changes
        self.fresh_delta_link = graph.fresh_delta_link
        self.read_users = graph.read_users
        self.skus = graph.skus
        self.subscriptions = graph.subscriptions
        self.take_over = graph.take_over
        self.license_groups = graph.license_groups
        self.find_group = graph.find_group
        self.member_ids = graph.member_ids
        self.members = graph.members
        self.send_group = graph.send_group
        self.reprocess = graph.reprocess
        self.sign_ins = graph.sign_ins
        self.mailboxes = graph.mailboxes
        self.send_licenses = graph.send_licenses
        self.send_locations = graph.send_locations
        self.organization = graph.organization
        self.deleted_users = graph.deleted_users
        self.create_users = graph.create_users
        self.set_accounts = graph.set_accounts
        self.delete_users = graph.delete_users
        self.restore_users = graph.restore_users


def connect(settings: CloudSettings) -> Microsoft:
    """The door to Microsoft. Nothing is sent yet. Raises ValueError for unsafe addresses."""
    return Microsoft(Sender(settings), settings)
