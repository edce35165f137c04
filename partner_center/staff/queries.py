"""Reading staff: who a session belongs to, who acts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session, object_session

from partner_center.shared import clock
from partner_center.shared.errors import NotFound
from partner_center.shared.names import ascii_lower, fold, sort_key
from partner_center.shared.page import Page, slice_page
from partner_center.staff.actor import Actor
from partner_center.staff.models import RoleOverride, StaffMember, StaffRole, StaffSession
from partner_center.staff.permissions import Override, Permission, roles_with
from partner_center.staff.roles import Role, Scope
from partner_center.staff.sessions import Limits, Stage, hash_of

HIGHEST_ID = 2**31 - 1

_ROLES = {role.value: role for role in Role}
_PERMISSIONS = {permission.value: permission for permission in Permission}
_MEMBERS, _HELD, _CELLS = StaffMember.__table__, StaffRole.__table__, RoleOverride.__table__
_SESSIONS = StaffSession.__table__
_PROFILE = (
    select(
        _SESSIONS.c.id,
        _SESSIONS.c.started_at,
        _SESSIONS.c.last_seen_at,
        _SESSIONS.c.staff_id,
        _MEMBERS.c.email,
        _MEMBERS.c.display_name,
        _MEMBERS.c.scope,
        _MEMBERS.c.reseller,
        _MEMBERS.c.language,
        _MEMBERS.c.theme,
        _HELD.c.role,
        _CELLS.c.permission,
        _CELLS.c.granted,
    )
    .select_from(
        _SESSIONS.join(_MEMBERS, _MEMBERS.c.id == _SESSIONS.c.staff_id)
        .outerjoin(_HELD, _HELD.c.staff_id == _MEMBERS.c.id)
        .outerjoin(_CELLS, _CELLS.c.role == _HELD.c.role)
    )
    .where(
        _SESSIONS.c.key_hash == bindparam("key_hash"),
        _SESSIONS.c.stage == Stage.IN.value,
        _MEMBERS.c.suspended_at.is_(None),
    )
)


@dataclass(frozen=True, slots=True)
class Profile:
    """A signed-in member of staff: who acts, and how they like their pages."""

    actor: Actor
    session_id: int
    started_at: datetime
    last_seen_at: datetime
    language: str | None
    theme: str


def find_profile(session: Session, key: str, limits: Limits) -> Profile | None:
    """The person behind a session, or None when it ended, is too old, or they are gone or suspended.

    Asked at every request, so columns of tables are read, not objects: that is a tenth of the time.
    """
    rows = session.execute(_PROFILE, {"key_hash": hash_of(key)}).all()
    if not rows or limits.end_of(rows[0].started_at, rows[0].last_seen_at) <= clock.now():
        return None
    first = rows[0]
    held = frozenset(_ROLES[row.role] for row in rows if row.role in _ROLES)
    actor = Actor(
        id=first.staff_id,
        email=first.email,
        name=first.display_name,
        roles=held,
        scope=Scope(first.scope),
        reseller=first.reseller,
        overrides=_overrides(rows),
    )
    return Profile(actor, first.id, first.started_at, first.last_seen_at, first.language, first.theme)


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


def matching_people(session: Session, query: str) -> Select[int]:
    """The ids of the people, suspended ones too, whose name or address contains every word of `query`."""
    words = fold(query).split()
    everybody = session.execute(select(StaffMember.id, StaffMember.display_name, StaffMember.email))
    found = [
        number
        for number, name, email in everybody
        if all(word in text for word in words for text in [fold(f"{name} {email}")])
    ]
    return select(StaffMember.id).where(StaffMember.id.in_(found))


def actor_of(member: StaffMember) -> Actor:
    """The value made from the row of a session; roles this version does not know grant nothing."""
    session = object_session(member)
    return Actor(
        id=member.id,
        email=member.email,
        name=member.display_name,
        roles=frozenset(_ROLES[held.role] for held in member.roles if held.role in _ROLES),
        scope=Scope(member.scope),
        reseller=member.reseller,
        overrides=list_overrides(session) if session else frozenset(),
    )


def list_overrides(session: Session) -> frozenset[Override]:
    """Where this partner's table of roles differs from the default."""
    cells = select(RoleOverride.role, RoleOverride.permission, RoleOverride.granted)
    return _overrides(session.execute(cells))


def list_people_with(session: Session, permission: Permission) -> list[Actor]:
    """The active people of whom a role grants `permission`, by name."""
    roles = roles_with(permission, list_overrides(session))
    holders = select(StaffRole.staff_id).where(StaffRole.role.in_(roles))
    wanted = select(StaffMember).where(StaffMember.id.in_(holders), StaffMember.suspended_at.is_(None))
    people = [actor_of(member) for member in session.scalars(wanted)]
    return sorted(people, key=lambda person: (sort_key(person.name, "en"), person.id))


def get_member(session: Session, staff_id: int, *, lock: bool = False) -> StaffMember:
    """The row as the database has it now, locked for a change. Raises NotFound."""
    member = None
    if 0 < staff_id <= HIGHEST_ID:
        member = session.get(StaffMember, staff_id, populate_existing=True, with_for_update=lock)
    if member is None:
        raise NotFound("There is no such person. Choose one from the list.")
    return member


def list_staff(session: Session, *, query: str = "", page: int = 1, size: int = 25) -> Page[StaffMember]:
    """One page of the people whose name or address contains every word of `query`, by name."""
    found = session.scalars(select(StaffMember).where(StaffMember.id.in_(matching_people(session, query))))
    people = sorted(found, key=lambda member: (sort_key(member.display_name, "en"), member.id))
    return slice_page(people, page, size)


def email_key(email: str) -> str:
    """How addresses are stored and compared: lowered by ASCII rules only, so that İ stays İ."""
    return ascii_lower(email.strip())


def _overrides(rows: Iterable[Any]) -> frozenset[Override]:
    """The cells among `rows`; roles and permissions this version does not know are passed over."""
    return frozenset(
        Override(_ROLES[row.role], _PERMISSIONS[row.permission], row.granted)
        for row in rows
        if row.role in _ROLES and row.permission in _PERMISSIONS
    )


def _find_active(session: Session, staff_id: int) -> StaffMember | None:
    member = session.get(StaffMember, staff_id, populate_existing=True)
    return member if member and member.suspended_at is None else None
