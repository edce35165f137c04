"""What may be asked of Microsoft, and what comes back, in our own words. Pure.

All ids are GUIDs in lower case, times are aware UTC, and tuples are sorted where their order means nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

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

    `error` is Microsoft's name of a group assignment's trouble (`CountViolation`, …), or None.
    """

    sku_id: str
    direct: bool
    groups: tuple[str, ...]
    off: tuple[str, ...]
    error: str | None


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
    """What was agreed for a subscription the partner sells: `term` is ISO 8601 (P1M, P1Y, P3Y) where told."""

    subscription_id: str
    term: str | None
    auto_renew: bool


@dataclass(frozen=True, slots=True)
class RemoteGroup:
    """A group that hands out licences."""

    graph_id: str
    display_name: str


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
class LocationRequest:
    """The two-letter country to set on one user."""

    graph_id: str
    usage_location: str


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

    def send_licenses(self, tenant_id: str, requests: Sequence[LicenseRequest]) -> list[Answer]:
        """At most BATCH_SIZE users in one call; exactly one Answer each, in the same order."""
        ...

    def send_locations(self, tenant_id: str, requests: Sequence[LocationRequest]) -> list[Answer]:
        """At most BATCH_SIZE users in one call; exactly one Answer each, in the same order."""
        ...

    def commerce_subscriptions(self, tenant_id: str) -> list[CommerceSubscription]:
        """What the partner sells to this customer."""
        ...

    def set_quantity(
        self, tenant_id: str, subscription: CommerceSubscription, quantity: int, request_id: str
    ) -> Answer:
        """Set the absolute number of licences. The same `request_id` asks for the same thing once."""
        ...
