"""Changing the table of roles: the partner's own decisions, within the bounds. Takes effect at once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from sqlalchemy import delete
from sqlalchemy.orm import Session

from partner_center.audit.service import Action, record
from partner_center.shared.errors import Conflict
from partner_center.staff.actor import Actor
from partner_center.staff.bounds import Breach, breaches
from partner_center.staff.lockout import lock_global_admins
from partner_center.staff.models import RoleOverride
from partner_center.staff.permissions import Override, Permission, Table, overrides_for, table_of
from partner_center.staff.queries import list_overrides
from partner_center.staff.roles import Role


def edit_table(session: Session, actor: Actor, wanted: Table, *, seen: str) -> tuple[Breach, ...]:
    """Make `wanted` the table; what breaks a bound comes back and nothing is changed.

    `seen` is the `edition` that was on the screen: Conflict when somebody changed the table since. One audit
    entry for each role that gains or loses something.
    """
    actor.demand(Permission.EDIT_ROLES)
    lock_global_admins(session)  # who may edit the table is one of them
    now = list_overrides(session)
    if edition(now) != seen:
        raise Conflict("Somebody else changed the roles meanwhile. Nothing was changed. Open the page again.")
    if broken := tuple(breaches(wanted)):
        return broken
    before = table_of(now)
    session.execute(delete(RoleOverride))
    session.add_all(_rows(overrides_for(wanted)))
    for role in Role:
        given, taken = wanted[role] - before[role], before[role] - wanted[role]
        if given or taken:
            gains, losses = sorted(given), sorted(taken)
            record(session, actor, Action.ROLES_EDITED, subject=role.value, given=gains, taken=losses)
    session.flush()
    return ()


def edition(overrides: Iterable[Override]) -> str:
    """A short word that is another one for every other table."""
    told = sorted(f"{one.role}:{one.permission}:{one.granted:d}" for one in overrides)
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:16]


def _rows(overrides: Iterable[Override]) -> list[RoleOverride]:
    return [
        RoleOverride(role=role.value, permission=permission.value, granted=granted)
        for role, permission, granted in overrides
    ]
