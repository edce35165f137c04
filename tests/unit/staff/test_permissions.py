"""Who may do what, written down a second time, from the specification; what a partner may change of it."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partner_center.staff.actor import Actor, RoleForbids
from partner_center.staff.bounds import Breach, breaches
from partner_center.staff.permissions import (
    ROLE_PERMISSIONS,
    Fixed,
    Override,
    Permission,
    fixed,
    overrides_for,
    permissions_of,
    roles_with,
    table_of,
)
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
    Permission.LICENSE_GUESTS: (G,),
    Permission.MANAGE_USERS: (A, G, U),
    Permission.KEEP_TEMPLATES: (A, G, U),
    Permission.BUY_SEATS: (A, G, S),
    Permission.REFRESH_MIRROR: (A, G, H, S, U),
    Permission.VIEW_CHANGES: (A, G, H, S, U),
    Permission.UNDO_OTHERS: (A, G, U),
    Permission.VIEW_AUDIT: (A, G, U),
    Permission.MANAGE_STAFF: (G, U),
    Permission.EDIT_ROLES: (G,),
}
FIXED = {
    (G, Permission.VIEW_CUSTOMERS): Fixed.KEPT,
    (G, Permission.VIEW_AUDIT): Fixed.KEPT,
    (G, Permission.MANAGE_STAFF): Fixed.KEPT,
    (G, Permission.EDIT_ROLES): Fixed.KEPT,
    **{(role, Permission.EDIT_ROLES): Fixed.WITHHELD for role in (A, H, S, U)},
}
TABLES = st.fixed_dictionaries({role: st.frozensets(st.sampled_from(Permission)) for role in Role})
OVERRIDES = st.frozensets(
    st.builds(Override, st.sampled_from(Role), st.sampled_from(Permission), st.booleans()), max_size=20
)


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
    assert permissions_of([], [Override(H, Permission.BUY_SEATS, True)]) == frozenset()


def test_a_partners_own_decision_overrules_the_default_both_ways() -> None:
    own = [Override(H, Permission.BUY_SEATS, True), Override(S, Permission.BUY_SEATS, False)]
    assert roles_with(Permission.BUY_SEATS, own) == (A, G, H)
    assert Permission.BUY_SEATS in permissions_of([H], own)
    assert Permission.BUY_SEATS not in permissions_of([S], own)
    assert Permission.BUY_SEATS in permissions_of([S, H], own)


@pytest.mark.parametrize(("role", "permission"), list(product(Role, Permission)))
def test_these_cells_and_no_others_are_fixed(role: Role, permission: Permission) -> None:
    assert fixed(role, permission) == FIXED.get((role, permission))


@given(OVERRIDES)
def test_no_stored_override_can_lock_everybody_out_or_let_somebody_take_over(
    stored: frozenset[Override],
) -> None:
    table = table_of(stored)
    for role, permission in FIXED:
        assert (permission in table[role]) == (role in TABLE[permission])


@given(TABLES)
def test_a_table_within_the_bounds_is_had_back_from_its_overrides(
    wanted: dict[Role, frozenset[Permission]],
) -> None:
    if not any(isinstance(breach.because, Fixed) for breach in breaches(wanted)):
        assert table_of(overrides_for(wanted)) == wanted


def test_the_default_table_is_within_the_bounds_and_needs_no_override() -> None:
    assert list(breaches(ROLE_PERMISSIONS)) == []
    assert overrides_for(ROLE_PERMISSIONS) == frozenset()


def test_taking_what_a_global_admin_keeps_is_a_breach() -> None:
    wanted = {**ROLE_PERMISSIONS, G: ROLE_PERMISSIONS[G] - {Permission.MANAGE_STAFF}}
    assert list(breaches(wanted)) == [Breach(G, Permission.MANAGE_STAFF, Fixed.KEPT)]


def test_letting_another_role_edit_the_table_is_a_breach() -> None:
    wanted = {**ROLE_PERMISSIONS, U: ROLE_PERMISSIONS[U] | {Permission.EDIT_ROLES}}
    assert list(breaches(wanted)) == [Breach(U, Permission.EDIT_ROLES, Fixed.WITHHELD)]


def test_a_permission_without_the_pages_it_is_used_on_is_a_breach() -> None:
    wanted = {**ROLE_PERMISSIONS, S: frozenset({Permission.VIEW_CUSTOMERS, Permission.BUY_SEATS})}
    assert list(breaches(wanted)) == [Breach(S, Permission.BUY_SEATS, Permission.VIEW_USERS)]
    assert list(breaches({**ROLE_PERMISSIONS, S: frozenset()})) == []


def test_an_actor_may_what_the_table_in_force_grants() -> None:
    own = frozenset({Override(H, Permission.BUY_SEATS, True)})
    plain, raised = (Actor(1, "a@b", "A", frozenset({H}), overrides=each) for each in (frozenset(), own))
    assert (plain.may(Permission.BUY_SEATS), raised.may(Permission.BUY_SEATS)) == (False, True)
    raised.demand(Permission.BUY_SEATS)
    with pytest.raises(RoleForbids) as refused:
        plain.demand(Permission.BUY_SEATS)
    assert refused.value.permission is Permission.BUY_SEATS
