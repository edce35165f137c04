"""Desks: the places where somebody prepares a change. Each has a selection and a draft of its own.

The main one is **Users and licenses** with **Manage licenses**. A product's page has two more, one to
assign from and one to unassign from: whoever looks after one product in the midst of the main job finds
the main job's selection as they left it. A person's own page is a desk for that person alone. **Recently
removed** gives back and **Reclaim** takes; nothing is kept there. Pure.
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
_USER = "user:"
_SEVERAL = "several:"


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


def user_desk(number: int) -> str:
    """The page of one person, where their own licences are ticked and cleared."""
    return f"{_USER}{number}"


def user_of(desk: str) -> int | None:
    """The number of the person whose page the desk is; None for every other desk."""
    number = desk.removeprefix(_USER)
    return int(number) if desk.startswith(_USER) and number.isdigit() else None


def several_desk(mode: str) -> str:
    """**Manage product licenses** for the selected users, in one of its modes."""
    return _SEVERAL + mode


def mode_of(desk: str) -> str:
    """The mode of that desk; empty for every other desk."""
    return desk.removeprefix(_SEVERAL) if desk.startswith(_SEVERAL) else ""


def selection_of(desk: str) -> str:
    """The desk whose selection it works on: several users are those selected for the main job."""
    return MAIN if mode_of(desk) else desk
