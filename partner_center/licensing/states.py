"""Filled, partial or empty: what a box shows over many users, and what may be done with it. Pure."""

from __future__ import annotations

from partner_center.licensing.values import Op, PlanState, TriState


def tri_state(selected: int, have: int) -> TriState:
    """The state of a box when `have` of `selected` users have the product."""
    if have == 0:
        return TriState.NONE
    return TriState.ALL if have >= selected else TriState.SOME


def result_state(selected: int, have: int, only_by_group: int, op: Op) -> TriState:
    """The state after `op`. What a group gives stays when the rest is taken."""
    if op is Op.ASSIGN:
        return tri_state(selected, selected)
    return tri_state(selected, only_by_group if op is Op.REVOKE else have)


def offered_ops(selected: int, have: int, only_by_group: int, *, assignable: bool) -> tuple[Op, ...]:
    """The choices that could change anything, *leave as is* first."""
    ops = [Op.LEAVE]
    if have < selected and assignable:
        ops.append(Op.ASSIGN)
    if have > only_by_group:
        ops.append(Op.REVOKE)
    return tuple(ops)


def plan_state(on: int, off: int) -> PlanState:
    """The state of a plan that is on for `on` holders and off for `off`; on where nobody holds it."""
    if off == 0:
        return PlanState.ON
    return PlanState.MIXED if on else PlanState.OFF
