"""What a customer owns as a newcomer may count on it: less what changes under way use or will use."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy.orm import Session

from partner_center.changes.promises import stakes
from partner_center.directory import owned
from partner_center.directory.owned import OwnedProduct
from partner_center.licensing.seats import Stake


def list_products(session: Session, customer_id: int, language: str = "en") -> list[OwnedProduct]:
    """All products of the customer by name, in the language's alphabet."""
    seats = stakes(session, customer_id)
    products = owned.list_products(session, customer_id, language)
    return [_less(product, seats[product.sku_id]) for product in products]


def get_product(session: Session, customer_id: int, sku_id: str, language: str = "en") -> OwnedProduct:
    """One product of the customer. Raises NotFound for what the customer does not own."""
    product = owned.get_product(session, customer_id, sku_id, language)
    return _less(product, stakes(session, customer_id)[sku_id])


def _less(product: OwnedProduct, seats: Stake) -> OwnedProduct:
    return replace(product, assigned=seats.used, promised=seats.promised)
