"""Rows of the mirror and of the selections over it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, ForeignKeyConstraint, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from partner_center.shared.orm import Base, BigId

_OF_CUSTOMER = "customer.id"


class Mirror(Base):
    """How far the copy of one customer has got.

    `version` moves with every change of any row of the customer; `order_version` only when users come,
    go, or are renamed, so that the stored name orders stay valid through licence changes. `sign_ins_at` is
    when the sign-ins were last asked for, `sign_ins_trouble` why in vain (`sign_ins.Trouble`); so with
    the mailboxes.
    """

    __tablename__ = "mirror"

    customer_id: Mapped[int] = mapped_column(ForeignKey(_OF_CUSTOMER, ondelete="CASCADE"), primary_key=True)
    version: Mapped[int] = mapped_column(default=0)
    order_version: Mapped[int] = mapped_column(default=0)
    next_number: Mapped[int] = mapped_column(default=1)
    user_count: Mapped[int] = mapped_column(default=0)
    delta_link: Mapped[str | None]
    resume_link: Mapped[str | None]
    resume_delta_link: Mapped[str | None]
    generation: Mapped[int] = mapped_column(default=0)
    synced_at: Mapped[datetime | None]
    seats_read_at: Mapped[datetime | None]
    tried_at: Mapped[datetime | None]
    error: Mapped[str | None]
    sign_ins_at: Mapped[datetime | None]
    sign_ins_trouble: Mapped[str | None] = mapped_column(String(20))
    mailboxes_at: Mapped[datetime | None]
    mailboxes_trouble: Mapped[str | None] = mapped_column(String(20))


class Holding(Base):
    """A distinct set of licences. Everybody who has exactly this set shares the row; rows never change.

    `licenses` is a list sorted by sku_id of objects
    `{"sku": guid, "direct": bool, "groups": [guid…], "off": [plan guid…], "error": str | None}`, with
    `"failed": [[group guid, error]…]` and `"direct_only": [plan guid…]` where there are any.
    """

    __tablename__ = "holding"
    __table_args__ = (Index("uq_holding_customer_id_digest", "customer_id", "digest", unique=True),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey(_OF_CUSTOMER, ondelete="CASCADE"))
    digest: Mapped[str] = mapped_column(String(64))
    licenses: Mapped[list[Any]]


class DirectoryUser(Base):
    """A user of a customer. `number` is ours: dense within the customer, never given out twice.

    `upn_key` and `mail_key` are the addresses in ASCII lower case; `mail_key` is null when the two are
    the same. `sort_*` and `search_text` are made by `shared.names`.
    """

    __tablename__ = "directory_user"
    __table_args__ = (
        Index("uq_directory_user_customer_id_graph_id", "customer_id", "graph_id", unique=True),
        Index("ix_directory_user_customer_id_upn_key", "customer_id", "upn_key"),
        Index("ix_directory_user_customer_id_mail_key", "customer_id", "mail_key"),
    )

    customer_id: Mapped[int] = mapped_column(ForeignKey(_OF_CUSTOMER, ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    graph_id: Mapped[str] = mapped_column(String(36))
    display_name: Mapped[str] = mapped_column(String(400))
    user_principal_name: Mapped[str] = mapped_column(String(400))
    upn_key: Mapped[str] = mapped_column(String(400))
    mail: Mapped[str | None] = mapped_column(String(400))
    mail_key: Mapped[str | None] = mapped_column(String(400))
    department: Mapped[str | None] = mapped_column(String(200))
    usage_location: Mapped[str | None] = mapped_column(String(2))
    user_type: Mapped[str] = mapped_column(String(20), default="Member")
    account_enabled: Mapped[bool] = mapped_column(default=True)
    search_text: Mapped[str]
    sort_en: Mapped[str]
    sort_tr: Mapped[str]
    sort_nb: Mapped[str]
    sort_sv: Mapped[str]
    holding_id: Mapped[int] = mapped_column(ForeignKey("holding.id"))
    generation: Mapped[int] = mapped_column(default=0)
    deleted_at: Mapped[datetime | None]
    changed_at: Mapped[datetime]


class UserSignIn(Base):
    """When a user last signed in, as told at `read_at`. Null `signed_in_at`: never, as far as is noted."""

    __tablename__ = "user_sign_in"
    __table_args__ = (Index("ix_user_sign_in_customer_id_signed_in_at", "customer_id", "signed_in_at"),)

    customer_id: Mapped[int] = mapped_column(ForeignKey(_OF_CUSTOMER, ondelete="CASCADE"), primary_key=True)
    graph_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    created_at: Mapped[datetime | None]
    signed_in_at: Mapped[datetime | None]
    read_at: Mapped[datetime]


class Mailbox(Base):
    """A mailbox by its owner's address (`upn_key`): what kind it is, how large, as told at `read_at`."""

    __tablename__ = "mailbox"

    customer_id: Mapped[int] = mapped_column(ForeignKey(_OF_CUSTOMER, ondelete="CASCADE"), primary_key=True)
    upn_key: Mapped[str] = mapped_column(String(400), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    used_bytes: Mapped[int] = mapped_column(BigInteger)
    read_at: Mapped[datetime]


class DirectoryGroup(Base):
    """A group that hands out licences. `licenses` is a list of `{"sku": guid, "off": [plan guid…]}`.

    `processing`: Microsoft was still working a change of them off.
    """

    __tablename__ = "directory_group"

    customer_id: Mapped[int] = mapped_column(ForeignKey(_OF_CUSTOMER, ondelete="CASCADE"), primary_key=True)
    graph_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    display_name: Mapped[str] = mapped_column(String(400))
    licenses: Mapped[list[Any]] = mapped_column(default=list)
    processing: Mapped[bool] = mapped_column(default=False)


class GroupMembership(Base):
    """Who is in a group that hands out licences: user numbers as a compressed bitmap, as of `read_at`.

    A table of its own: names and licences are told with each sync at once, members group by group.
    """

    __tablename__ = "group_membership"
    __table_args__ = (
        ForeignKeyConstraint(
            ["customer_id", "graph_id"],
            ["directory_group.customer_id", "directory_group.graph_id"],
            ondelete="CASCADE",
        ),
    )

    customer_id: Mapped[int] = mapped_column(primary_key=True)
    graph_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    members: Mapped[bytes] = mapped_column(LargeBinary)
    read_at: Mapped[datetime]


class SubscribedSku(Base):
    """What the tenant owns of one SKU, summed by Microsoft over all its subscriptions.

    `plans` is a list of `{"id": guid, "name": str, "applies_to": "User" | "Company", "status": str}`.
    """

    __tablename__ = "subscribed_sku"

    customer_id: Mapped[int] = mapped_column(ForeignKey(_OF_CUSTOMER, ondelete="CASCADE"), primary_key=True)
    sku_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    part_number: Mapped[str] = mapped_column(String(200))
    applies_to: Mapped[str] = mapped_column(String(20), default="User")
    capability_status: Mapped[str] = mapped_column(String(20))
    enabled: Mapped[int]
    warning: Mapped[int]
    suspended: Mapped[int]
    locked_out: Mapped[int]
    consumed: Mapped[int]
    plans: Mapped[list[Any]]


class TenantSubscription(Base):
    """One subscription behind a SKU (Graph's companySubscription).

    `term`, `auto_renew` and `reducible` are Partner Center's, null for what the partner does not sell; the
    last is a list of `{"quantity": int, "until": iso}`, seats that may still be given back.
    """

    __tablename__ = "tenant_subscription"

    customer_id: Mapped[int] = mapped_column(ForeignKey(_OF_CUSTOMER, ondelete="CASCADE"), primary_key=True)
    subscription_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    sku_id: Mapped[str] = mapped_column(String(36))
    status: Mapped[str] = mapped_column(String(20))
    total_licenses: Mapped[int]
    is_trial: Mapped[bool] = mapped_column(default=False)
    self_service: Mapped[bool] = mapped_column(default=False)
    next_lifecycle_at: Mapped[datetime | None]
    term: Mapped[str | None] = mapped_column(String(20))
    auto_renew: Mapped[bool | None]
    reducible: Mapped[list[Any] | None]


class Facet(Base):
    """A named set of user numbers as a compressed bitmap, derived from the rows. See `facets`.

    `version` is the mirror's version at which the set last changed, so that a process that holds a copy
    reads again only what has moved.
    """

    __tablename__ = "facet"
    __table_args__ = (Index("ix_facet_customer_id_version", "customer_id", "version"),)

    customer_id: Mapped[int] = mapped_column(ForeignKey(_OF_CUSTOMER, ondelete="CASCADE"), primary_key=True)
    key: Mapped[str] = mapped_column(String(120), primary_key=True)
    version: Mapped[int]
    size: Mapped[int]
    members: Mapped[bytes] = mapped_column(LargeBinary)


class NameOrder(Base):
    """All living users' numbers in one order, as packed little-endian 32-bit integers.

    `key` is `name:<language>` or `department:<language>`; valid while the mirror's `order_version` is the
    row's.
    """

    __tablename__ = "name_order"

    customer_id: Mapped[int] = mapped_column(ForeignKey(_OF_CUSTOMER, ondelete="CASCADE"), primary_key=True)
    key: Mapped[str] = mapped_column(String(40), primary_key=True)
    order_version: Mapped[int]
    numbers: Mapped[bytes] = mapped_column(LargeBinary)


class Selection(Base):
    """Whom one member of staff has ticked in one customer, at one desk. Survives everything but clearing it.

    `desk` is one of `desks`. `sources` tells where the members came from:
    `[{"what": str, "count": int, "at": iso}]`; `picks` in which order they were ticked (`directory.picks`).
    """

    __tablename__ = "selection"

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id", ondelete="CASCADE"), primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey(_OF_CUSTOMER, ondelete="CASCADE"), primary_key=True)
    desk: Mapped[str] = mapped_column(String(60), primary_key=True, default="")
    members: Mapped[bytes] = mapped_column(LargeBinary)
    before: Mapped[bytes | None] = mapped_column(LargeBinary)
    sources: Mapped[list[Any]] = mapped_column(default=list)
    picks: Mapped[list[Any] | None]
    version: Mapped[int] = mapped_column(default=0)
    updated_at: Mapped[datetime]
