"""Service plans that exclude or need each other, judged on the state after the whole change. Pure."""

from __future__ import annotations

from partner_center.cloud.port import Reason
from partner_center.licensing.deeds import Deed
from partner_center.licensing.holders import Context
from partner_center.licensing.prospect import Prospect
from partner_center.licensing.rules.rule import Problem, rule


@rule
def exclusive_plans(deed: Deed, prospect: Prospect, context: Context) -> Problem | None:
    """Of some sets of plans a user may have one (MutuallyExclusiveViolation)."""
    gained = prospect.gained(deed.sku_id)
    for clash in context.rules.conflicts(prospect.plans_after):
        mine = gained.intersection(clash)
        if mine:
            rest = set(clash) - mine
            return Problem(Reason.CONFLICT, prospect.products_with(rest, deed.sku_id), clash)
    return None


@rule
def dependency_missing(deed: Deed, prospect: Prospect, context: Context) -> Problem | None:
    """A plan that is given needs another one that the user will not have (DependencyViolation)."""
    gained = prospect.gained(deed.sku_id)
    for plan, needs in context.rules.unmet(prospect.plans_after):
        if plan in gained:
            return Problem(Reason.DEPENDENCY, plans=(plan, *sorted(needs)))
    return None


@rule
def dependency_broken(deed: Deed, prospect: Prospect, context: Context) -> Problem | None:
    """A plan that stays needs one that is taken away (DependencyViolation on removal)."""
    lost = prospect.lost(deed.sku_id)
    for plan, needs in context.rules.unmet(prospect.plans_after):
        gone = needs & lost
        if gone:
            return Problem(
                Reason.DEPENDENCY, prospect.products_with({plan}, deed.sku_id), (plan, *sorted(gone))
            )
    return None
