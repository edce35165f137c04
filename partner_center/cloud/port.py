"""What may be asked of Microsoft, and what comes back, in our own words. Pure.

All ids are GUIDs in lower case, times are aware UTC, and tuples are sorted where their order means nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Protocol

NOT_PREMIUM = "Authentication_RequestFromNonPremiumTenantOrB2CTenant"
"""Graph's code where the tenant has no Microsoft Entra ID P1 or P2."""
BATCH_SIZE = 20
"""Requests in one $batch (Graph, json-batching)."""


class Verdict(StrEnum):
    """What is known of one request after its answer, or the lack of one."""

    DONE = "done"
    FAILED = "failed"
    THROTTLED = "throttled"
    UNKNOWN = "unknown"


class Reason(StrEnum):
    """Why Microsoft said no. Anything new is OTHER, with Microsoft's own text beside it."""

    NO_SEATS = "no_seats"
    CONFLICT = "conflict"
    DEPENDENCY = "dependency"
    LOCATION_MISSING = "location_missing"
    LOCATION_PROHIBITED = "location_prohibited"
    ADDRESS_TAKEN = "address_taken"
    INHERITED = "inherited"
    NOT_OWNED = "not_owned"
    NOT_HELD = "not_held"
    NOT_ASSIGNABLE = "not_assignable"
    USER_GONE = "user_gone"
    NO_RIGHTS = "no_rights"
    TOKEN = "token"  # noqa: S105 - a reason's name
    BUSY = "busy"
    SELF_SERVICE = "self_service"
    OTHER = "other"


GROUP_TROUBLES: Mapping[str, Reason] = MappingProxyType(
    {
        "CountViolation": Reason.NO_SEATS,
        "MutuallyExclusiveViolation": Reason.CONFLICT,
        "DependencyViolation": Reason.DEPENDENCY,
        "ProhibitedInUsageLocationViolation": Reason.LOCATION_PROHIBITED,
        "UniquenessViolation": Reason.ADDRESS_TAKEN,
    }
)
"""What licenseAssignmentState.error means. `Other`, and whatever is new, is OTHER."""


@dataclass(frozen=True, slots=True)
class RemoteCustomer:
    """A customer in the partner's list; `reseller` is the indirect reseller's name, if any."""

    tenant_id: str
    name: str
    domain: str
    country: str | None
    relationship: str
    reseller: str | None


@dataclass(frozen=True, slots=True)
class RemoteLicense:
    """One SKU a user holds: directly, through groups, or both; `off` are plan ids switched off.

    `error` is Microsoft's name of a group assignment's trouble (`CountViolation`, …), or None; `failed` are
    the groups that could not give it, each with the name of its trouble. `direct_only` are the plans that
    only the direct assignment has on: what would be lost if the groups alone gave it.
    """

    sku_id: str
    direct: bool
    groups: tuple[str, ...]
    off: tuple[str, ...]
    error: str | None
    failed: tuple[tuple[str, str], ...] = ()
    direct_only: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RemoteUser:
    """A user as Graph told it; `licenses` are sorted by sku_id, each SKU once."""

    graph_id: str
    display_name: str
    user_principal_name: str
    mail: str | None
    department: str | None
    usage_location: str | None
    user_type: str
    account_enabled: bool
    licenses: tuple[RemoteLicense, ...]


@dataclass(frozen=True, slots=True)
class RemovedUser:
    """A user that Graph says has gone (deleted; restorable for 30 days or not)."""

    graph_id: str


@dataclass(frozen=True, slots=True)
class UserPage:
    """One page of users. `next_link` leads on; the last page of a delta has a `delta_link` instead.

    `partial` are ids of users that changed but came without all we keep (a delta may leave licences out):
    read them with `read_users`.
    """

    users: tuple[RemoteUser, ...]
    removed: tuple[RemovedUser, ...]
    next_link: str | None
    delta_link: str | None
    partial: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RemoteSku:
    """What a tenant owns of one SKU; the five numbers are licences.

    `plans` are objects `{"id": guid, "name": str, "applies_to": "User" | "Company", "status": str}`.
    """

    sku_id: str
    part_number: str
    applies_to: str
    capability_status: str
    enabled: int
    warning: int
    suspended: int
    locked_out: int
    consumed: int
    plans: tuple[Mapping[str, str], ...]


