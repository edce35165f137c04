"""What a customer lets us do there, judged from what the last sync saw. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

LIVE_STATES = frozenset({"active", "expiring"})
"""Graph's delegatedAdminRelationship statuses in which its roles work."""

WRITING_ROLES = frozenset(
    {
        "4d6ac14f-3453-41d0-bef9-a3e0c569773a",  # License Administrator
        "fe930be7-5e62-47db-91af-98c3a49a38b1",  # User Administrator
        "9360feb5-f418-4baa-8175-e2a00bac4301",  # Directory Writers
    }
)
"""Entra role templates of which one is needed to assign licences (Microsoft: assign-licenses-to-a-user)."""

USER_WRITING_ROLES = frozenset(
    {
        "fe930be7-5e62-47db-91af-98c3a49a38b1",  # User Administrator
        "9360feb5-f418-4baa-8175-e2a00bac4301",  # Directory Writers
    }
)
"""Entra role templates of which one is needed to make, block and restore users (manage-user-accounts)."""
USER_ADMINISTRATOR = frozenset({"fe930be7-5e62-47db-91af-98c3a49a38b1"})
"""The one that deletes users and gives them new passwords (the same page)."""
GROUP_WRITING_ROLES = WRITING_ROLES | {"fdd7a751-b60b-444a-984c-02652fe8fa1c"}  # Groups Administrator
"""The same for the licences of a group (Microsoft: group-assignlicense)."""

ENDING_WITHIN = timedelta(days=30)


class Access(StrEnum):
    """How far the partner gets at a customer."""

    OPEN = "open"
    ENDING = "ending"
    READ_ONLY = "read_only"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class AccessVerdict:
    """`days_left` are whole days until `ends_at`, None without an end or without access."""

    access: Access
    ends_at: datetime | None
    may_write: bool
    days_left: int | None


class Accessible(Protocol):
    """A customer as far as access goes."""

    @property
    def access_state(self) -> str: ...
    @property
    def access_ends_at(self) -> datetime | None: ...
    @property
    def access_roles(self) -> Collection[Any]: ...
    @property
    def gone_at(self) -> datetime | None: ...


def judge(customer: Accessible, now: datetime) -> AccessVerdict:
    """The access at `now`: none, read-only (no role that writes), ending within 30 days, or open."""
    ends_at = customer.access_ends_at
    ended = ends_at is not None and ends_at <= now
    if customer.access_state not in LIVE_STATES or ended or customer.gone_at is not None:
        return AccessVerdict(Access.NONE, ends_at, may_write=False, days_left=None)
    days_left = (ends_at - now).days if ends_at else None
    if WRITING_ROLES.isdisjoint(customer.access_roles):
        return AccessVerdict(Access.READ_ONLY, ends_at, may_write=False, days_left=days_left)
    ending = ends_at is not None and ends_at - now <= ENDING_WITHIN
    return AccessVerdict(
        Access.ENDING if ending else Access.OPEN, ends_at, may_write=True, days_left=days_left
    )


def holds(customer: Accessible, roles: frozenset[str], now: datetime) -> bool:
    """Whether the customer lets us in at `now` with one of `roles`."""
    return judge(customer, now).access is not Access.NONE and not roles.isdisjoint(customer.access_roles)
