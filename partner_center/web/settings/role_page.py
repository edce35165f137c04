"""What **Roles** and **Who can do this?** show, made ready for their templates."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from partner_center.customers.visibility import who_can
from partner_center.staff.actor import Actor
from partner_center.staff.bounds import Breach
from partner_center.staff.permissions import ROLE_PERMISSIONS, Fixed, Permission, Table, fixed, roles_with
from partner_center.staff.queries import list_overrides
from partner_center.staff.roles import Role
from partner_center.web.permission_names import permission_name
from partner_center.web.problems import Problem
from partner_center.web.role_names import role_list, role_name
from partner_center.web.wording import _


@dataclass(frozen=True, slots=True)
class Cell:
    """One role's part in one permission. `fixed` says why it can't be changed; `own` is no default."""

    value: str
    role: str
    granted: bool
    fixed: str
    own: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One permission over all roles."""

    name: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Somebody:
    """A person who can."""

    name: str
    roles: str


@dataclass(frozen=True, slots=True)
class WhoPage:
    """Who can do one thing."""

    permission: str
    name: str
    choices: tuple[tuple[str, str], ...]
    roles: str
    people: tuple[Somebody, ...]


def role_lines(table: Table) -> tuple[Line, ...]:
    """The table as rows of permissions."""
    return tuple(
        Line(permission_name(permission), tuple(_cell(table, role, permission) for role in Role))
        for permission in Permission
    )


def read_table(grants: Collection[str]) -> Table:
    """The table that the ticked boxes make; what can't be ticked is as it must be."""
    return {
        role: frozenset(
            permission
            for permission in Permission
            if cell_value(role, permission) in grants or fixed(role, permission) is Fixed.KEPT
        )
        for role in Role
    }


def cell_value(role: Role, permission: Permission) -> str:
    """What a cell's box sends."""
    return f"{role.value}:{permission.value}"


def problems_of(breaches: Iterable[Breach]) -> tuple[Problem, ...]:
    """The breaches as lines of the error summary."""
    return tuple(
        Problem(_sentence(breach), cell_value(breach.role, breach.permission)) for breach in breaches
    )


def who_page(session: Session, permission: Permission, customer_id: int | None = None) -> WhoPage:
    """Roles and people that `permission` is granted to; of a customer, who sees it."""
    roles = roles_with(permission, list_overrides(session))
    people = who_can(session, permission, customer_id)
    return WhoPage(
        permission=permission.value,
        name=permission_name(permission),
        choices=tuple((one.value, permission_name(one)) for one in Permission),
        roles=role_list(roles),
        people=tuple(_somebody(person, roles) for person in people),
    )


def _somebody(person: Actor, roles: Collection[Role]) -> Somebody:
    return Somebody(person.name, role_list(role for role in person.roles if role in roles))


def _cell(table: Table, role: Role, permission: Permission) -> Cell:
    granted = permission in table[role]
    return Cell(
        value=cell_value(role, permission),
        role=role_name(role),
        granted=granted,
        fixed=_fixed_words(fixed(role, permission)),
        own=granted != (permission in ROLE_PERMISSIONS[role]),
    )


def _fixed_words(why: Fixed | None) -> str:
    if why is Fixed.KEPT:
        return _("Always")
    return _("Never") if why is Fixed.WITHHELD else ""


def _sentence(breach: Breach) -> str:
    role, deed = role_name(breach.role), permission_name(breach.permission)
    match breach.because:
        case Fixed.KEPT:
            return _("%(role)s keeps “%(deed)s”, so that mistakes can be mended.", role=role, deed=deed)
        case Fixed.WITHHELD:
            return _("Only a global admin can have “%(deed)s”.", deed=deed)
    needed = permission_name(breach.because)
    return _("%(role)s can't have “%(deed)s” without “%(needed)s”.", role=role, deed=deed, needed=needed)
