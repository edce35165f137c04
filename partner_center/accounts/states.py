"""What can be asked for users, and where each of them is. Pure."""

from __future__ import annotations

from enum import StrEnum

from partner_center.customers.access import USER_ADMINISTRATOR, USER_WRITING_ROLES


class Deed(StrEnum):
    """What is asked."""

    CREATE = "create"
    BLOCK = "block"
    ALLOW = "allow"
    PASSWORD = "password"  # noqa: S105 - the name of a deed
    DELETE = "delete"
    RESTORE = "restore"

    @property
    def roles(self) -> frozenset[str]:
        """The Entra role templates of which the customer must have granted one (manage-user-accounts)."""
        return USER_ADMINISTRATOR if self in (Deed.DELETE, Deed.PASSWORD) else USER_WRITING_ROLES

    @property
    def moves_seats(self) -> bool:
        """Whether Microsoft counts seats anew after it."""
        return self in (Deed.DELETE, Deed.RESTORE)

    @property
    def has_password(self) -> bool:
        """Whether it ends with a temporary password that somebody has to be told."""
        return self in (Deed.CREATE, Deed.PASSWORD)


class ItemState(StrEnum):
    """Where one user is. `sent`: Microsoft was asked, its answer is not stored. `unknown`: it never came."""

    WAITING = "waiting"
    SENT = "sent"
    DONE = "done"
    ALREADY = "already"
    FAILED = "failed"
    UNKNOWN = "unknown"

    @property
    def is_final(self) -> bool:
        """Whether nothing more will happen by itself."""
        return self not in (ItemState.WAITING, ItemState.SENT)


OPEN = (ItemState.WAITING.value, ItemState.SENT.value)
