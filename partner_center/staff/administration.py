"""Inviting people and changing what they may do. Every deed is audited, and ends the person's sessions.

Nobody changes themselves; the role Global admin is given, taken and touched by global admins alone; nobody
hands out customers they don't see; the last global admin stays. Everything here flushes; the edge commits.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy.orm import Session

from partner_center.audit.service import Action, record
from partner_center.shared.errors import Conflict, Forbidden, Refusal
from partner_center.staff import invitations, lockout, scopes, second_factor, service, sessions
from partner_center.staff.actor import Actor
from partner_center.staff.models import StaffMember, StaffRole
from partner_center.staff.permissions import Permission
from partner_center.staff.queries import get_member
from partner_center.staff.roles import Role
from partner_center.staff.scopes import ScopeWish


def invite(
    session: Session, actor: Actor, *, email: str, name: str, roles: Iterable[Role], wish: ScopeWish
) -> tuple[StaffMember, str]:
    """A new person and the token of their link. Raises Conflict, Refusal, Forbidden."""
    actor.demand(Permission.MANAGE_STAFF)
    asked = _demand_roles(roles)
    _demand_global(actor, asked)
    scopes.demand_meant(wish)
    scopes.demand_within(session, actor, wish)
    member = service.add_member(session, email=email, name=name, roles=asked)
    scopes.apply(member, wish)
    token = invitations.new_link(session, member)
    seen = wish.to_json()
    record(session, actor, Action.STAFF_INVITED, subject=member.email, roles=_names(asked), customers=seen)
    return member, token


def renew_link(session: Session, actor: Actor, staff_id: int) -> tuple[StaffMember, str]:
    """A new link for somebody who lost theirs, or their password; the password holds until it is used."""
    member = _open(session, actor, staff_id)
    if member.suspended_at is not None:
        raise Conflict("This person is suspended. Reactivate them first.")
    token = invitations.new_link(session, member)
    record(session, actor, Action.STAFF_LINK_RENEWED, subject=member.email)
    return member, token


def change_roles(session: Session, actor: Actor, staff_id: int, roles: Iterable[Role]) -> None:
    """Make these the person's roles. Raises Refusal for none, and for stripping the last global admin."""
    member = _open(session, actor, staff_id)
    before, after = held_by(member), _demand_roles(roles)
    if before == after:
        return
    _demand_global(actor, before ^ after)
    if Role.GLOBAL_ADMIN in before - after:
        lockout.demand_another(session, member)
    kept = [row for row in member.roles if row.role in after]
    new = after - {row.role for row in kept}
    member.roles = [*kept, *(StaffRole(role=role.value) for role in sorted(new))]
    sessions.end_all(session, member.id)
    old, new_ones = _names(before), _names(after)
    record(session, actor, Action.STAFF_ROLES_CHANGED, subject=member.email, before=old, after=new_ones)


def change_scope(session: Session, actor: Actor, staff_id: int, wish: ScopeWish) -> None:
    """Make these the customers that the person may see."""
    member = _open(session, actor, staff_id)
    before = ScopeWish.of(member)
    scopes.demand_meant(wish)
    if before == wish:
        return
    scopes.demand_within(session, actor, wish)
    if Role.GLOBAL_ADMIN in held_by(member):
        lockout.demand_another(session, member)
    scopes.apply(member, wish)
    sessions.end_all(session, member.id)
    old, new = before.to_json(), wish.to_json()
    record(session, actor, Action.STAFF_SCOPE_CHANGED, subject=member.email, before=old, after=new)


def suspend(session: Session, actor: Actor, staff_id: int) -> None:
    """End the person's access now: sessions and links die, their jobs stop at the next look."""
    member = _open(session, actor, staff_id)
    if member.suspended_at is not None:
        return
    if Role.GLOBAL_ADMIN in held_by(member):
        lockout.demand_another(session, member)
    invitations.withdraw(session, member)
    service.suspend(session, member)
    record(session, actor, Action.STAFF_SUSPENDED, subject=member.email)


def reactivate(session: Session, actor: Actor, staff_id: int) -> None:
    """Give a suspended person their access back, as it was."""
    member = _open(session, actor, staff_id)
    if member.suspended_at is None:
        return
    member.suspended_at = None
    sessions.end_all(session, member.id)
    record(session, actor, Action.STAFF_REACTIVATED, subject=member.email)


def reset_second_factor(session: Session, actor: Actor, staff_id: int) -> None:
    """Forget the person's authenticator app and recovery codes: the next sign-in sets up new ones."""
    member = _open(session, actor, staff_id)
    if second_factor.reset(session, member.id):
        record(session, actor, Action.STAFF_SECOND_FACTOR_RESET, subject=member.email)


def held_by(member: StaffMember) -> frozenset[Role]:
    """The roles of the person that this version knows."""
    known = {role.value for role in Role}
    return frozenset(Role(row.role) for row in member.roles if row.role in known)


def why_not(session: Session, actor: Actor, member: StaffMember) -> str:
    """Why the actor can't change this person; empty where they can."""
    try:
        _demand_may_change(session, actor, member)
    except (Forbidden, Refusal) as refusal:
        return str(refusal)
    return ""


def _open(session: Session, actor: Actor, staff_id: int) -> StaffMember:
    """The person, locked, if the actor may change them."""
    actor.demand(Permission.MANAGE_STAFF)
    lockout.lock_global_admins(session)
    member = get_member(session, staff_id, lock=True)
    _demand_may_change(session, actor, member)
    return member


def _demand_may_change(session: Session, actor: Actor, member: StaffMember) -> None:
    if member.id == actor.id:
        raise Forbidden("You can't change your own access. Ask another person who manages staff.")
    _demand_global(actor, held_by(member))
    scopes.demand_within(session, actor, ScopeWish.of(member))


def _demand_global(actor: Actor, roles: frozenset[Role]) -> None:
    if Role.GLOBAL_ADMIN in roles and Role.GLOBAL_ADMIN not in actor.roles:
        raise Forbidden("Only a global admin can do this for a global admin. Ask one of them.")


def _demand_roles(roles: Iterable[Role]) -> frozenset[Role]:
    asked = frozenset(roles)
    if not asked:
        raise Refusal("Choose at least one role.")
    return asked


def _names(roles: Iterable[Role]) -> list[str]:
    return sorted(role.value for role in roles)
