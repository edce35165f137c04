"""Reading staff: who a session belongs to, who acts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from partner_center.shared.names import ascii_lower
from partner_center.staff.actor import Actor
from partner_center.staff.models import StaffMember, StaffRole
from partner_center.staff.roles import Role, Scope

_ROLES = {role.value: role for role in Role}
_MEMBERS, _HELD = StaffMember.__table__, StaffRole.__table__
_PROFILE = (
    select(
        _MEMBERS.c.email,
        _MEMBERS.c.display_name,
        _MEMBERS.c.scope,
        _MEMBERS.c.reseller,
        _MEMBERS.c.language,
        _MEMBERS.c.theme,
        _HELD.c.role,
    )
    .select_from(_MEMBERS.outerjoin(_HELD, _HELD.c.staff_id == _MEMBERS.c.id))
    .where(
        _MEMBERS.c.id == bindparam("staff_id"),
        _MEMBERS.c.epoch == bindparam("epoch"),
        _MEMBERS.c.suspended_at.is_(None),
    )
)


@dataclass(frozen=True, slots=True)
class Profile:
    """A signed-in member of staff: who acts, and how they like their pages."""

    actor: Actor
    epoch: int
    language: str | None
    theme: str


def find_profile(session: Session, staff_id: int, epoch: int) -> Profile | None:
    """The person behind a session, or None when they are gone, suspended or signed out everywhere.

    Asked at every request, so columns of tables are read, not objects: that is a tenth of the time.
    """
    rows = session.execute(_PROFILE, {"staff_id": staff_id, "epoch": epoch}).all()
    if not rows:
        return None
    first = rows[0]
    held = frozenset(_ROLES[row.role] for row in rows if row.role in _ROLES)
    actor = Actor(
        id=staff_id,
        email=first.email,
        name=first.display_name,
        roles=held,
        scope=Scope(first.scope),
        reseller=first.reseller,
    )
    return Profile(actor, epoch, first.language, first.theme)


def find_actor(session: Session, staff_id: int) -> Actor | None:
    """The person as they may act now; None when they are gone or suspended. Asked again by each job."""
    member = _find_active(session, staff_id)
    return actor_of(member) if member else None


def find_by_email(session: Session, email: str) -> StaffMember | None:
    """The row of this address, suspended or not."""
    return session.scalar(select(StaffMember).where(StaffMember.email == email_key(email)))


def list_by_emails(session: Session, emails: Iterable[str]) -> list[StaffMember]:
    """The active people of these addresses, by id."""
    keys = [email_key(email) for email in emails]
    wanted = select(StaffMember).where(StaffMember.email.in_(keys), StaffMember.suspended_at.is_(None))
    return list(session.scalars(wanted.order_by(StaffMember.id)))


def profile_of(member: StaffMember) -> Profile:
    """The values made from the row."""
    return Profile(actor_of(member), member.epoch, member.language, member.theme)


def actor_of(member: StaffMember) -> Actor:
    """The value made from the row; roles this version does not know grant nothing."""
    return Actor(
        id=member.id,
        email=member.email,
        name=member.display_name,
        roles=frozenset(_ROLES[held.role] for held in member.roles if held.role in _ROLES),
        scope=Scope(member.scope),
        reseller=member.reseller,
    )


def email_key(email: str) -> str:
    """How addresses are stored and compared: lowered by ASCII rules only, so that İ stays İ."""
    return ascii_lower(email.strip())


def _find_active(session: Session, staff_id: int) -> StaffMember | None:
    member = session.get(StaffMember, staff_id, populate_existing=True)
    return member if member and member.suspended_at is None else None
