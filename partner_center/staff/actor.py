"""Who acts: a value made once per request or job step from the database, never cached longer."""

from __future__ import annotations

from dataclasses import dataclass, field

from partner_center.staff.permissions import Permission, permissions_of
from partner_center.staff.roles import Role, Scope


@dataclass(frozen=True, slots=True)
class Actor:
    """A member of staff as the services see them."""

    id: int
    email: str
    name: str
    roles: frozenset[Role]
    scope: Scope = Scope.ALL
    reseller: str | None = None
    permissions: frozenset[Permission] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "permissions", permissions_of(self.roles))

    def may(self, permission: Permission) -> bool:
        """Whether any of the actor's roles grants `permission`."""
        return permission in self.permissions
