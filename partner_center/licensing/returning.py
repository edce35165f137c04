"""Data that waits for a licence: what was lost and is not back, and the wish that brings it (S5.4). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from partner_center.licensing.holders import Context, License
from partner_center.licensing.losses import Loss, kinds_of
from partner_center.licensing.values import Op, PlanMode, ProductWish, Wish

DATA = frozenset({Loss.MAILBOX, Loss.ONEDRIVE})
"""What holds somebody's own data: an Office app that stops working loses none."""

Licenses = Mapping[str, License]


@dataclass(frozen=True, slots=True)
class Waiting:
    """One user's data without a licence: what it is, the products it was in, what gives it back.

    `wish` is empty where the customer no longer has any of the products.
    """

    kinds: frozenset[Loss]
    sku_ids: tuple[str, ...]
    wish: Wish


def waiting(before: Licenses, after: Licenses, now: Licenses, context: Context) -> Waiting | None:
    """What went from `before` to `after` and is not there `now`; None where nothing is missing.

    The products come back with the services off that were off.
    """
    kinds = (_kinds(before, context) - _kinds(after, context) - _kinds(now, context)) & DATA
    if not kinds:
        return None
    products: dict[str, ProductWish] = {}
    for sku_id, held in sorted(before.items()):
        carrying = frozenset(
            plan for plan in context.enabled(sku_id, held.off) if kinds_of({context.plan_names[plan]}) & kinds
        )
        if carrying:
            products[sku_id] = _back(held, now.get(sku_id), carrying)
    return Waiting(kinds, tuple(products), Wish(products))


def _back(held: License, now: License | None, carrying: frozenset[str]) -> ProductWish:
    """The product as it was; of one that is there without the services, just those."""
    if now is not None:
        return ProductWish(plans=dict.fromkeys(carrying & now.off, PlanMode.ON))
    return ProductWish(Op.ASSIGN, dict.fromkeys(held.off, PlanMode.OFF))


def _kinds(licenses: Licenses, context: Context) -> frozenset[Loss]:
    names = {
        context.plan_names[plan]
        for sku_id, held in licenses.items()
        for plan in context.enabled(sku_id, held.off)
    }
    return kinds_of(names)
