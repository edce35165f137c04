"""Changing staff rows: adding people, signing them in, their settings.

`audit` stands above this package, so the caller records the deed, in the same transaction.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy.orm import Session

from partner_center.shared import clock
from partner_center.shared.errors import Conflict, Refusal
from partner_center.shared.names import LANGUAGES
from partner_center.staff import passwords, sessions
from partner_center.staff.actor import Actor
from partner_center.staff.models import StaffCustomer, StaffMember, StaffRole
from partner_center.staff.queries import email_key, find_by_email
from partner_center.staff.roles import Role, Scope

THEMES = ("system", "light", "dark")


def add_member(
    session: Session,
    *,
    email: str,
    name: str,
    roles: Iterable[Role],
    password: str | None = None,
    scope: Scope = Scope.ALL,
    reseller: str | None = None,
    customers: Iterable[int] = (),
) -> StaffMember:
    """A new person. Raises Conflict when the address is taken."""
    if find_by_email(session, email) is not None:
        raise Conflict("This email address already belongs to a member of staff. Use another one.")
    member = StaffMember(
        email=email_key(email),
        display_name=name,
        password_hash=passwords.hash_password(password) if password else None,
        scope=scope,
        reseller=reseller,
        created_at=clock.now(),
        roles=[StaffRole(role=role) for role in sorted(set(roles))],
        listed_customers=[StaffCustomer(customer_id=number) for number in customers],
    )
    session.add(member)
    session.flush()
    return member


def set_password(session: Session, member: StaffMember, password: str) -> None:
    """Give the person a new password and end all their sessions. Refusal when it can't be a password."""
    passwords.demand_good(password, name=member.display_name, email=member.email)
    member.password_hash = passwords.hash_password(password)
    session.flush()
    sessions.end_all(session, member.id)


def suspend(session: Session, member: StaffMember) -> None:
    """End the person's access now: sessions die, jobs of theirs stop at the next look."""
    member.suspended_at = clock.now()
    session.flush()
    sessions.end_all(session, member.id)


def authenticate(session: Session, email: str, password: str) -> StaffMember | None:
    """The person whose address and password these are, if they may sign in; None says nothing of why.

    Takes as long for an unknown address as for a wrong password.
    """
    member = find_by_email(session, email)
    if not passwords.matches(member.password_hash if member else None, password):
        return None
    if member is None or member.suspended_at is not None:
        return None
    return member


def renew_hash(session: Session, member: StaffMember, password: str) -> None:
    """Hash a right password again where the stored hash has weaker parameters than today's."""
    if member.password_hash and passwords.is_outdated(member.password_hash):
        member.password_hash = passwords.hash_password(password)
        session.flush()


def change_settings(session: Session, actor: Actor, *, language: str | None, theme: str) -> None:
    """Set the actor's own language (None: the browser's) and theme."""
    if theme not in THEMES or (language is not None and language not in LANGUAGES):
        raise Refusal("This setting is not offered. Choose one from the list.")
    member = session.get_one(StaffMember, actor.id)
    member.language, member.theme = language, theme
    session.flush()
