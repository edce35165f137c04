"""What is asked of Microsoft and what it tells, in this product's own words. Pure values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

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
