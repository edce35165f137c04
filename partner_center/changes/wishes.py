"""Whether a wish may be had at all: by this actor, at this customer, for things that exist."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy.orm import Session

from partner_center.changes.situation import Situation
from partner_center.customers.access import Access, judge
from partner_center.customers.models import Customer
from partner_center.directory import listing
from partner_center.licensing.values import Op, Wish
from partner_center.shared import clock
from partner_center.shared.errors import Forbidden, Refusal
from partner_center.staff.actor import Actor
from partner_center.staff.permissions import Permission


def permit(actor: Actor, *wishes: Wish) -> None:
    """Raise RoleForbids when the actor's roles do not allow everything `wishes` ask."""
    for permission in sorted({permission for wish in wishes for permission in needed(wish)}):
        actor.demand(permission)


def permit_guests(actor: Actor, guests: bool) -> None:
    """Raise RoleForbids when guests are among the users and the actor's roles do not cover them (S4.2)."""
    if guests:
        actor.demand(Permission.LICENSE_GUESTS)


def needed(wish: Wish) -> Iterator[Permission]:
    """What one must be allowed to do for this wish."""
    for product in wish.products.values():
        if product.op is Op.ASSIGN:
            yield Permission.ASSIGN_LICENSES
        if product.op is Op.REVOKE:
            yield Permission.REVOKE_LICENSES
        if product.plans:
            yield Permission.CHANGE_SERVICE_PLANS
    if wish.location:
        yield Permission.SET_USAGE_LOCATION


def require_access(customer: Customer) -> None:
    """Raise Forbidden when the customer does not let us change licences now."""
    verdict = judge(customer, clock.now())
    if verdict.may_write:
        return
    if verdict.access is Access.NONE:
        raise Forbidden("The customer's delegated access has ended. Ask the customer to approve it again.")
    raise Forbidden(
        "Our access to this customer is read-only. Ask the customer for the License Administrator role."
    )


def check(session: Session, customer_id: int, situation: Situation, wish: Wish) -> None:
    """Raise Refusal for products and plans the customer does not have: the form was not ours."""
    for sku_id, product in wish.products.items():
        owned = situation.context.products.get(sku_id)
        if owned is None and not listing.holders(session, customer_id, sku_id):
            raise Refusal("This customer does not have one of the products. Open the page again.")
        if owned is not None and product.plans.keys() - owned.plan_ids:
            raise Refusal("One of the service plans is not part of its product. Open the page again.")
