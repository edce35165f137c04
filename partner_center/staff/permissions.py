"""The one table of who may do what. Pure: no database, no request, no clock.

A permission is `thing:deed`. Views name the permission they need, services ask for it again, the
runner asks once more before the first call to Microsoft. A partner may change the table by overrides,
within the bounds of `staff.bounds`; a stored override beyond them changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from partner_center.staff.roles import Role


class Permission(StrEnum):
    """What a member of staff may do."""

    VIEW_CUSTOMERS = "customers:view"
    VIEW_USERS = "users:view"
    SELECT_USERS = "users:select"
    ASSIGN_LICENSES = "licenses:assign"
    REVOKE_LICENSES = "licenses:revoke"
    CHANGE_SERVICE_PLANS = "plans:change"
    SET_USAGE_LOCATION = "locations:set"
    LICENSE_GUESTS = "guests:license"
    MANAGE_USERS = "users:manage"
    KEEP_TEMPLATES = "templates:keep"
    BUY_SEATS = "seats:buy"
    REFRESH_MIRROR = "mirror:refresh"
    VIEW_CHANGES = "changes:view"
    UNDO_OTHERS = "changes:undo-others"
    VIEW_AUDIT = "audit:view-all"
    MANAGE_STAFF = "staff:manage"
    EDIT_ROLES = "roles:edit"


class Override(NamedTuple):
    """A partner's own decision on one cell of the table."""

    role: Role
    permission: Permission
    granted: bool


class Fixed(StrEnum):
    """Why a cell of the table can't be changed."""

    KEPT = "kept"
    WITHHELD = "withheld"


P = Permission
Table = Mapping[Role, frozenset[Permission]]
_BULK = frozenset(
    {
        P.VIEW_CUSTOMERS,
        P.VIEW_USERS,
        P.SELECT_USERS,
        P.ASSIGN_LICENSES,
        P.REVOKE_LICENSES,
        P.CHANGE_SERVICE_PLANS,
        P.REFRESH_MIRROR,
        P.VIEW_CHANGES,
    }
)

ROLE_PERMISSIONS: MappingProxyType[Role, frozenset[Permission]] = MappingProxyType(
    {
        Role.ADMIN_AGENT: _BULK
        | {P.MANAGE_USERS, P.SET_USAGE_LOCATION, P.KEEP_TEMPLATES, P.BUY_SEATS, P.UNDO_OTHERS, P.VIEW_AUDIT},
        Role.GLOBAL_ADMIN: frozenset(P),
        Role.HELPDESK_AGENT: _BULK | {P.SET_USAGE_LOCATION},
        Role.SALES_AGENT: _BULK | {P.BUY_SEATS},
        Role.USER_MANAGEMENT_ADMIN: _BULK
        | {
            P.MANAGE_USERS,
            P.SET_USAGE_LOCATION,
            P.KEEP_TEMPLATES,
            P.UNDO_OTHERS,
            P.VIEW_AUDIT,
            P.MANAGE_STAFF,
        },
    }
)
"""All five manage licences in bulk (Microsoft's page "Assign or revoke licenses to multiple users");
admin agent, global admin and sales agent buy; sales agents do not set locations; helpdesk and sales
agents make, block and delete nobody, and undo only what they did themselves; everybody applies templates,
while those make and change them who decide for others already (admin agent, global admin, user management
admin); guests are a global admin's;
staff are managed by global and user management admins (Microsoft: "Create user accounts and set
permissions").
"""
_NOBODY_ELSE = frozenset({P.EDIT_ROLES})
"""Whoever edits the table can give themselves everything in it: global admins only."""
_TO_PUT_IT_RIGHT = frozenset({P.VIEW_CUSTOMERS, P.VIEW_AUDIT, P.MANAGE_STAFF, P.EDIT_ROLES})
"""What a global admin keeps, so that whatever was set wrong can be mended from inside."""


def fixed(role: Role, permission: Permission) -> Fixed | None:
    """Whether the cell can't be changed, and why."""
    if role is Role.GLOBAL_ADMIN:
        return Fixed.KEPT if permission in _TO_PUT_IT_RIGHT else None
    return Fixed.WITHHELD if permission in _NOBODY_ELSE else None


def table_of(overrides: Iterable[Override] = ()) -> Table:
    """The table in force: the defaults, changed by the overrides of cells that may be changed."""
    rows = {role: set(granted) for role, granted in ROLE_PERMISSIONS.items()}
    for role, permission, granted in overrides:
        if fixed(role, permission) is None:
            (rows[role].add if granted else rows[role].discard)(permission)
    return {role: frozenset(granted) for role, granted in rows.items()}


def overrides_for(wanted: Table) -> frozenset[Override]:
    """The overrides that make the defaults `wanted`."""
    return frozenset(
        Override(role, permission, permission in granted)
        for role, granted in wanted.items()
        for permission in granted ^ ROLE_PERMISSIONS[role]
    )


def permissions_of(roles: Iterable[Role], overrides: Iterable[Override] = ()) -> frozenset[Permission]:
    """The union of what the roles grant."""
    table = table_of(overrides) if overrides else ROLE_PERMISSIONS
    return frozenset[Permission]().union(*(table[role] for role in roles))


def roles_with(permission: Permission, overrides: Iterable[Override] = ()) -> tuple[Role, ...]:
    """The roles that grant `permission`, in the order of the table."""
    return tuple(role for role, granted in table_of(overrides).items() if permission in granted)
