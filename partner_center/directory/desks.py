"""Desks: the places where somebody prepares a change. Each has a selection and a draft of its own.

The main one is **Users and licenses** with **Manage licenses**. A product's page has two more, one to
assign from and one to unassign from: whoever looks after one product in the midst of the main job finds
the main job's selection as they left it. A person's own page is a desk for that person alone. **Recently
removed** gives back and **Reclaim** takes; nothing is kept there. Pure.

A desk is stored by its name: its kind, and after a colon what it is about.
"""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """What sort of place a desk is."""

    MAIN = ""
    ASSIGN = "assign"
    UNASSIGN = "unassign"
    USER = "user"
    SEVERAL = "several"
    NEW_USERS = "new-users"
    MOVE = "move"
    REMOVED = "removed"
    RECLAIM = "reclaim"


MAIN = Kind.MAIN.value
REMOVED = Kind.REMOVED.value
RECLAIM = Kind.RECLAIM.value
NEW_USERS = Kind.NEW_USERS.value
"""Licenses that new users get in the same step: nobody is selected there by hand."""


def assign_desk(sku_id: str) -> str:
    """Where people are picked who shall get the product."""
    return f"{Kind.ASSIGN}:{sku_id}"


def unassign_desk(sku_id: str) -> str:
    """Where holders are ticked who shall lose the product."""
    return f"{Kind.UNASSIGN}:{sku_id}"


def move_desk(group_id: str) -> str:
    """Where members of a group are moved from direct licences to the group's. It has no selection."""
    return f"{Kind.MOVE}:{group_id}"


def user_desk(number: int) -> str:
    """The page of one person, where their own licences are ticked and cleared."""
    return f"{Kind.USER}:{number}"


def several_desk(mode: str) -> str:
    """**Manage product licenses** for the selected users, in one of its modes."""
    return f"{Kind.SEVERAL}:{mode}"


def read_desk(desk: str) -> tuple[Kind, str]:
    """Its kind, and the SKU, group, user number or mode that it is about; empty where it is about none."""
    kind, _colon, about = desk.partition(":")
    return Kind(kind), about


def selection_of(desk: str) -> str:
    """The desk whose selection it works on: several users are those selected for the main job."""
    return MAIN if read_desk(desk)[0] is Kind.SEVERAL else desk
