"""What may be asked of Microsoft, and what comes back, in our own words. Pure.

All ids are GUIDs in lower case, times are aware UTC, and tuples are sorted where their order means nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from partner_center.cloud.remote import (
    BATCH_SIZE,
    GROUP_TROUBLES,
    NOT_PREMIUM,
    AccountRequest,
    Answer,
    CommerceSubscription,
    DeletedUser,
    GroupRequest,
    LicenseRequest,
    LocationRequest,
    NewUser,
    Reason,
    RemoteAccess,
    RemoteCustomer,
    RemoteGroup,
    RemoteLicense,
    RemoteMailbox,
    RemoteOrganization,
    RemoteSku,
    RemoteSubscription,
    RemoteTerm,
    RemoteUser,
    RemovedUser,
    SignIn,
    UserPage,
    Verdict,
)

__all__ = [
    "BATCH_SIZE",
    "GROUP_TROUBLES",
    "NOT_PREMIUM",
    "AccountRequest",
    "Answer",
    "Cloud",
    "CommerceSubscription",
    "DeletedUser",
    "GroupRequest",
    "LicenseRequest",
    "LocationRequest",
    "NewUser",
    "Reason",
    "RemoteAccess",
    "RemoteCustomer",
    "RemoteGroup",
    "RemoteLicense",
    "RemoteMailbox",
    "RemoteOrganization",
    "RemoteSku",
    "RemoteSubscription",
    "RemoteTerm",
    "RemoteUser",
    "RemovedUser",
    "SignIn",
    "UserPage",
    "Verdict",
]


class Cloud(Protocol):
    """Microsoft, as far as this product needs it. Safe to use from several threads.

    Reading raises a `cloud.errors.CloudError`. Sending tells everything in its Answers and raises only
    `WrongTenant`, before anything was sent.
    """

    def customers(self) -> Iterator[RemoteCustomer]:
        """All customers of the partner."""
        ...

    def customer_country(self, tenant_id: str) -> str | None:
        """A customer's country (two letters), where the list left it out."""
        ...

    def access(self) -> Iterator[RemoteAccess]:
        """All GDAP relationships of the partner, living or not."""
        ...

    def users(self, tenant_id: str, resume: str | None = None) -> Iterator[UserPage]:
        """All users, 999 a page, from the start or from a page's `next_link`.

        Raises DeltaExpired when a `next_link` is too old to go on from.
        """
        ...

    def user_changes(self, tenant_id: str, delta_link: str) -> Iterator[UserPage]:
        """Users changed since the link was given. The last page has the next `delta_link`.

        A page's `next_link` may be given here too, to go on from it. Raises DeltaExpired.
        """
        ...

    def fresh_delta_link(self, tenant_id: str) -> str:
        """A delta link that starts now, without reading anything."""
        ...

    def read_users(self, tenant_id: str, graph_ids: Sequence[str]) -> dict[str, RemoteUser | None]:
        """These users as they are now; None for those that are gone. Every id has its key."""
        ...

    def skus(self, tenant_id: str) -> list[RemoteSku]:
        """What the tenant owns."""
        ...

    def subscriptions(self, tenant_id: str) -> list[RemoteSubscription]:
        """The subscriptions behind the SKUs."""
        ...

    def subscription_terms(self, tenant_id: str) -> list[RemoteTerm]:
        """The terms of the subscriptions the partner sells to this customer: one call a page."""
        ...

    def take_over(self, tenant_id: str, subscription_id: str) -> Answer:
        """Make a subscription that a user bought the organization's. Asked again, it changes nothing more."""
        ...

    def license_groups(self, tenant_id: str) -> list[RemoteGroup]:
        """The groups that hand out licences."""
        ...

    def find_group(self, tenant_id: str, group_id: str) -> RemoteGroup | None:
        """One group as it is now, whether it hands out licences or not; None for one that is gone."""
        ...

    def member_ids(self, tenant_id: str, group_id: str) -> Iterator[tuple[str, ...]]:
        """The users in a group, their ids alone, 999 a page. Groups inside it are not followed."""
        ...

    def members(self, tenant_id: str, group_id: str) -> Iterator[tuple[RemoteUser, ...]]:
        """The users in a group with their licences, 999 a page."""
        ...

    def send_group(self, tenant_id: str, request: GroupRequest) -> Answer:
        """Have a group hand out other licences. DONE means that Microsoft will work it off, not that it
        has: the group and its members tell later."""
        ...

    def reprocess(self, tenant_id: str, graph_id: str) -> Answer:
        """Have a user's group licences tried again; DONE carries the user. It may be asked any number of
        times."""
        ...

    def sign_ins(self, tenant_id: str) -> Iterator[list[SignIn]]:
        """When each user last signed in, 500 a page.

        Raises Rejected: tenants without Microsoft Entra ID P1 have no such list (its code is
        NOT_PREMIUM), and it needs a permission of its own, AuditLog.Read.All.
        """
        ...

    def mailboxes(self, tenant_id: str) -> Iterator[list[RemoteMailbox]]:
        """Every mailbox with its kind and size. Raises Rejected: it needs the permission Reports.Read.All."""
        ...

    def send_licenses(self, tenant_id: str, requests: Sequence[LicenseRequest]) -> list[Answer]:
        """At most BATCH_SIZE users in one call; exactly one Answer each, in the same order."""
        ...

    def send_locations(self, tenant_id: str, requests: Sequence[LocationRequest]) -> list[Answer]:
        """At most BATCH_SIZE users in one call; exactly one Answer each, in the same order."""
        ...

    def organization(self, tenant_id: str) -> RemoteOrganization:
        """The tenant's domains and its default usage location."""
        ...

    def deleted_users(self, tenant_id: str) -> list[DeletedUser]:
        """Who can be restored."""
        ...

    def create_users(self, tenant_id: str, users: Sequence[NewUser]) -> list[Answer]:
        """Make at most BATCH_SIZE users in one call; exactly one Answer each, `user` set where it is done."""
        ...

    def set_accounts(self, tenant_id: str, requests: Sequence[AccountRequest]) -> list[Answer]:
        """Block, allow, give a new password: at most BATCH_SIZE users; exactly one Answer each."""
        ...

    def delete_users(self, tenant_id: str, graph_ids: Sequence[str]) -> list[Answer]:
        """Put at most BATCH_SIZE users into the bin; USER_GONE for those that are not there."""
        ...

    def restore_users(self, tenant_id: str, graph_ids: Sequence[str]) -> list[Answer]:
        """Bring at most BATCH_SIZE users back from it; USER_GONE for those that are not in it."""
        ...

    def commerce_subscriptions(self, tenant_id: str) -> list[CommerceSubscription]:
        """What the partner sells to this customer."""
        ...

    def set_quantity(
        self, tenant_id: str, subscription: CommerceSubscription, quantity: int, request_id: str
    ) -> Answer:
        """Set the absolute number of licences. The same `request_id` asks for the same thing once."""
        ...
