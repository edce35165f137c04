"""Which customers a person may see, and that nobody gives more of them than they see themselves."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Integer, Select, String, column, false, func, select, table, true
from sqlalchemy.orm import Session

from partner_center.shared.errors import Forbidden, Refusal
from partner_center.staff.actor import Actor
from partner_center.staff.models import StaffCustomer, StaffMember
from partner_center.staff.roles import Scope

_CUSTOMER = table("customer", column("id", Integer), column("reseller", String))
"""Known by name only: customers stand above staff."""


@dataclass(frozen=True, slots=True)
class ScopeWish:
    """All customers, those of one indirect reseller, or these."""

    scope: Scope
    reseller: str | None = None
    customers: frozenset[int] = frozenset()

    @classmethod
    def of(cls, member: StaffMember) -> ScopeWish:
        """What the person sees now."""
        listed = frozenset(one.customer_id for one in member.listed_customers)
        return cls(Scope(member.scope), member.reseller, listed)

    def to_json(self) -> dict[str, object]:
        """For the audit."""
        told: dict[str, object] = {"scope": self.scope.value}
        if self.scope is Scope.RESELLER:
            told["reseller"] = self.reseller
        if self.scope is Scope.LISTED:
            told["customers"] = sorted(self.customers)
        return told


def demand_meant(wish: ScopeWish) -> None:
    """Raise Refusal for a wish that names no reseller though it asks for one's customers."""
    if wish.scope is Scope.RESELLER and not wish.reseller:
        raise Refusal("Choose the reseller whose customers the person may see.")


def demand_within(session: Session, actor: Actor, wish: ScopeWish) -> None:
    """Raise Forbidden where the actor does not see all that `wish` shows."""
    if actor.scope is Scope.ALL or _is_within(session, actor, wish):
        return
    raise Forbidden("This person sees customers that you don't see. Ask somebody who sees all customers.")


def apply(member: StaffMember, wish: ScopeWish) -> None:
    """Store the wish in the person's row."""
    member.scope = wish.scope.value
    member.reseller = wish.reseller if wish.scope is Scope.RESELLER else None
    wanted = wish.customers if wish.scope is Scope.LISTED else frozenset()
    kept = [one for one in member.listed_customers if one.customer_id in wanted]
    new = wanted - {one.customer_id for one in kept}
    member.listed_customers = [*kept, *(StaffCustomer(customer_id=number) for number in sorted(new))]


def _is_within(session: Session, actor: Actor, wish: ScopeWish) -> bool:
    if wish.scope is Scope.RESELLER:
        return actor.scope is Scope.RESELLER and actor.reseller == wish.reseller
    if wish.scope is Scope.LISTED:
        seen = _seen_by(actor).where(_CUSTOMER.c.id.in_(sorted(wish.customers)))
        return session.scalar(seen) == len(wish.customers)
    return False


def _seen_by(actor: Actor) -> Select[int]:
    counted: Select[int] = select(func.count()).select_from(_CUSTOMER)
    if actor.scope is Scope.RESELLER:
        own: ColumnElement[bool] = _CUSTOMER.c.reseller == actor.reseller if actor.reseller else false()
        return counted.where(own)
    if actor.scope is Scope.LISTED:
        listed = select(StaffCustomer.customer_id).where(StaffCustomer.staff_id == actor.id)
        return counted.where(_CUSTOMER.c.id.in_(listed))
    return counted.where(true())
