"""Whether the product can be given or taken at all. Pure."""

from __future__ import annotations

from partner_center.cloud.port import Reason
from partner_center.licensing.deeds import Deed, DeedKind
from partner_center.licensing.holders import Context
from partner_center.licensing.prospect import Prospect
from partner_center.licensing.reasons import OwnReason
from partner_center.licensing.rules.rule import Problem, rule


@rule
def not_owned(deed: Deed, _prospect: Prospect, context: Context) -> Problem | None:
    """Only products of the customer can be given ("does not correspond to a valid company License")."""
    owned = deed.sku_id in context.products
    return None if owned or deed.kind is not DeedKind.ASSIGN else Problem(Reason.NOT_OWNED)


@rule
def company_scope(deed: Deed, _prospect: Prospect, context: Context) -> Problem | None:
    """A product for the whole organization "cannot be assigned to a user" (subscribedSku.appliesTo)."""
    product = context.products.get(deed.sku_id)
    return Problem(OwnReason.COMPANY_SCOPE) if product and product.applies_to == "Company" else None


@rule
def self_service(deed: Deed, _prospect: Prospect, context: Context) -> Problem | None:
    """Admins can't give or take what a user of the organization bought (mission S2.7)."""
    product = context.products.get(deed.sku_id)
    return Problem(Reason.SELF_SERVICE) if product and product.self_service else None


@rule
def suspended(deed: Deed, _prospect: Prospect, context: Context) -> Problem | None:
    """Licences of a suspended subscription stay with who has them, but nobody new gets one."""
    product = context.products.get(deed.sku_id)
    new = deed.kind is DeedKind.ASSIGN
    return Problem(OwnReason.SUSPENDED) if new and product and product.is_suspended else None
