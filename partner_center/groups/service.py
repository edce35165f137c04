"""Ordering of groups: reviewed first, one order of a group at a time. Flushes; the edge commits."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from pyroaring import BitMap
from sqlalchemy.orm import Session

from partner_center.audit.service import Action, record
from partner_center.changes import wishes
from partner_center.changes.matrix import why_not
from partner_center.changes.situation import Situation, kinds_of, look
from partner_center.customers.access import GROUP_WRITING_ROLES, holds, judge
from partner_center.customers.models import Customer
from partner_center.customers.queries import get_customer
from partner_center.directory.groups import LicenseGroup, get_group
from partner_center.groups.models import GroupOrder
from partner_center.groups.planning import GroupPlan, make_group_plan
from partner_center.groups.states import GroupDeed, GroupOrderState, GroupWish, pack_licenses
from partner_center.licensing.losses import Loss
from partner_center.orders.placing import find_by_key, find_unfinished, place
from partner_center.shared import bitmaps, clock
from partner_center.shared.errors import Conflict, Forbidden, Refusal
from partner_center.shared.ids import new_ref
from partner_center.staff.actor import Actor
from partner_center.staff.permissions import Permission

JOB_KIND = "group-order"
_NEEDED = {
    GroupDeed.ASSIGN: Permission.ASSIGN_LICENSES,
    GroupDeed.REMOVE: Permission.REVOKE_LICENSES,
    GroupDeed.REPROCESS: Permission.ASSIGN_LICENSES,
}


class ShowAgain(StrEnum):
    """Why an order was not placed and its review is shown again."""

    CHANGED = "changed"
    NOT_UNDERSTOOD = "not_understood"


def plan_order(session: Session, customer_id: int, group_id: str, wish: GroupWish) -> GroupPlan:
    """What `wish` would mean, as the copy stands. Raises NotFound, and Refusal for what can't be ordered."""
    group, situation = get_group(session, customer_id, group_id), look(session, customer_id)
    _check(group, wish, situation)
    stock = situation.stock.get(wish.sku_id)
    return make_group_plan(
        kinds_of(session, customer_id, group.members),
        group_id,
        wish,
        dict(group.licenses),
        situation.context,
        available=stock.available if stock else 0,
        country=session.get_one(Customer, customer_id).country,
        today=clock.now().date(),
    )


def order_licenses(
    session: Session,
    actor: Actor,
    customer_id: int,
    group_id: str,
    wish: GroupWish,
    *,
    digest: str,
    key: str,
    understood: bool = False,
) -> GroupOrder | ShowAgain:
    """Order what was reviewed, if the plan is still the one of `digest` and, where mailboxes are lost, that
    is `understood`; else it is to be shown again.

    The same `key` returns the same order. Raises NotFound, Forbidden, Refusal for what can't be ordered, and
    Conflict when the key was used for something else or another order of the group is under way.
    """
    customer = get_customer(session, actor, customer_id)
    permit(actor, wish.deed, wish.off)
    known = find_by_key(session, GroupOrder, customer_id, key)
    if known is not None:
        return _same(known, actor, group_id, wish.to_json())
    require_access(customer, wish.deed)
    _refuse_second(session, customer_id, group_id)
    plan = plan_order(session, customer_id, group_id, wish)
    wishes.permit_guests(actor, plan.has_guests)
    if plan.digest != digest:
        return ShowAgain.CHANGED
    if Loss.MAILBOX in plan.losses and not understood:
        return ShowAgain.NOT_UNDERSTOOD
    group = get_group(session, customer_id, group_id)
    order = _new(actor, customer_id, group, wish.deed, key)
    order.wish, order.members = wish.to_json(), bitmaps.dump(plan.members)
    return _place(session, actor, order)


def order_reprocess(
    session: Session, actor: Actor, customer_id: int, group_id: str, members: BitMap, *, key: str
) -> GroupOrder:
    """Have Microsoft try again for members whose licences from the group are in error.

    The same `key` returns the same order. Raises NotFound, Forbidden, Conflict where nobody is in error any
    more or another order of the group is under way.
    """
    customer = get_customer(session, actor, customer_id)
    permit(actor, GroupDeed.REPROCESS)
    known = find_by_key(session, GroupOrder, customer_id, key)
    if known is not None:
        return _same(known, actor, group_id, {})
    require_access(customer, GroupDeed.REPROCESS)
    group = get_group(session, customer_id, group_id)
    failed = members & group.failed
    if not failed:
        raise Conflict("None of these members has an error now. There is nothing to reprocess.")
    _refuse_second(session, customer_id, group_id)
    guests = any(kind.holder.guest for kind in kinds_of(session, customer_id, failed))
    wishes.permit_guests(actor, guests)
    order = _new(actor, customer_id, group, GroupDeed.REPROCESS, key)
    order.members = bitmaps.dump(failed)
    return _place(session, actor, order)


