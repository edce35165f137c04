"""What a partner's own table of roles must hold, so that nobody is locked out by it. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from partner_center.staff.permissions import ROLE_PERMISSIONS, Fixed, Permission, Table, fixed
from partner_center.staff.roles import Role

P = Permission
_SELECTING = (P.VIEW_CUSTOMERS, P.VIEW_USERS, P.SELECT_USERS)
NEEDS: dict[Permission, tuple[Permission, ...]] = {
    P.VIEW_USERS: (P.VIEW_CUSTOMERS,),
    P.SELECT_USERS: (P.VIEW_CUSTOMERS, P.VIEW_USERS),
    P.ASSIGN_LICENSES: (*_SELECTING, P.VIEW_CHANGES),
    P.REVOKE_LICENSES: (*_SELECTING, P.ASSIGN_LICENSES, P.VIEW_CHANGES),
    P.CHANGE_SERVICE_PLANS: (*_SELECTING, P.ASSIGN_LICENSES, P.VIEW_CHANGES),
    P.SET_USAGE_LOCATION: (*_SELECTING, P.ASSIGN_LICENSES, P.VIEW_CHANGES),
    P.LICENSE_GUESTS: (*_SELECTING, P.ASSIGN_LICENSES, P.VIEW_CHANGES),
    P.MANAGE_USERS: _SELECTING,
    P.KEEP_TEMPLATES: (*_SELECTING, P.ASSIGN_LICENSES),
    P.BUY_SEATS: (P.VIEW_CUSTOMERS, P.VIEW_USERS),
    P.REFRESH_MIRROR: (P.VIEW_CUSTOMERS,),
    P.VIEW_CHANGES: (P.VIEW_CUSTOMERS,),
    P.UNDO_OTHERS: (P.VIEW_CUSTOMERS, P.VIEW_CHANGES),
}
"""What a permission is worth nothing without: the pages on which it is used."""


@dataclass(frozen=True, slots=True)
class Breach:
    """A cell that can't be so. `because` says which bound: a fixed cell, or a permission that is lacking."""

    role: Role
    permission: Permission
    because: Fixed | Permission


def breaches(wanted: Table) -> Iterator[Breach]:
    """What is wrong with a table that a partner wishes for."""
    for role, granted in wanted.items():
        for permission in Permission:
            because = fixed(role, permission)
            if because and (permission in granted) != (permission in ROLE_PERMISSIONS[role]):
                yield Breach(role, permission, because)
        for permission in Permission:
            for needed in NEEDS.get(permission, ()):
                if permission in granted and needed not in granted:
                    yield Breach(role, permission, needed)
