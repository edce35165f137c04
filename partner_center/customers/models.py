"""Customer rows, as Partner Center and Graph last told them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from partner_center.shared.orm import Base


class Customer(Base):
    """A tenant that buys through the partner.

    `access_*` is the best live GDAP relationship; `access_roles` are Entra role template ids. The
    `licenses_*` and `products_*` counters are sums of the mirror's subscribed SKUs, kept by the sync
    so that the customer list can be searched and sorted without touching them.
    """

    __tablename__ = "customer"

    id: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[str] = mapped_column(String(36), unique=True)
    name: Mapped[str] = mapped_column(String(300))
    domain: Mapped[str] = mapped_column(String(300))
    country: Mapped[str | None] = mapped_column(String(2))
    reseller: Mapped[str | None] = mapped_column(String(200), index=True)
    relationship: Mapped[str] = mapped_column(String(40), default="reseller")
    search_text: Mapped[str]
    access_state: Mapped[str] = mapped_column(String(20), default="none")
    access_name: Mapped[str | None] = mapped_column(String(100))
    access_ends_at: Mapped[datetime | None]
    access_roles: Mapped[list[Any]] = mapped_column(default=list)
    gone_at: Mapped[datetime | None]
    licenses_purchased: Mapped[int] = mapped_column(default=0)
    licenses_assigned: Mapped[int] = mapped_column(default=0)
    products_full: Mapped[int] = mapped_column(default=0)
    products_nearly_full: Mapped[int] = mapped_column(default=0)
    products_over: Mapped[int] = mapped_column(default=0)
    products_unused: Mapped[int] = mapped_column(default=0)
    subscriptions_suspended: Mapped[int] = mapped_column(default=0)
    subscriptions_expiring: Mapped[int] = mapped_column(default=0)
