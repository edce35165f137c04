"""Staff rows."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from partner_center.shared.orm import Base


class StaffMember(Base):
    """A person of the partner who signs in."""

    __tablename__ = "staff_member"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(320), unique=True)
    display_name: Mapped[str] = mapped_column(String(200))
    password_hash: Mapped[str | None]
    scope: Mapped[str] = mapped_column(String(20), default="all")
    reseller: Mapped[str | None] = mapped_column(String(200))
    language: Mapped[str | None] = mapped_column(String(8))
    theme: Mapped[str] = mapped_column(String(8), default="system")
    suspended_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    roles: Mapped[list[StaffRole]] = relationship(cascade="all, delete-orphan", lazy="selectin")
    listed_customers: Mapped[list[StaffCustomer]] = relationship(cascade="all, delete-orphan")


class StaffRole(Base):
    """One role of one person."""

    __tablename__ = "staff_role"

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id", ondelete="CASCADE"), primary_key=True)
    role: Mapped[str] = mapped_column(String(40), primary_key=True)


class RoleOverride(Base):
    """A cell of the table of roles that this partner has decided otherwise than the default."""

    __tablename__ = "role_override"

    role: Mapped[str] = mapped_column(String(40), primary_key=True)
    permission: Mapped[str] = mapped_column(String(40), primary_key=True)
    granted: Mapped[bool]


class StaffInvitation(Base):
    """A link with which a person sets their password. Only its hash is stored; a person has one at a time."""

    __tablename__ = "staff_invitation"

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id", ondelete="CASCADE"), primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class StaffCustomer(Base):
    """A customer that a person with scope `listed` may see."""

    __tablename__ = "staff_customer"

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id", ondelete="CASCADE"), primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id", ondelete="CASCADE"), primary_key=True)


class StaffSession(Base):
    """One browser that a person is signed in with. Of its key only the hash is stored.

    `stage` says how far they came: `code` while the second factor is still asked for, `in` after it.
    """

    __tablename__ = "staff_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id", ondelete="CASCADE"), index=True)
    stage: Mapped[str] = mapped_column(String(8))
    started_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    address: Mapped[str] = mapped_column(String(64))
    browser: Mapped[str] = mapped_column(String(80))


class SecondFactor(Base):
    """The key of a person's authenticator app, encrypted; `confirmed_at` once a code of it was right.

    `last_step` is the newest 30-second step a code was taken for: no code is taken twice.
    """

    __tablename__ = "staff_second_factor"

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id", ondelete="CASCADE"), primary_key=True)
    secret: Mapped[str] = mapped_column(String(400))
    confirmed_at: Mapped[datetime | None]
    last_step: Mapped[int] = mapped_column(default=0)


class RecoveryCode(Base):
    """A code that stands in for the app, once: the row goes when it is used. Only its hash is stored."""

    __tablename__ = "staff_recovery_code"

    code_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id", ondelete="CASCADE"), index=True)


class Tries(Base):
    """How often something was tried in a stretch of time. `key` is a hash: it tells nobody's address."""

    __tablename__ = "staff_tries"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    count: Mapped[int]
    began_at: Mapped[datetime]
