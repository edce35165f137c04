"""Rows of seat orders."""

from __future__ import annotations

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from partner_center.orders.models import Order
from partner_center.shared.orm import Base


class SeatOrder(Order, Base):
    """One raise of a subscription's quantity. `quantity_after` is an absolute total, as Microsoft wants it.

    `ms_request_id` is sent as MS-RequestId and reused when the answer was lost, so that Partner Center
    counts the order once.
    """

    __tablename__ = "seat_order"
    __table_args__ = (UniqueConstraint("customer_id", "idempotency_key"),)

    sku_id: Mapped[str] = mapped_column(String(36))
    subscription_id: Mapped[str] = mapped_column(String(36))
    subscription_name: Mapped[str] = mapped_column(String(300))
    quantity_before: Mapped[int]
    quantity_after: Mapped[int]
    state: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str | None] = mapped_column(String(40))
    message: Mapped[str | None]
    ms_request_id: Mapped[str] = mapped_column(String(36))
    return_to: Mapped[str]
