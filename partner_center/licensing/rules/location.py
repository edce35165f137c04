"""Where the user is. Pure."""

from __future__ import annotations

from partner_center.cloud.port import Reason
from partner_center.licensing.deeds import Deed, DeedKind
from partner_center.licensing.holders import Context
from partner_center.licensing.prospect import Prospect
from partner_center.licensing.rules.rule import Problem, rule


@rule
def location_missing(deed: Deed, prospect: Prospect, _context: Context) -> Problem | None:
    """Nothing can be given to a user "with invalid usage location"; taking needs none."""
    gives = deed.kind in (DeedKind.ASSIGN, DeedKind.PLANS)
    return Problem(Reason.LOCATION_MISSING) if gives and prospect.location is None else None


@rule
def location_prohibited(deed: Deed, prospect: Prospect, context: Context) -> Problem | None:
    """Some services are not sold everywhere (ProhibitedInUsageLocationViolation)."""
    gained = prospect.gained(deed.sku_id)
    if not gained:
        return None
    forbidden = context.rules.forbidden({deed.sku_id, *gained}, prospect.location)
    if not forbidden:
        return None
    plans = tuple(plan for plan in forbidden if plan != deed.sku_id)
    return Problem(Reason.LOCATION_PROHIBITED, plans=plans, country=prospect.location)
