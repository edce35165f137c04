"""Rows of seat orders."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from partner_center.shared.orm import Base, BigId


class SeatOrder(Base):
    """One raise of a subscription's quantity. `quantity_after` is an absolute total, as Microsoft wants it.

    `ms_request_id` is sent as MS-RequestId and reused when the answer was lost, so that Partner Center
    counts the order once.
    """

    __tablename__ = "seat_order"
    __table_args__ = (UniqueConstraint("customer_id", "idempotency_key"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    ref: Mapped[str] = mapped_column(String(20), unique=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id", ondelete="CASCADE"))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id"))
    staff_name: Mapped[str] = mapped_column(String(200))
    idempotency_key: Mapped[str] = mapped_column(String(64))
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
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
