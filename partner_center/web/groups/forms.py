"""What is ordered of a group, read from an address or a form."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from partner_center.catalog.names import plan_names
from partner_center.changes.matrix import why_not
from partner_center.changes.situation import look, names_for
from partner_center.directory.groups import LicenseGroup
from partner_center.groups.states import GroupDeed, GroupWish
from partner_center.licensing.holders import OwnedProduct
from partner_center.shared.errors import Refusal
from partner_center.shared.names import sort_key
from partner_center.web.product_words import availability

LONGEST_KEY = 64
_MOST_PLANS = 200


@dataclass(frozen=True, slots=True)
class Offer:
    """A product that the group could give."""

    sku_id: str
    name: str
    available: str


@dataclass(frozen=True, slots=True)
class Service:
    """One service of the product; `on` unless it is cleared."""

    plan_id: str
    name: str
    on: bool


def read_wish(values: MultiDict[str, str], product: OwnedProduct | None = None) -> GroupWish:
    """From a form of services (those ticked are on) or from one that names what is off."""
    remove = values.get("deed") == GroupDeed.REMOVE
    off = frozenset(plan[:36] for plan in values.getlist("off")[:_MOST_PLANS])
    if product is not None and "services" in values:
        off = switchable(product) - frozenset(values.getlist("on"))
    sku_id = values.get("sku", "")[:36]
    return GroupWish(GroupDeed.REMOVE, sku_id) if remove else GroupWish(GroupDeed.ASSIGN, sku_id, off)


def read_key(form: MultiDict[str, str]) -> str:
    """What makes a form sent twice one order. Raises Refusal where it is missing or no key of ours."""
    key = form.get("key", "")
    if not 0 < len(key) <= LONGEST_KEY:
        raise Refusal("The form was not complete. Look again, then save.")
    return key


def switchable(product: OwnedProduct) -> frozenset[str]:
    """The services of a product that can be turned off."""
    return frozenset(plan.plan_id for plan in product.plans if plan.switchable)


def offers(session: Session, customer_id: int, group: LicenseGroup, language: str) -> list[Offer]:
    """The products that the group does not give and could, by name."""
    situation = look(session, customer_id)
    names = names_for(session, situation)
    found = [
        Offer(sku_id, names.product(sku_id), availability(stock.available, stock.purchased))
        for sku_id, stock in situation.stock.items()
        if sku_id not in group.sku_ids and why_not(situation.context.products[sku_id]) is None
    ]
    return sorted(found, key=lambda offer: (sort_key(offer.name, language), offer.sku_id))


def services(session: Session, product: OwnedProduct, language: str) -> list[Service]:
    """The product's services that can be turned off, all on, by name."""
    names = plan_names(session, [plan.plan_id for plan in product.plans])
    found = [
        Service(plan.plan_id, names.get(plan.plan_id, plan.name), True)
        for plan in product.plans
        if plan.switchable
    ]
    return sorted(found, key=lambda service: sort_key(service.name, language))
