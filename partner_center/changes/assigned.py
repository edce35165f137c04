"""The **Assigned** list: which of the chosen users have a product, how they got it, what they have off."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pyroaring import BitMap
from sqlalchemy.orm import Session

from partner_center.changes.situation import look, names_for
from partner_center.customers.queries import get_customer
from partner_center.directory import listing
from partner_center.directory.owned import GroupName, group_names
from partner_center.directory.values import HeldLicense, UserRow
from partner_center.shared.errors import NotFound
from partner_center.shared.page import Page, place
from partner_center.staff.actor import Actor


class Source(StrEnum):
    """How a user got the licence."""

    DIRECT = "direct"
    GROUP = "group"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class AssignedUser:
    """One holder; `off_names` are the services switched off."""

    number: int
    display_name: str
    user_principal_name: str
    source: Source
    groups: tuple[GroupName, ...]
    off_names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AssignedView:
    """`have` of `selected` users have the product."""

    sku_id: str
    name: str
    selected: int
    have: int
    users: Page[AssignedUser]


def assigned(
    session: Session,
    actor: Actor,
    customer_id: int,
    chosen: BitMap,
    sku_id: str,
    *,
    language: str = "en",
    page: int = 1,
    size: int = 20,
) -> AssignedView:
    """The chosen users who have `sku_id`, by name. NotFound for a product nobody here owns or holds."""
    members = holders_among(session, actor, customer_id, chosen, sku_id)
    situation = look(session, customer_id)
    number = place(page, size, len(members))
    numbers = listing.sorted_numbers(
        session, customer_id, members, language, start=(number - 1) * size, limit=size
    )
    rows = listing.rows_of(session, customer_id, numbers)
    held = {row.number: _license(row, sku_id) for row in rows}
    groups = group_names(session, customer_id, {group for one in held.values() for group in one.groups})
    names = names_for(
        session, situation, skus=(sku_id,), plans={plan for one in held.values() for plan in one.off}
    )
    users = [
        AssignedUser(
            number=row.number,
            display_name=row.display_name,
            user_principal_name=row.upn,
            source=_source(held[row.number]),
            groups=tuple(
                GroupName(group if group in groups else "", groups.get(group, group))
                for group in held[row.number].groups
            ),
            off_names=tuple(names.plan(plan) for plan in held[row.number].off),
        )
        for row in rows
    ]
    view = Page(users, number, size, len(members), page)
    return AssignedView(sku_id, names.product(sku_id), len(chosen), len(members), view)


def holders_among(session: Session, actor: Actor, customer_id: int, chosen: BitMap, sku_id: str) -> BitMap:
    """Those of `chosen` who have the product, by whatever way. NotFound for one nobody owns or holds."""
    get_customer(session, actor, customer_id)
    members = chosen & listing.holders(session, customer_id, sku_id)
    if not members and sku_id not in look(session, customer_id).stock:
        raise NotFound("This customer does not have that product.")
    return members


def _license(row: UserRow, sku_id: str) -> HeldLicense:
    return next(one for one in row.licenses if one.sku_id == sku_id)


def _source(held: HeldLicense) -> Source:
    if held.direct and held.groups:
        return Source.BOTH
    return Source.DIRECT if held.direct else Source.GROUP
