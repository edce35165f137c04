"""Rows of drafts and changes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from partner_center.shared.orm import Base, BigId


class Draft(Base):
    """What one person has set at one desk of one customer (`directory.desks`) and not yet saved."""

    __tablename__ = "draft"

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id", ondelete="CASCADE"), primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id", ondelete="CASCADE"), primary_key=True)
    desk: Mapped[str] = mapped_column(String(60), primary_key=True, default="")
    wish: Mapped[dict[str, Any]]
    updated_at: Mapped[datetime]


class LicenseTemplate(Base):
    """A named bundle of products to give, with services off: the partner's, or one customer's.

    `wish` is a `licensing.values.Wish` that only gives.
    """

    __tablename__ = "license_template"

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    wish: Mapped[dict[str, Any]]
    changed_by: Mapped[str] = mapped_column(String(200))
    changed_at: Mapped[datetime]


class Change(Base):
    """One change order. `asks` is what was asked for whom; `plan` the summary that was shown; `desk` where.

    `members` is the bitmap of the users it is for; `groups` pins what each of them held when the plan
    was made and what was decided (`changes.pins`). These three grow with the users and are read only
    when they are asked for. `evidence` is what was sealed at the end (`changes.evidence`).
    """

    __tablename__ = "change"
    __table_args__ = (
        UniqueConstraint("customer_id", "idempotency_key"),
        Index("ix_change_customer_id_id", "customer_id", "id"),
        Index("ix_change_customer_id_state", "customer_id", "state"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    ref: Mapped[str] = mapped_column(String(20), unique=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id", ondelete="CASCADE"))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id"))
    staff_name: Mapped[str] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(20))
    idempotency_key: Mapped[str] = mapped_column(String(64))
    desk: Mapped[str] = mapped_column(String(60), default="")
    asks: Mapped[list[Any]] = mapped_column(deferred=True, deferred_group="users")
    plan: Mapped[dict[str, Any]]
    digest: Mapped[str] = mapped_column(String(64))
    members: Mapped[bytes] = mapped_column(LargeBinary, deferred=True, deferred_group="users")
    groups: Mapped[list[Any]] = mapped_column(deferred=True, deferred_group="users")
    user_total: Mapped[int]
    retry_of_id: Mapped[int | None] = mapped_column(ForeignKey("change.id"))
    undo_of_id: Mapped[int | None] = mapped_column(ForeignKey("change.id"))
    note: Mapped[str] = mapped_column(String(500), default="")
    evidence: Mapped[dict[str, Any] | None] = mapped_column(deferred=True)
    stop_reason: Mapped[str | None]
    paused_at: Mapped[datetime | None]
    paused_by: Mapped[str | None] = mapped_column(String(200))
    stopped_at: Mapped[datetime | None]
    stopped_by: Mapped[str | None] = mapped_column(String(200))
    expanded_to: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    saved_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    seen_at: Mapped[datetime | None]


class ChangeItem(Base):
    """One user of a change: the unit that is sent to Microsoft, once.

    `step` is what happens next (`location`, then `licenses`); `before` and `after` are holdings' licence
    lists; `outcome` summarises the entries for lists and sums.
    """

    __tablename__ = "change_item"
    __table_args__ = (
        Index("ix_change_item_change_id_state", "change_id", "state"),
        Index("ix_change_item_change_id_outcome_reason", "change_id", "outcome", "reason"),
        Index("ix_change_item_customer_id_user_number", "customer_id", "user_number"),
    )

    change_id: Mapped[int] = mapped_column(ForeignKey("change.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    customer_id: Mapped[int]
    user_number: Mapped[int]
    graph_id: Mapped[str] = mapped_column(String(36))
    display_name: Mapped[str] = mapped_column(String(400))
    user_principal_name: Mapped[str] = mapped_column(String(400))
    state: Mapped[str] = mapped_column(String(12))
    step: Mapped[str] = mapped_column(String(12))
    outcome: Mapped[str | None] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(String(40))
    before: Mapped[list[Any]]
    after: Mapped[list[Any] | None]
    attempts: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime | None]
    fence: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]


class ChangeEntry(Base):
    """One requested thing for one user: a product given, taken or its plans set, or the location.

    `sku_id` is empty for the location. `outcome` is null until it is known: done, already_so, failed,
    not_attempted or unknown.
    """

    __tablename__ = "change_entry"
    __table_args__ = (
        Index("ix_change_entry_outcome", "change_id", "outcome", "reason", "sku_id", "position", "deed"),
    )

    change_id: Mapped[int] = mapped_column(ForeignKey("change.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sku_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    deed: Mapped[str] = mapped_column(String(12))
    value: Mapped[dict[str, Any]] = mapped_column(default=dict)
    outcome: Mapped[str | None] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(String(40))
    message: Mapped[str | None]
    request_id: Mapped[str | None] = mapped_column(String(64))


class SeatCount(Base):
    """How many licences of one product are in use by our own count (`licensing.seats.used_now`).

    Microsoft's number as of `counted_at` and what it confirmed to us since, last at `moved_at`; null until
    a change of the product has begun. Its row is the lock of all who decide on these licences.
    """

    __tablename__ = "seat_count"

    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id", ondelete="CASCADE"), primary_key=True)
    sku_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    used: Mapped[int | None]
    counted_at: Mapped[datetime | None]
    moved_at: Mapped[datetime | None]


class TenantPace(Base):
    """What may be asked of one customer's tenant (`changes.pace`), shared by all workers.

    `level` writes were left of the quota at `level_at`. Nothing is asked until `busy_until`, by
    Microsoft's word, nor until `retry_at`, after `silent_calls` without an answer in a row; then one call
    is the trial until `trial_until`.
    """

    __tablename__ = "tenant_pace"

    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id", ondelete="CASCADE"), primary_key=True)
    level: Mapped[float]
    level_at: Mapped[datetime]
    busy_until: Mapped[datetime | None]
    silent_calls: Mapped[int] = mapped_column(default=0)
    silent_since: Mapped[datetime | None]
    retry_at: Mapped[datetime | None]
    trial_until: Mapped[datetime | None]
