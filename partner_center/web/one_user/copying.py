"""**Copy these licenses to…**: what others would be given to have what this person has."""

from __future__ import annotations

from partner_center.changes.matrix import why_not
from partner_center.licensing.values import Op, PlanMode, ProductWish, Wish
from partner_center.staff.permissions import Permission
from partner_center.web.one_user.desk import UserDesk


def copied(desk: UserDesk) -> tuple[Wish, list[str]]:
    """Each product that can be given, with the services that are off; and the names of the others.

    What comes from a group is copied as a direct license: the others are not in the group.
    """
    wish, left = Wish(), list[str]()
    called = desk.names()
    for sku_id, held in desk.holder.licenses.items():
        product = desk.situation.context.products.get(sku_id)
        if product is None or why_not(product):
            left.append(called.product(sku_id))
            continue
        may_set = desk.actor.may(Permission.CHANGE_SERVICE_PLANS)
        off = held.off & {plan.plan_id for plan in desk.apps(sku_id)} if may_set else frozenset[str]()
        wish = wish.with_product(sku_id, ProductWish(Op.ASSIGN, dict.fromkeys(off, PlanMode.OFF)))
    return wish, left
