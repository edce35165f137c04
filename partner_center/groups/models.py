"""Rows of orders to groups."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from partner_center.orders.models import Order
from partner_center.shared.orm import Base


class GroupOrder(Order, Base):
    """One order to a group: a product to hand out, one to hand out no more, or members to try again.

    `wish` is a `GroupWish`, empty where members are tried again; `before` is what the group handed out when
    it was ordered. `members` are the user numbers it is about. `results` are counts: `{"done", "failed",
    "pending": int, "reasons": {reason: int}}`; where members are tried again also `"users": {number:
    [outcome, reason, message]}`.
    """

    __tablename__ = "group_order"
    __table_args__ = (
        UniqueConstraint("customer_id", "idempotency_key"),
        Index("ix_group_order_group", "customer_id", "group_id"),
    )

    group_id: Mapped[str] = mapped_column(String(36))
    group_name: Mapped[str] = mapped_column(String(400))
    deed: Mapped[str] = mapped_column(String(12))
    wish: Mapped[dict[str, Any]] = mapped_column(default=dict)
    before: Mapped[list[Any]] = mapped_column(default=list)
    members: Mapped[bytes] = mapped_column(LargeBinary)
    results: Mapped[dict[str, Any]] = mapped_column(default=dict)
    state: Mapped[str] = mapped_column(String(12))
    reason: Mapped[str | None] = mapped_column(String(40))
    message: Mapped[str | None]
    request_id: Mapped[str | None] = mapped_column(String(64))
    accepted_at: Mapped[datetime | None]
