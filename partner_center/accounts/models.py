"""Rows of what was asked for users."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from partner_center.orders.models import Order
from partner_center.shared.orm import Base


class AccountOrder(Order, Base):
    """One deed for one or more users of a customer.

    `products` are the SKUs that new users get; `change_ref` is the license change that came of it,
    `trouble` the sentence why there is none.
    """

    __tablename__ = "account_order"
    __table_args__ = (UniqueConstraint("customer_id", "idempotency_key"),)

    deed: Mapped[str] = mapped_column(String(20))
    language: Mapped[str] = mapped_column(String(5))
    products: Mapped[list[Any]]
    change_ref: Mapped[str | None] = mapped_column(String(20))
    trouble: Mapped[str | None]
    shown_at: Mapped[datetime | None]


class AccountItem(Base):
    """One user of an order. `details` are further properties by Microsoft's names.

    `secret` is the sealed temporary password: gone once it was shown, an hour after the order's end at the
    latest. `lost` are the SKUs that did not come back with a restored user.
    """

    __tablename__ = "account_item"

    order_id: Mapped[int] = mapped_column(
        ForeignKey("account_order.id", ondelete="CASCADE"), primary_key=True
    )
    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    graph_id: Mapped[str | None] = mapped_column(String(36))
    display_name: Mapped[str] = mapped_column(String(400))
    address: Mapped[str] = mapped_column(String(400))
    usage_location: Mapped[str | None] = mapped_column(String(2))
    details: Mapped[dict[str, Any]]
    secret: Mapped[str | None]
    state: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str | None] = mapped_column(String(40))
    message: Mapped[str | None]
    sent_at: Mapped[datetime | None]
    lost: Mapped[list[Any]]
