"""The one rule of who sees which customer, and what follows from it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import ColumnElement, Select, false, select, true
from sqlalchemy.orm import Session

from partner_center.customers.models import Customer
from partner_center.shared.names import ascii_lower, fold, sort_key
from partner_center.staff.actor import Actor
from partner_center.staff.models import StaffCustomer
from partner_center.staff.permissions import Permission
from partner_center.staff.queries import list_people_with
from partner_center.staff.roles import Scope


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The one rule of who sees which customer."""
    if actor.scope is Scope.ALL:
        return true()
    if actor.scope is Scope.RESELLER:
        return Customer.reseller == actor.reseller if actor.reseller else false()
    listed = select(StaffCustomer.customer_id).where(StaffCustomer.staff_id == actor.id)
    return Customer.id.in_(listed)


def visible_ids(actor: Actor) -> Select[int] | None:
    """The ids of the customers the actor may see, those that have left included; None for all of them."""
    return None if actor.scope is Scope.ALL else select(Customer.id).where(visible_to(actor))


def names_of(session: Session, actor: Actor, ids: Iterable[int]) -> dict[int, str]:
    """The names of those of these customers that the actor may see."""
    wanted = select(Customer.id, Customer.name).where(Customer.id.in_(list(ids)), visible_to(actor))
    return {row.id: row.name for row in session.execute(wanted)}


def domains_of(session: Session, actor: Actor, ids: Iterable[int]) -> dict[int, str]:
    """The domains of those of these customers that the actor may see."""
    wanted = select(Customer.id, Customer.domain).where(Customer.id.in_(list(ids)), visible_to(actor))
    return {row.id: row.domain for row in session.execute(wanted)}


def who_can(session: Session, permission: Permission, customer_id: int | None = None) -> list[Actor]:
    """The active people who may do this, by name; of a customer, those of them who see it."""
    people = list_people_with(session, permission)
    return people if customer_id is None else [one for one in people if _sees(session, one, customer_id)]


def list_resellers(session: Session, actor: Actor) -> list[str]:
    """The indirect resellers of the customers that the actor may see, by name."""
    wanted = select(Customer.reseller).where(visible_to(actor), Customer.reseller.is_not(None)).distinct()
    return sorted((name for name in session.scalars(wanted) if name), key=lambda name: sort_key(name, "en"))


def find_named(session: Session, actor: Actor, names: Iterable[str]) -> tuple[list[Customer], list[str]]:
    """The customers of these domains, tenant ids or whole names, and the words that name none or several.

    Only what the actor may see is found.
    """
    known: dict[str, list[Customer]] = defaultdict(list)
    for customer in session.scalars(select(Customer).where(visible_to(actor))):
        for word in {ascii_lower(customer.domain), customer.tenant_id, fold(customer.name)}:
            known[word].append(customer)
    found: dict[int, Customer] = {}
    unclear = []
    for name in names:
        meant = known.get(ascii_lower(name.strip())) or known.get(fold(name)) or []
        if len(meant) == 1:
            found[meant[0].id] = meant[0]
        else:
            unclear.append(name)
    return list(found.values()), unclear


def _sees(session: Session, actor: Actor, customer_id: int) -> bool:
    seen = select(Customer.id).where(Customer.id == customer_id, visible_to(actor))
    return session.scalar(seen) is not None