@dataclass(frozen=True, slots=True)
class MayOrder:
    """What of an order somebody may do at a customer now."""

    assign: bool
    remove: bool
    reprocess: bool


def may_order(actor: Actor, customer: Customer) -> MayOrder:
    """By the actor's roles and by what the customer lets us do."""
    now = clock.now()
    groups, users = holds(customer, GROUP_WRITING_ROLES, now), judge(customer, now).may_write
    return MayOrder(
        assign=groups and actor.may(Permission.ASSIGN_LICENSES),
        remove=groups and actor.may(Permission.REVOKE_LICENSES),
        reprocess=users and actor.may(Permission.ASSIGN_LICENSES),
    )


def permit(actor: Actor, deed: GroupDeed, off: Collection[str] = ()) -> None:
    """Raise RoleForbids when the actor's roles do not allow `deed`, with these plans `off`."""
    actor.demand(_NEEDED[deed])
    if off:
        actor.demand(Permission.CHANGE_SERVICE_PLANS)


def require_access(customer: Customer, deed: GroupDeed) -> None:
    """Raise Forbidden when the customer does not let us do it now. Who is tried again is a user, no group."""
    if deed is GroupDeed.REPROCESS:
        wishes.require_access(customer)
    elif not holds(customer, GROUP_WRITING_ROLES, clock.now()):
        raise Forbidden(
            "Our access to this customer does not cover licenses of groups. "
            "Ask the customer for the License Administrator role."
        )


def _check(group: LicenseGroup, wish: GroupWish, situation: Situation) -> None:
    """Raise Refusal for what the group or the customer does not have: the form was not ours, or is old."""
    if wish.deed is GroupDeed.REMOVE:
        if wish.sku_id not in group.sku_ids:
            raise Refusal("The group does not give this product any more. Open the group again.")
        return
    product = situation.context.products.get(wish.sku_id)
    if product is None:
        raise Refusal("This customer does not have one of the products. Open the page again.")
    if wish.off - product.plan_ids:
        raise Refusal("One of the service plans is not part of its product. Open the page again.")
    if wish.sku_id in group.sku_ids:
        raise Refusal("The group gives this product already. Open the group again.")
    if why_not(product) is not None:
        raise Refusal("This product can't be given to a group now. Choose another one.")


def _new(actor: Actor, customer_id: int, group: LicenseGroup, deed: GroupDeed, key: str) -> GroupOrder:
    return GroupOrder(
        ref=new_ref("GR"),
        customer_id=customer_id,
        staff_id=actor.id,
        staff_name=actor.name,
        idempotency_key=key,
        group_id=group.graph_id,
        group_name=group.name,
        deed=deed,
        wish={},
        before=pack_licenses(dict(group.licenses)),
        state=GroupOrderState.WAITING,
        created_at=clock.now(),
    )


def _place(session: Session, actor: Actor, order: GroupOrder) -> GroupOrder:
    """The row, its job and its audit entry; or the order that another process stored under the same key."""
    members = len(bitmaps.load(order.members))
    placed = place(session, order, JOB_KIND, total=max(1, members))
    if placed is not order:
        return _same(placed, actor, order.group_id, order.wish)
    record(
        session,
        actor,
        Action.GROUP_ORDERED,
        customer_id=order.customer_id,
        subject=order.ref,
        group=order.group_name,
        deed=order.deed,
        sku=order.wish.get("sku"),
        users=members,
    )
    return order


def _same(order: GroupOrder, actor: Actor, group_id: str, wish: dict[str, object]) -> GroupOrder:
    if order.staff_id == actor.id and order.group_id == group_id and order.wish == wish:
        return order
    raise Conflict(f"This form was used already, for order {order.ref}. Open the group again.")


def _refuse_second(session: Session, customer_id: int, group_id: str) -> None:
    """Two orders of one group at once could not be told apart."""
    ref = find_unfinished(session, GroupOrder, customer_id, GroupOrder.group_id == group_id)
    if ref is not None:
        raise Conflict(f"Order {ref} for this group is not finished. Wait for it, then try again.")
