"""What a user would have after some deeds: the state the rules judge. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from partner_center.licensing.deeds import Deed, DeedKind
from partner_center.licensing.holders import Context, Holder

Plans = Mapping[str, frozenset[str]]
"""Per product held, the plans that are on."""


@dataclass(frozen=True, slots=True)
class Prospect:
    """A user before and after. `location` is the one afterwards."""

    holder: Holder
    location: str | None
    before: Plans
    after: Plans

    @property
    def plans_before(self) -> frozenset[str]:
        """Every plan that is on now."""
        return frozenset().union(*self.before.values())

    @property
    def plans_after(self) -> frozenset[str]:
        """Every plan that will be on."""
        return frozenset().union(*self.after.values())

    def gained(self, sku_id: str) -> frozenset[str]:
        """Plans of the product that are switched on by it and were not on in it before."""
        return self.after.get(sku_id, frozenset()) - self.before.get(sku_id, frozenset())

    def lost(self, sku_id: str) -> frozenset[str]:
        """Plans that were on in the product and will be on nowhere."""
        return self.before.get(sku_id, frozenset()) - self.plans_after

    def products_with(self, plans: Iterable[str], but: str) -> tuple[str, ...]:
        """The products, `but` one, in which any of `plans` will be on."""
        wanted = frozenset(plans)
        return tuple(sorted(sku for sku, on in self.after.items() if sku != but and on & wanted))


def look_ahead(holder: Holder, deeds: Iterable[Deed], context: Context) -> Prospect:
    """The user after all of `deeds`; a licence that a group gives too stays, as the group gives it."""
    before = {sku: context.enabled(sku, held.off) for sku, held in holder.licenses.items()}
    after, location = dict(before), holder.location
    for deed in deeds:
        match deed.kind:
            case DeedKind.LOCATION:
                location = deed.location
            case DeedKind.REVOKE if not deed.by_group:
                after.pop(deed.sku_id, None)
            case DeedKind.REVOKE:
                after[deed.sku_id] -= frozenset(deed.turned_off)
            case _:  # it is given, or its services are changed
                after[deed.sku_id] = context.enabled(deed.sku_id, frozenset(deed.off))
    return Prospect(holder, location, before, after)
