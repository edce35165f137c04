"""Links with which a person sets their password: shown once, used once, worth three days.

The database keeps a hash of the link's token, so that whoever reads the database can't use it.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from partner_center.audit.service import Action, record
from partner_center.shared import clock
from partner_center.shared.errors import NotFound
from partner_center.shared.ids import new_token
from partner_center.staff.models import StaffInvitation, StaffMember
from partner_center.staff.queries import actor_of
from partner_center.staff.service import set_password

VALID = timedelta(days=3)


def new_link(session: Session, member: StaffMember) -> str:
    """A token for the person, in place of an earlier one. It can't be had again."""
    withdraw(session, member)
    token, now = new_token(), clock.now()
    session.add(
        StaffInvitation(staff_id=member.id, token_hash=_hash(token), created_at=now, expires_at=now + VALID)
    )
    session.flush()
    return token


def withdraw(session: Session, member: StaffMember) -> None:
    """Make the person's link, if there is one, worth nothing."""
    session.execute(delete(StaffInvitation).where(StaffInvitation.staff_id == member.id))


def get_invited(session: Session, token: str) -> StaffMember:
    """Whose link this is. Raises NotFound alike for one that is used, too old, withdrawn or made up."""
    wanted = (
        select(StaffMember)
        .join(StaffInvitation, StaffInvitation.staff_id == StaffMember.id)
        .where(StaffInvitation.token_hash == _hash(token), StaffInvitation.expires_at > clock.now())
        .where(StaffMember.suspended_at.is_(None))
    )
    member = session.scalar(wanted)
    if member is None:
        raise NotFound("This link was used already, or is too old. Ask who sent it for a new one.")
    return member


def accept(session: Session, token: str, password: str) -> StaffMember:
    """Set the person's password and use the link up; their sessions end. Raises NotFound, Refusal."""
    member = get_invited(session, token)
    set_password(session, member, password)
    used = delete(StaffInvitation).where(StaffInvitation.token_hash == _hash(token))
    if session.execute(used.returning(StaffInvitation.staff_id)).first() is None:
        raise NotFound("This link was used already, or is too old. Ask who sent it for a new one.")
    record(session, actor_of(member), Action.PASSWORD_SET, subject=member.email, how="link")
    return member


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
