"""The one table of who may do what. Pure: no database, no request, no clock.

A permission is `thing:deed`. Views name the permission they need, services ask for it again, the
runner asks once more before the first call to Microsoft.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from types import MappingProxyType

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
    BUY_SEATS = "seats:buy"
    REFRESH_MIRROR = "mirror:refresh"
    VIEW_CHANGES = "changes:view"
    UNDO_OTHERS = "changes:undo-others"


P = Permission
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
        Role.ADMIN_AGENT: _BULK | {P.SET_USAGE_LOCATION, P.BUY_SEATS, P.UNDO_OTHERS},
        Role.GLOBAL_ADMIN: _BULK | {P.SET_USAGE_LOCATION, P.BUY_SEATS, P.UNDO_OTHERS},
        Role.HELPDESK_AGENT: _BULK | {P.SET_USAGE_LOCATION},
        Role.SALES_AGENT: _BULK | {P.BUY_SEATS},
        Role.USER_MANAGEMENT_ADMIN: _BULK | {P.SET_USAGE_LOCATION, P.UNDO_OTHERS},
    }
)
"""All five manage licences in bulk (Microsoft's page "Assign or revoke licenses to multiple users");
admin agent, global admin and sales agent buy; sales agents do not set locations; helpdesk and sales agents
undo only what they did themselves.
"""


def permissions_of(roles: Iterable[Role]) -> frozenset[Permission]:
    """The union of what the roles grant."""
    granted: frozenset[Permission] = frozenset()
    for role in roles:
        granted |= ROLE_PERMISSIONS[role]
    return granted


def roles_with(permission: Permission) -> tuple[Role, ...]:
    """The roles that grant `permission`, in the order of the table."""
    return tuple(role for role, granted in ROLE_PERMISSIONS.items() if permission in granted)
