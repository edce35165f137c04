"""Product and service-plan rows."""

from __future__ import annotations

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from partner_center.shared.orm import Base


class Product(Base):
    """A SKU by Microsoft's published table."""

    __tablename__ = "product"

    sku_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    part_number: Mapped[str] = mapped_column(String(200), index=True)
    name: Mapped[str] = mapped_column(String(300))


class ServicePlan(Base):
    """A service inside products."""

    __tablename__ = "service_plan"

    plan_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    part_name: Mapped[str] = mapped_column(String(200))
    name: Mapped[str] = mapped_column(String(300))


class ProductPlan(Base):
    """A plan's place in a product."""

    __tablename__ = "product_plan"

    sku_id: Mapped[str] = mapped_column(ForeignKey("product.sku_id", ondelete="CASCADE"), primary_key=True)
    plan_id: Mapped[str] = mapped_column(
        ForeignKey("service_plan.plan_id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(default=0)
