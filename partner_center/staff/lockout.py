"""That somebody is always left who can mend everything."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from partner_center.shared.errors import Refusal
from partner_center.staff.models import StaffMember, StaffRole
from partner_center.staff.roles import Role, Scope


def lock_global_admins(session: Session) -> None:
    """Let nobody else change a global admin, or the table of roles, until this transaction ends.

    Two of them who strip each other at the same moment would leave none.
    """
    session.execute(select(StaffMember.id).where(_ADMINS).order_by(StaffMember.id).with_for_update())


def demand_another(session: Session, member: StaffMember) -> None:
    """Raise Refusal unless another global admin can sign in and sees all customers. Call under the lock."""
    others = select(StaffMember.id).where(
        _ADMINS,
        StaffMember.id != member.id,
        StaffMember.suspended_at.is_(None),
        StaffMember.password_hash.is_not(None),
        StaffMember.scope == Scope.ALL.value,
    )
    if session.scalar(others.limit(1)) is None:
        raise Refusal(
            "This is the last global admin who can sign in and sees all customers. "
            "Give somebody else the role first."
        )


_ADMINS = StaffMember.id.in_(select(StaffRole.staff_id).where(StaffRole.role == Role.GLOBAL_ADMIN.value))
