"""What stands at the head of both pages of a product: its numbers, its state, what may be done with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from partner_center.changes.matrix import why_not
from partner_center.changes.owned import get_product
from partner_center.changes.situation import look
from partner_center.cloud.port import Reason
from partner_center.directory.owned import OwnedProduct
from partner_center.purchasing.service import may_buy
from partner_center.staff.actor import Actor
from partner_center.staff.permissions import Permission
from partner_center.web import formats
from partner_center.web.product_words import (
    availability,
    is_bought,
    product_tags,
    renewal_words,
    subscription_words,
)
from partner_center.web.promised import promised_text
from partner_center.web.reasons import wording
from partner_center.web.tags import Tag
from partner_center.web.wording import _

FEW = 3
"""From so few left on, **Buy more** stands beside the number."""


@dataclass(frozen=True, slots=True)
class ProductHead:
    """`locked` says why nobody can be given it, `held_fast` that it can't be taken either."""

    sku_id: str
    name: str
    available: str
    promised: str
    assigned: str
    tags: tuple[Tag, ...]
    subscriptions: tuple[str, ...]
    locked: str
    held_fast: bool
    bought: bool
    may_assign: bool
    may_unassign: bool
    buy: str


def product_head(session: Session, actor: Actor, customer_id: int, sku_id: str, language: str) -> ProductHead:
    """The head of the product's pages. Raises NotFound."""
    product = get_product(session, customer_id, sku_id, language)
    reason = why_not(look(session, customer_id).context.products[sku_id])
    said = wording(reason) if reason else None
    held_fast = reason == Reason.SELF_SERVICE
    return ProductHead(
        sku_id=sku_id,
        name=product.name,
        available=availability(product.available, product.purchased),
        promised=promised_text(product.promised),
        assigned=_("%(n)s assigned", n=formats.number(product.assigned)),
        tags=product_tags(product),
        subscriptions=_subscriptions(product),
        locked=f"{said.title}. {said.advice}" if said else "",
        held_fast=held_fast,
        bought=is_bought(product),
        may_assign=reason is None and actor.may(Permission.ASSIGN_LICENSES),
        may_unassign=not held_fast and actor.may(Permission.REVOKE_LICENSES),
        buy=_buy(customer_id, product) if product.for_people and may_buy(actor) else "",
    )


def _subscriptions(product: OwnedProduct) -> tuple[str, ...]:
    lines = ((subscription_words(one), renewal_words(one)) for one in product.subscriptions)
    return tuple(f"{words}. {renewal}" if renewal else words for words, renewal in lines)


def _buy(customer_id: int, product: OwnedProduct) -> str:
    """To the purchase and back, where few are left; empty where there are enough."""
    if product.available > FEW:
        return ""
    back = url_for("licenses.show_product", customer_id=customer_id, sku_id=product.sku_id)
    asked: dict[str, Any] = {"sku": product.sku_id, "add": max(1, -product.available), "return": back}
    return url_for("purchases.start_order", customer_id=customer_id, **asked)
