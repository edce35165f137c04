"""One customer, and the list of those that somebody may see."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Integer, Row, Select, Text, column, select, table
from sqlalchemy.orm import Session

from partner_center.customers.access import Access, AccessVerdict, judge
from partner_center.customers.health import HealthKind, HealthTag, Severity, health_of
from partner_center.customers.models import Customer
from partner_center.customers.visibility import visible_to
from partner_center.shared import clock
from partner_center.shared.errors import NotFound, Refusal
from partner_center.shared.names import ascii_lower, fold, sort_key
from partner_center.shared.orm import UtcDateTime
from partner_center.shared.page import Page, slice_page
from partner_center.staff.actor import Actor

HIGHEST_ID = 2**31 - 1
LONGEST_QUERY = 200

_MIRROR = table(
    "mirror",
    column("customer_id", Integer),
    column("user_count", Integer),
    column("synced_at", UtcDateTime()),
    column("error", Text),
)
"""Known by name only: the mirror is the directory's, which stands above the customers."""


class CustomerFilter(StrEnum):
    """A part of the customers."""

    ALL = "all"
    ATTENTION = "attention"
    FULL = "full"
    NEARLY_FULL = "nearly_full"
    UNUSED = "unused"
    NO_ACCESS = "no_access"


class CustomerSort(StrEnum):
    """What the list of customers is sorted by; equal ones by name."""

    HEALTH = "health"
    NAME = "name"
    USERS = "users"
    LICENSES = "licenses"
    SYNCED = "synced"


@dataclass(frozen=True, slots=True)
class MirrorState:
    """How far the copy of a customer has got; `error` says why the last sync failed."""

    user_count: int
    synced_at: datetime | None
    error: str | None


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """A customer as the list shows it. `mirror` is None before the first sync."""

    customer: Customer
    mirror: MirrorState | None
    access: AccessVerdict
    health: tuple[HealthTag, ...]

    @property
    def kinds(self) -> frozenset[HealthKind]:
        """What the tags speak of."""
        return frozenset(tag.kind for tag in self.health)


def get_customer(session: Session, actor: Actor, customer_id: int) -> Customer:
    """The customer, also one that has left: its changes stay readable.

    Raises NotFound for an id that is unknown and for one that the actor may not see, in the same words.
    """
    if 0 < customer_id <= HIGHEST_ID:
        customer = session.scalar(select(Customer).where(Customer.id == customer_id, visible_to(actor)))
        if customer is not None:
            return customer
    raise NotFound("This customer does not exist, or you may not see it. Choose one from the list.")


def find_visible(session: Session, actor: Actor) -> list[Customer]:
    """All customers the actor may see, but those that have left, by name."""
    customers = session.scalars(_living(actor)).all()
    return sorted(customers, key=lambda customer: (sort_key(customer.name, "en"), customer.id))


def living_names(session: Session, actor: Actor) -> dict[int, str]:
    """The names of all customers the actor may see, but those that have left, by id."""
    rows = session.execute(
        select(Customer.id, Customer.name).where(visible_to(actor), Customer.gone_at.is_(None))
    )
    return {row.id: row.name for row in rows}


def matching_ids(query: str) -> Select[int]:
    """The ids of the customers whose name, domain or tenant id contains every word of `query`."""
    return _matching(select(Customer.id), query)


def list_customers(
    session: Session,
    actor: Actor,
    *,
    query: str = "",
    segment: CustomerFilter = CustomerFilter.ALL,
    sort: CustomerSort = CustomerSort.HEALTH,
    descending: bool = False,
    page: int = 1,
    size: int = 25,
    language: str = "en",
    now: datetime | None = None,
) -> Page[CustomerRow]:
    """One page of the customers whose name, domain or tenant id contains every word of `query`.

    By health the worst come first, and `descending` turns that round. Raises Refusal for a query of more
    than LONGEST_QUERY characters.
    """
    rows = [row for row in _rows(session, actor, query, now) if _is_in(row, segment)]
    rows.sort(key=lambda row: (sort_key(row.customer.name, language), row.customer.id))
    if sort is CustomerSort.NAME:
        rows = rows[::-1] if descending else rows
    else:
        rows.sort(key=_SORTS[sort], reverse=descending)
    return slice_page(rows, page, size)


def count_segments(
    session: Session, actor: Actor, *, query: str = "", now: datetime | None = None
) -> dict[CustomerFilter, int]:
    """How many of the customers that match `query` each part has."""
    rows = _rows(session, actor, query, now)
    return {segment: sum(_is_in(row, segment) for row in rows) for segment in CustomerFilter}


def _living(actor: Actor) -> Select[Customer]:
    return select(Customer).where(visible_to(actor), Customer.gone_at.is_(None))


def _rows(session: Session, actor: Actor, query: str, now: datetime | None) -> list[CustomerRow]:
    if len(query) > LONGEST_QUERY:
        raise Refusal(f"The search is too long. Use at most {LONGEST_QUERY} characters.")
    at = now or clock.now()
    matching = _living(actor).add_columns(_MIRROR).outerjoin(_MIRROR, _MIRROR.c.customer_id == Customer.id)
    return [_row(row, at) for row in session.execute(_matching(matching, query))]


def _matching(wanted: Select[Any], query: str) -> Select[Any]:
    for word in fold(query).split():
        wanted = wanted.where(
            Customer.search_text.contains(word, autoescape=True)
            | Customer.tenant_id.contains(ascii_lower(word), autoescape=True)
        )
    return wanted


def _row(row: Row[Any], at: datetime) -> CustomerRow:
    customer: Customer = row.Customer
    mirror = MirrorState(row.user_count, row.synced_at, row.error) if row.customer_id is not None else None
    access = judge(customer, at)
    failed = mirror is not None and mirror.error is not None
    return CustomerRow(customer, mirror, access, health_of(customer, access, sync_failed=failed))


def _is_in(row: CustomerRow, segment: CustomerFilter) -> bool:
    if segment is CustomerFilter.ATTENTION:
        return any(tag.severity is not Severity.INFO for tag in row.health)
    if segment is CustomerFilter.FULL:
        return not row.kinds.isdisjoint({HealthKind.FULL, HealthKind.OVER})
    if segment is CustomerFilter.NO_ACCESS:
        return row.access.access is Access.NONE
    return segment is CustomerFilter.ALL or HealthKind(segment.value) in row.kinds


def _badness(row: CustomerRow) -> tuple[int, int, int]:
    severities = [tag.severity for tag in row.health]
    return (
        -severities.count(Severity.ERROR),
        -severities.count(Severity.WARNING),
        -severities.count(Severity.INFO),
    )


_NEVER = datetime.min.replace(tzinfo=UTC)
_SORTS: dict[CustomerSort, Callable[[CustomerRow], Any]] = {
    CustomerSort.HEALTH: _badness,
    CustomerSort.USERS: lambda row: row.mirror.user_count if row.mirror else 0,
    CustomerSort.LICENSES: lambda row: row.customer.licenses_assigned,
    CustomerSort.SYNCED: lambda row: (row.mirror.synced_at if row.mirror else None) or _NEVER,
}
"""Each sorts rows that are in the order of their names already."""
