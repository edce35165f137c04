"""Which services stand in each other's way, and in which licences: what a person needs to mend a conflict."""

from __future__ import annotations

from partner_center.changes.situation import Names, Situation
from partner_center.cloud.port import Reason
from partner_center.licensing.rules import Problem

Clash = tuple[tuple[str, str], ...]
"""(service, product) by name. A service that several of the products bring stands there once for each."""


def clash_of(problem: Problem, sku_id: str, situation: Situation, names: Names) -> Clash:
    """The services of a conflict over `sku_id`, each in the products that bring it; else nothing."""
    if problem.reason != Reason.CONFLICT:
        return ()
    owned = situation.context.products
    return tuple(
        (names.plan(plan), names.product(sku))
        for plan in problem.plans
        for sku in (sku_id, *problem.others)
        if sku in owned and plan in owned[sku].plan_ids
    )
