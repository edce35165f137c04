"""What the engine has to know, read from the mirror: products, rules, free licences, kinds of users."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pyroaring import BitMap
from sqlalchemy import select
from sqlalchemy.orm import Session

from partner_center.catalog.names import plan_names, product_names
from partner_center.catalog.rules import load_rules
from partner_center.changes.models import Change
from partner_center.changes.plan import Ask, Kind, Plan
from partner_center.changes.planning import make_plan
from partner_center.changes.promises import lock_seats, stakes
from partner_center.directory.listing import groups_of
from partner_center.directory.models import SubscribedSku, TenantSubscription
from partner_center.directory.values import HeldLicense, HolderGroup
from partner_center.licensing.holders import Context, Holder, License, OwnedPlan, OwnedProduct
from partner_center.shared import clock


@dataclass(frozen=True, slots=True)
class Stock:
    """One product's licences: how many can be given now, and how many more are free but promised."""

    sku_id: str
    part_number: str
    purchased: int
    available: int
    promised: int = 0


@dataclass(frozen=True, slots=True)
class Situation:
    """The customer's products as the engine sees them, and how many licences each has left."""

    context: Context
    stock: Mapping[str, Stock]

    @property
    def available(self) -> dict[str, int]:
        """Free licences by SKU; negative where more are in use than owned."""
        return {sku: stock.available for sku, stock in self.stock.items()}


@dataclass(frozen=True, slots=True)
class Names:
    """What to call products and plans; a part number, then the id, where no name is known."""

    products: Mapping[str, str]
    plans: Mapping[str, str]

    def product(self, sku_id: str) -> str:
        """The product's name."""
        return self.products.get(sku_id, sku_id)

    def plan(self, plan_id: str) -> str:
        """The service plan's name."""
        return self.plans.get(plan_id, plan_id)


def look(session: Session, customer_id: int, *, saved: Change | None = None) -> Situation:
    """The customer's products, rules and free licences, as last seen.

    What is promised to changes that are not finished is not free: for a change that is `saved` itself,
    only to those before it.
    """
    wanted = select(SubscribedSku).where(SubscribedSku.customer_id == customer_id)
    owned = session.scalars(wanted.execution_options(populate_existing=True)).all()
    seats = stakes(session, customer_id, saved=saved)
    self_service = _self_service(session, customer_id)
    products = {sku.sku_id: _product(sku, self_service) for sku in owned}
    stock = {
        sku.sku_id: Stock(
            sku.sku_id,
            sku.part_number,
            sku.enabled + sku.warning,
            seats[sku.sku_id].available,
            seats[sku.sku_id].promised,
        )
        for sku in owned
    }
    return Situation(Context(products, load_rules()), stock)


def look_to_act(
    session: Session, customer_id: int, asks: Sequence[Ask], *, saved: Change | None = None
) -> Situation:
    """The same for who acts on it: until the transaction ends nobody else decides on these licences."""
    lock_seats(session, customer_id, {sku_id for ask in asks for sku_id in ask.wish.products})
    return look(session, customer_id, saved=saved)


def kinds_of(session: Session, customer_id: int, members: BitMap) -> list[Kind]:
    """The users of `members` by what they hold and where they are."""
    return [_kind(group) for group in groups_of(session, customer_id, members)]


def plan_now(session: Session, customer_id: int, asks: Sequence[Ask], *, saved: Change | None = None) -> Plan:
    """The plan as the mirror stands, to be acted on."""
    return plan_in(session, customer_id, asks, look_to_act(session, customer_id, asks, saved=saved))


def plan_in(session: Session, customer_id: int, asks: Sequence[Ask], situation: Situation) -> Plan:
    """The plan in a situation that was read before."""
    members = BitMap.union(BitMap(), *(ask.members for ask in asks))
    kinds = kinds_of(session, customer_id, members)
    return make_plan(kinds, asks, situation.context, situation.available, today=clock.now().date())


def names_for(
    session: Session, situation: Situation, *, skus: Iterable[str] = (), plans: Iterable[str] = ()
) -> Names:
    """Names of all products of the situation, of `skus`, and of `plans`."""
    parts = {sku: stock.part_number for sku, stock in situation.stock.items()}
    products = product_names(session, {*parts, *skus})
    wanted = set(plans)
    part_names = {plan: situation.context.plan_names.get(plan, plan) for plan in wanted}
    return Names(parts | products, part_names | plan_names(session, wanted))


def holder_of(licenses: Iterable[HeldLicense], location: str | None, *, guest: bool = False) -> Holder:
    """The engine's view of a user: an assignment in error gives nothing and is left out."""
    held = {
        each.sku_id: License(
            each.sku_id, each.direct, each.groups, frozenset(each.off), frozenset(each.direct_only)
        )
        for each in licenses
        if each.held
    }
    return Holder(held, location, guest)


def plans_of(sku: SubscribedSku) -> tuple[OwnedPlan, ...]:
    """The service plans of a product as the copy holds them."""
    return tuple(
        OwnedPlan(plan["id"], plan["name"], plan["applies_to"], plan["status"]) for plan in sku.plans
    )


def _kind(group: HolderGroup) -> Kind:
    return Kind(group.holding_id, holder_of(group.licenses, group.location, guest=group.guest), group.members)


def _product(sku: SubscribedSku, self_service: frozenset[str]) -> OwnedProduct:
    bought = sku.sku_id in self_service
    return OwnedProduct(sku.sku_id, sku.applies_to, sku.capability_status, bought, plans_of(sku))


def _self_service(session: Session, customer_id: int) -> frozenset[str]:
    """SKUs of which every living subscription was bought by a user of the organization."""
    rows = session.execute(
        select(TenantSubscription.sku_id, TenantSubscription.self_service).where(
            TenantSubscription.customer_id == customer_id, TenantSubscription.status != "Deleted"
        )
    )
    bought: dict[str, list[bool]] = defaultdict(list)
    for sku_id, by_user in rows:
        bought[sku_id].append(by_user)
    return frozenset(sku for sku, by_user in bought.items() if all(by_user))
