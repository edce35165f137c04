"""Which other product can be given instead: one with every service of the first, and licences left. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from partner_center.licensing.holders import Context, OwnedProduct


@dataclass(frozen=True, slots=True)
class Substitute:
    """A product that holds all services of another. `more` are the ids of those it has beside them."""

    sku_id: str
    available: int
    more: frozenset[str]


def substitutes(
    sku_id: str, need: int, context: Context, available: Mapping[str, int], without: Collection[str] = ()
) -> tuple[Substitute, ...]:
    """Products of which `need` licences are free and that have every service of `sku_id` for a person.

    Fewest further services first. A product is compared by Microsoft's ids of its service plans; those for
    the whole organization are in force whoever holds a licence and do not count. Products of `without`, those
    that can't be given to people now, and self-service ones are left out.
    """
    wanted = context.products[sku_id].personal_plan_ids if sku_id in context.products else frozenset()
    if not wanted:
        return ()
    found = [
        Substitute(other.sku_id, available.get(other.sku_id, 0), other.personal_plan_ids - wanted)
        for other in context.products.values()
        if other.sku_id != sku_id and other.sku_id not in without and _can_be_given(other)
        if wanted <= other.personal_plan_ids and available.get(other.sku_id, 0) >= need
    ]
    return tuple(sorted(found, key=lambda one: (len(one.more), one.sku_id)))


def _can_be_given(product: OwnedProduct) -> bool:
    return product.applies_to == "User" and not product.self_service and not product.is_suspended
