"""Desks: the places where somebody prepares a change. Each has a selection and a draft of its own.

The main one is **Users and licenses** with **Manage licenses**. A product's page has two more, one to
assign from and one to unassign from: whoever looks after one product in the midst of the main job finds
the main job's selection as they left it. **Recently removed** gives back and **Reclaim** takes; nothing is
kept there. Pure.
"""

from __future__ import annotations

MAIN = ""
REMOVED = "removed"
RECLAIM = "reclaim"
_ASSIGN = "assign:"
_UNASSIGN = "unassign:"
NEW_USERS = "new-users"
"""Licenses that new users get in the same step: nobody is selected there by hand."""
_MOVE = "move:"


def assign_desk(sku_id: str) -> str:
    """Where people are picked who shall get the product."""
    return _ASSIGN + sku_id


def unassign_desk(sku_id: str) -> str:
    """Where holders are ticked who shall lose the product."""
    return _UNASSIGN + sku_id


def move_desk(group_id: str) -> str:
    """Where members of a group are moved from direct licences to the group's. It has no selection."""
    return _MOVE + group_id


def group_of(desk: str) -> str | None:
    """The group that the desk is about; None for every other desk."""
    return desk.removeprefix(_MOVE) if desk.startswith(_MOVE) else None


def product_of(desk: str) -> tuple[str, bool] | None:
    """The SKU that the desk is about and whether it gives it; None for the main one."""
    for prefix in (_ASSIGN, _UNASSIGN):
        if desk.startswith(prefix):
            return desk.removeprefix(prefix), prefix == _ASSIGN
    return None
