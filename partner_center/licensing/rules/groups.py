"""What a group gives stays with the group. Pure."""

from __future__ import annotations

from partner_center.cloud.port import Reason
from partner_center.licensing.deeds import Deed, DeedKind
from partner_center.licensing.holders import Context
from partner_center.licensing.prospect import Prospect
from partner_center.licensing.rules.rule import Problem, rule


@rule
def inherited(deed: Deed, prospect: Prospect, _context: Context) -> Problem | None:
    """A licence inherited from a group "cannot be removed directly from the user", nor its plans set.

    Where the person has it directly as well, plans can be switched on but not off: a plan is on as
    long as any source of the licence has it on.
    """
    held = prospect.holder.licenses.get(deed.sku_id)
    if held is None or not held.groups:
        return None
    switches_off = deed.kind is DeedKind.PLANS and bool(deed.turned_off)
    return Problem(Reason.INHERITED) if held.only_by_group or switches_off else None
