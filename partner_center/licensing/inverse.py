"""The way back: what to wish so that users hold again what they held before. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from partner_center.licensing.deeds import Deed, DeedKind
from partner_center.licensing.holders import License
from partner_center.licensing.values import LocationScope, LocationWish, Op, PlanMode, ProductWish, Wish


def inverse(deeds: Iterable[Deed], before: Mapping[str, License], location: str | None) -> Wish:
    """What undoes `deeds`, which were really done to users who had `before` and were at `location`.

    A location that had no value before stays: Microsoft has no way to a user without one that would not
    break the licences they hold.
    """
    products: dict[str, ProductWish] = {}
    place: LocationWish | None = None
    for deed in deeds:
        match deed.kind:
            case DeedKind.ASSIGN:
                products[deed.sku_id] = ProductWish(Op.REVOKE)
            case DeedKind.REVOKE:
                off = before[deed.sku_id].off if deed.sku_id in before else frozenset()
                products[deed.sku_id] = ProductWish(Op.ASSIGN, dict.fromkeys(off, PlanMode.OFF))
            case DeedKind.PLANS:
                modes = dict.fromkeys(deed.turned_on, PlanMode.OFF)
                modes |= dict.fromkeys(deed.turned_off, PlanMode.ON)
                products[deed.sku_id] = ProductWish(plans=modes)
            case DeedKind.LOCATION:  # pragma: no branch  # the last of the kinds
                place = LocationWish(location, LocationScope.ALL) if location else None
    return Wish(products, place)
