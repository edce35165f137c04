"""Who may do what, written down a second time, from the specification."""

from __future__ import annotations

import pytest

from partner_center.staff.permissions import Permission, permissions_of, roles_with
from partner_center.staff.roles import Role

A, G, H, S, U = Role  # in the order of the enumeration
TABLE = {
    Permission.VIEW_CUSTOMERS: (A, G, H, S, U),
    Permission.VIEW_USERS: (A, G, H, S, U),
    Permission.SELECT_USERS: (A, G, H, S, U),
    Permission.ASSIGN_LICENSES: (A, G, H, S, U),
    Permission.REVOKE_LICENSES: (A, G, H, S, U),
    Permission.CHANGE_SERVICE_PLANS: (A, G, H, S, U),
    Permission.SET_USAGE_LOCATION: (A, G, H, U),
    Permission.BUY_SEATS: (A, G, S),
    Permission.REFRESH_MIRROR: (A, G, H, S, U),
    Permission.VIEW_CHANGES: (A, G, H, S, U),
    Permission.UNDO_OTHERS: (A, G, U),
}


def test_the_table_above_speaks_of_every_permission() -> None:
    assert set(TABLE) == set(Permission)


@pytest.mark.parametrize("permission", Permission)
def test_exactly_these_roles_have_it(permission: Permission) -> None:
    assert roles_with(permission) == TABLE[permission]


@pytest.mark.parametrize("role", Role)
def test_each_role_has_exactly_what_the_table_says(role: Role) -> None:
    assert permissions_of([role]) == {asked for asked, roles in TABLE.items() if role in roles}


def test_several_roles_have_the_sum_and_none_has_nothing() -> None:
    assert permissions_of([H, S]) == permissions_of([H]) | permissions_of([S])
    assert permissions_of([]) == frozenset()
