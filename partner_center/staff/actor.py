"""Who acts: a value made once per request or job step from the database, never cached longer."""

from __future__ import annotations

from dataclasses import dataclass, field

from partner_center.shared.errors import Forbidden
from partner_center.staff.permissions import Override, Permission, permissions_of
from partner_center.staff.roles import Role, Scope


class RoleForbids(Forbidden):
    """None of the actor's roles grants `permission`. The sentence is short: pages say who can help."""

    def __init__(self, permission: Permission) -> None:
        super().__init__("Your role does not allow this.")
        self.permission = permission


@dataclass(frozen=True, slots=True)
class Actor:
    """A member of staff as the services see them. `overrides` are the partner's changes to the table."""

    id: int
    email: str
    name: str
    roles: frozenset[Role]
    scope: Scope = Scope.ALL
    reseller: str | None = None
    overrides: frozenset[Override] = frozenset()
    permissions: frozenset[Permission] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "permissions", permissions_of(self.roles, self.overrides))

    def may(self, permission: Permission) -> bool:
        """Whether any of the actor's roles grants `permission`."""
        return permission in self.permissions

    def demand(self, permission: Permission) -> None:
        """Raise RoleForbids unless any of the actor's roles grants `permission`."""
        if permission not in self.permissions:
            raise RoleForbids(permission)
