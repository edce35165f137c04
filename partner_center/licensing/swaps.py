"""Giving several people the same products beside, or instead of, what each of them has. Pure.

What each kind of person ends with differs, so each gets a wish of its own; a person is always changed by one
call, so that a swap that fails leaves them as they were.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

from partner_center.cloud.port import Reason
from partner_center.licensing.deeds import Deed, DeedKind
from partner_center.licensing.holders import Context, Holder, License
from partner_center.licensing.prospect import look_ahead
from partner_center.licensing.values import Op, PlanMode, ProductWish, Wish

Chosen = Mapping[str, frozenset[str]]
"""The products that were chosen, each with the services that shall be off for whoever is newly given it."""


class Mode(StrEnum):
    """What becomes of what people have already."""

    MORE = "more"
    REPLACE = "replace"
    NONE = "none"


def wish_for(holder: Holder, chosen: Chosen, mode: Mode, context: Context) -> Wish:
    """What to ask for a person like `holder`; an empty wish where nothing can be taken from them.

    Who has a chosen product keeps its services as they are. A service that is off in what is replaced stays
    off where the new product has the same one, by its id.
    """
    taken = () if mode is Mode.MORE else tuple(_can_take(holder, chosen, context))
    wishes = {held.sku_id: ProductWish(Op.REVOKE) for held in taken}
    for sku_id, off in chosen.items() if mode is not Mode.NONE else ():
        stays_off = frozenset[str]()
        if sku_id not in holder.licenses:
            product = context.products.get(sku_id)
            stays_off = (off | _carried(taken, context)) & (product.plan_ids if product else frozenset())
        wishes[sku_id] = ProductWish(Op.ASSIGN, dict.fromkeys(stays_off, PlanMode.OFF))
    return Wish(wishes)


def staying(holder: Holder, chosen: Chosen, context: Context) -> dict[str, Reason]:
    """What can't be taken from a person like `holder` though it is not chosen, and why."""
    found = {}
    for sku_id, held in holder.licenses.items():
        if sku_id not in chosen and held.groups:
            found[sku_id] = Reason.INHERITED
        elif sku_id not in chosen and _is_bought(held, context):
            found[sku_id] = Reason.SELF_SERVICE
    return found


def switched_on(holder: Holder, deeds: Iterable[Deed], context: Context) -> dict[str, frozenset[str]]:
    """By product, the services that a swap turns on and that the person has on nowhere now.

    Empty for what is no swap: there is nothing then that somebody may have turned off on purpose.
    """
    going = [deed for deed in deeds if not deed.already]
    kinds = {deed.kind for deed in going}
    if not {DeedKind.ASSIGN, DeedKind.REVOKE} <= kinds:
        return {}
    prospect = look_ahead(holder, going, context)
    found = {}
    for deed in going:
        if deed.kind is DeedKind.ASSIGN and deed.sku_id in context.products:
            own = {plan.plan_id for plan in context.products[deed.sku_id].switchable}
            found[deed.sku_id] = (prospect.after[deed.sku_id] & own) - prospect.plans_before
    return {sku_id: plans for sku_id, plans in found.items() if plans}


def _can_take(holder: Holder, chosen: Chosen, context: Context) -> Iterable[License]:
    for held in holder.licenses.values():
        if held.direct and held.sku_id not in chosen and not _is_bought(held, context):
            yield held


def _is_bought(held: License, context: Context) -> bool:
    product = context.products.get(held.sku_id)
    return product is not None and product.self_service


def _carried(taken: Iterable[License], context: Context) -> frozenset[str]:
    """Services off in what is taken, and on in none of it."""
    off, on = frozenset[str](), frozenset[str]()
    for held in taken:
        off |= held.off
        on |= context.enabled(held.sku_id, held.off)
    return off - on