@dataclass(frozen=True, slots=True)
class RemoteSubscription:
    """One subscription behind a SKU, as the customer's tenant shows it (Graph's companySubscription)."""

    subscription_id: str
    sku_id: str
    status: str
    total_licenses: int
    is_trial: bool
    self_service: bool
    next_lifecycle_at: datetime | None


@dataclass(frozen=True, slots=True)
class RemoteTerm:
    """What was agreed for a subscription the partner sells: `term` is ISO 8601 (P1M, P1Y, P3Y) where told.

    `reducible` are the batches of licences that may still be given back: (how many, until when).
    """

    subscription_id: str
    term: str | None
    auto_renew: bool
    reducible: tuple[tuple[int, datetime], ...] = ()


@dataclass(frozen=True, slots=True)
class RemoteGroup:
    """A group that hands out licences: SKU ids, each with the plans it switches off, sorted.

    `processing`: Microsoft is still working a change of them off.
    """

    graph_id: str
    display_name: str
    licenses: tuple[tuple[str, tuple[str, ...]], ...] = ()
    processing: bool = False


@dataclass(frozen=True, slots=True)
class SignIn:
    """When a user last signed in, by hand or by an app in their name; `at` is None for never.

    `created_at` is when the user was made: who is new can't have been away for long.
    """

    graph_id: str
    created_at: datetime | None
    at: datetime | None


@dataclass(frozen=True, slots=True)
class RemoteMailbox:
    """A mailbox of the usage report: `kind` in Microsoft's word (User, Shared, Room, Equipment), if told."""

    user_principal_name: str
    kind: str | None
    used_bytes: int


@dataclass(frozen=True, slots=True)
class RemoteAccess:
    """One GDAP relationship; `role_ids` are Entra role template ids, `status` is Graph's word."""

    tenant_id: str
    name: str
    status: str
    ends_at: datetime | None
    role_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CommerceSubscription:
    """One subscription as the partner sells it. `raw` is Microsoft's object, sent back whole to change it.

    `sku_id` is the Graph SKU it delivers where Partner Center or the tenant tells, else None.
    """

    subscription_id: str
    name: str
    sku_id: str | None
    quantity: int
    status: str
    term: str | None
    billing_cycle: str | None
    commitment_end_at: datetime | None
    cancellation_until: datetime | None
    auto_renew: bool
    raw: Mapping[str, Any] = field(repr=False, compare=False, default_factory=dict)


@dataclass(frozen=True, slots=True)
class LicenseRequest:
    """Every licence one user gets and loses, sent as one call: `add` is ((sku_id, plans off), …)."""

    graph_id: str
    add: tuple[tuple[str, tuple[str, ...]], ...]
    remove: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GroupRequest:
    """What a group shall hand out from now on, and what no more: `add` is ((sku_id, plans off), …)."""

    group_id: str
    add: tuple[tuple[str, tuple[str, ...]], ...]
    remove: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LocationRequest:
    """The two-letter country to set on one user."""

    graph_id: str
    usage_location: str


@dataclass(frozen=True, slots=True)
class NewUser:
    """A user to be made, allowed to sign in; `password` is temporary: to be changed at the first sign-in.

    `details` are further properties by Microsoft's names (`givenName`, `surname`, …).
    """

    user_principal_name: str
    display_name: str
    usage_location: str
    password: str = field(repr=False)
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AccountRequest:
    """What to set on one user's account; None leaves it. A new `password` is temporary, as in NewUser."""

    graph_id: str
    enabled: bool | None = None
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class DeletedUser:
    """A user in the tenant's bin: kept for 30 days from `deleted_at` on."""

    graph_id: str
    display_name: str
    user_principal_name: str
    deleted_at: datetime | None


@dataclass(frozen=True, slots=True)
class RemoteOrganization:
    """The tenant itself: its verified domains, the default one first, and where new users are, if it says."""

    domains: tuple[str, ...]
    default_location: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one request. `reason` is None exactly when the verdict is DONE.

    THROTTLED: certainly not done, ask again after `retry_after` seconds (None: it did not say). UNKNOWN:
    look before asking again. Both carry BUSY. `message` is Microsoft's own text, None where there was no
    answer; `reached` is False where the request never got there. `user` is set where the answer carried a
    whole one (licences do, locations do not). `skus` and `plans` are the ids named in the text.
    """

    verdict: Verdict
    reason: Reason | None = None
    message: str | None = None
    request_id: str | None = None
    retry_after: float | None = None
    user: RemoteUser | None = None
    skus: tuple[str, ...] = ()
    plans: tuple[str, ...] = ()
    reached: bool = True


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
