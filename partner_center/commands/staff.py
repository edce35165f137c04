"""The people who sign in, from the command line: nobody is signed in there, and the entries say so."""

from __future__ import annotations

import sys
from collections.abc import Iterable

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from partner_center.audit.service import Action, record
from partner_center.commands.console import open_console
from partner_center.config import Config
from partner_center.shared.errors import NotFound
from partner_center.staff import invitations, second_factor, service
from partner_center.staff.models import StaffMember
from partner_center.staff.queries import find_by_email
from partner_center.staff.roles import Role

ACTOR_NAME = "command line"


def add(config: Config, *, email: str, name: str, roles: Iterable[Role]) -> None:
    """Add a person who may do what `roles` grant, with a password asked for here."""
    password = _new_password()
    with open_console(config).sessions.begin() as session:
        member = service.add_member(session, email=email, name=name, roles=roles)
        service.set_password(session, member, password)
        held = [role.role for role in member.roles]
        record(session, None, Action.STAFF_ADDED, subject=member.email, actor_name=ACTOR_NAME, roles=held)
    click.echo(f"{name} may sign in as {email}.")


def invite(config: Config, *, email: str, name: str, roles: Iterable[Role]) -> None:
    """Add a person without a password and print the path of their link. It can't be had again."""
    with open_console(config).sessions.begin() as session:
        member = service.add_member(session, email=email, name=name, roles=roles)
        token = invitations.new_link(session, member)
        held = [role.role for role in member.roles]
        record(session, None, Action.STAFF_INVITED, subject=member.email, actor_name=ACTOR_NAME, roles=held)
    click.echo(f"{name} sets a password there, once, within three days:\n")
    click.echo(f"    https://<address of the console>/invitations/{token}")


def reset_second_factor(config: Config, *, email: str) -> None:
    """Forget the person's app and recovery codes: the next sign-in sets up new ones."""
    with open_console(config).sessions.begin() as session:
        member = _find(session, email)
        second_factor.reset(session, member.id)
        record(
            session,
            None,
            Action.STAFF_SECOND_FACTOR_RESET,
            subject=member.email,
            actor_name=ACTOR_NAME,
        )
    click.echo(f"{email} sets up a new second factor at the next sign-in.")


def show(config: Config) -> None:
    """One line for each person."""
    with open_console(config).sessions.begin() as session:
        for member in session.scalars(select(StaffMember).order_by(StaffMember.email)):
            roles = ", ".join(sorted(held.role for held in member.roles))
            state = " (suspended)" if member.suspended_at else ""
            click.echo(f"{member.email}\t{member.display_name}\t{roles}{state}")


def change_password(config: Config, *, email: str) -> None:
    """Set a password asked for here; the person's sessions end."""
    password = _new_password()
    with open_console(config).sessions.begin() as session:
        member = _find(session, email)
        service.set_password(session, member, password)
        invitations.withdraw(session, member)
        record(session, None, Action.STAFF_CHANGED, subject=member.email, actor_name=ACTOR_NAME)
    click.echo(f"{email} has a new password.")


def _find(session: Session, email: str) -> StaffMember:
    member = find_by_email(session, email)
    if member is None:
        raise NotFound(f"Nobody signs in as {email}. See: partner-center staff list")
    return member


def _new_password() -> str:
    """Typed twice at a terminal, else a line of standard input: others would see an argument."""
    if sys.stdin.isatty():
        password: str = click.prompt("Password", hide_input=True, confirmation_prompt="Again")
        return password
    return sys.stdin.readline().rstrip("\r\n")
