"""What a wish means for one kind of user, before any rule is asked. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from partner_center.licensing.holders import Context, Holder, License
from partner_center.licensing.values import (
    LOCATION,
    LocationScope,
    Op,
    PlanMode,
    ProductWish,
    Wish,
)


class DeedKind(StrEnum):
    """What one entry of a change does to one user."""

    ASSIGN = "assign"
    REVOKE = "revoke"
    PLANS = "plans"
    LOCATION = "location"


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing asked for one user.

    `off` is the whole list of plans to be off afterwards (assign, plans); `turned_on` and `turned_off`
    are the differences from now. `already`: the user has what is asked, no call, no seat. `by_group`: a
    group gives the product too, so that giving would add nothing and taking would free nothing; taking then
    turns off what the group leaves off.
    """

    kind: DeedKind
    sku_id: str = LOCATION
    off: tuple[str, ...] = ()
    turned_on: tuple[str, ...] = ()
    turned_off: tuple[str, ...] = ()
    location: str | None = None
    already: bool = False
    by_group: bool = False

    @property
    def takes_seat(self) -> bool:
        """Whether doing it uses one licence."""
        return self.kind is DeedKind.ASSIGN and not self.already

    @property
    def frees_seat(self) -> bool:
        """Whether doing it gives one licence back."""
        return self.kind is DeedKind.REVOKE and not self.already and not self.by_group

    def to_json(self) -> dict[str, Any]:
        """Plain values; what is empty is left out."""
        data = {
            "kind": self.kind.value,
            "sku": self.sku_id,
            "off": list(self.off),
            "turned_on": list(self.turned_on),
            "turned_off": list(self.turned_off),
            "location": self.location,
            "already": self.already,
            "by_group": self.by_group,
        }
        return {key: value for key, value in data.items() if value}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The inverse of `to_json`."""
        return cls(
            kind=DeedKind(data["kind"]),
            sku_id=data.get("sku", LOCATION),
            off=tuple(data.get("off", ())),
            turned_on=tuple(data.get("turned_on", ())),
            turned_off=tuple(data.get("turned_off", ())),
            location=data.get("location"),
            already=data.get("already", False),
            by_group=data.get("by_group", False),
        )


def deeds_for(holder: Holder, wish: Wish, context: Context) -> tuple[Deed, ...]:
    """Everything `wish` asks of a user like `holder`: the location first, then products by id."""
    found = [_location(holder, wish)]
    for sku_id, product_wish in wish.products.items():
        found.append(_product(sku_id, product_wish, holder.licenses.get(sku_id), context))
    return tuple(deed for deed in found if deed is not None)


def _location(holder: Holder, wish: Wish) -> Deed | None:
    asked = wish.location
    if asked is None or (asked.scope is LocationScope.MISSING and holder.location is not None):
        return None
    return Deed(DeedKind.LOCATION, location=asked.value, already=holder.location == asked.value)


def _product(sku_id: str, wish: ProductWish, held: License | None, context: Context) -> Deed | None:
    if wish.op is Op.REVOKE:
        return _revoke(sku_id, held)
    if held is not None:
        return _held(wish, held, context)
    return _assign(sku_id, wish, context) if wish.op is Op.ASSIGN else None


def _revoke(sku_id: str, held: License | None) -> Deed:
    if held is None:
        return Deed(DeedKind.REVOKE, sku_id, already=True)
    lost = tuple(sorted(held.direct_only)) if held.direct else ()
    return Deed(DeedKind.REVOKE, sku_id, turned_off=lost, by_group=bool(held.groups))


def _assign(sku_id: str, wish: ProductWish, context: Context) -> Deed:
    off = wish.plans_with(PlanMode.OFF) & _plans_of(sku_id, context)
    return Deed(DeedKind.ASSIGN, sku_id, off=tuple(sorted(off)))


def _held(wish: ProductWish, held: License, context: Context) -> Deed:
    """Plans a user had switched off stay off unless the wish names them; nothing else is touched."""
    known = _plans_of(held.sku_id, context)
    before = held.off & known
    after = (before - wish.plans_with(PlanMode.ON)) | (wish.plans_with(PlanMode.OFF) & known)
    if before == after:
        kind = DeedKind.ASSIGN if wish.op is Op.ASSIGN else DeedKind.PLANS
        return Deed(kind, held.sku_id, tuple(sorted(before)), already=True, by_group=held.only_by_group)
    return Deed(
        DeedKind.PLANS,
        held.sku_id,
        off=tuple(sorted(after)),
        turned_on=tuple(sorted(before - after)),
        turned_off=tuple(sorted(after - before)),
        by_group=bool(held.groups),
    )


def _plans_of(sku_id: str, context: Context) -> frozenset[str]:
    product = context.products.get(sku_id)
    return product.plan_ids if product else frozenset()
