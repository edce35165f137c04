"""Licences that add nothing: every service in them is on in another licence of the same user. Pure.

Only what is wholly inside one other product counts. Two tiers of a service (Exchange Plan 1 and Plan 2) are
two services here: Microsoft lets the better one win, but which user misses nothing is not ours to say.
"""

from __future__ import annotations

from collections.abc import Mapping

from partner_center.licensing.holders import Context, License


def contained(licenses: Mapping[str, License], context: Context) -> dict[str, str]:
    """By SKU that can be taken from the person: the product that has it all. Of two equal ones one stays."""
    services = {sku_id: _services(held, context) for sku_id, held in licenses.items()}
    found: dict[str, str] = {}
    for sku_id, held in sorted(licenses.items()):
        if held.only_by_group or held.groups or not services[sku_id]:
            continue
        for other in sorted(services.keys() - {sku_id} - found.keys(), key=lambda each: -len(services[each])):
            if services[sku_id] <= services[other]:
                found[sku_id] = other
                break
    return found


def _services(held: License, context: Context) -> frozenset[str]:
    """The services that are on for the person; those of the whole organization stay anyway."""
    product = context.products.get(held.sku_id)
    return product.personal_plan_ids - held.off if product else frozenset()
