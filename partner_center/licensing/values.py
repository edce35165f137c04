"""What a person may wish for a set of users, as values that survive a form and a database row. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Set
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Self

LOCATION = ""
"""Stands in the place of a product's id for the user's location."""
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_COUNTRY = re.compile(r"[A-Z]{2}")


class Op(StrEnum):
    """What is to happen with a product; the submitted value of its radio group."""

    LEAVE = "leave"
    ASSIGN = "assign"
    REVOKE = "revoke"


class PlanMode(StrEnum):
    """What is to happen with one service plan of a product."""

    LEAVE = "leave"
    ON = "on"
    OFF = "off"


class TriState(StrEnum):
    """How many of the selected users have a product."""

    NONE = "none"
    SOME = "some"
    ALL = "all"


class PlanState(StrEnum):
    """How a service plan stands over those who hold the product."""

    ON = "on"
    OFF = "off"
    MIXED = "mixed"


class LocationScope(StrEnum):
    """Whose usage location is set."""

    MISSING = "missing"
    ALL = "all"


class MalformedWish(ValueError):
    """The stored or submitted wish is not one this version understands."""


@dataclass(frozen=True, slots=True)
class ProductWish:
    """One product's wish. Modes of `LEAVE` are dropped: a wish holds only what is asked."""

    op: Op = Op.LEAVE
    plans: Mapping[str, PlanMode] = field(default_factory=dict)

    def __post_init__(self) -> None:
        asked = {plan: mode for plan, mode in sorted(self.plans.items()) if mode is not PlanMode.LEAVE}
        object.__setattr__(self, "plans", MappingProxyType(asked))

    @property
    def is_change(self) -> bool:
        """Whether anything is asked at all."""
        return self.op is not Op.LEAVE or bool(self.plans)

    def plans_with(self, mode: PlanMode) -> frozenset[str]:
        """Ids of the plans to be switched `mode`."""
        return frozenset(plan for plan, asked in self.plans.items() if asked is mode)


@dataclass(frozen=True, slots=True)
class LocationWish:
    """A country for the users without one, or for all. `value` is ISO 3166-1 alpha-2 in capitals."""

    value: str
    scope: LocationScope = LocationScope.MISSING

    def __post_init__(self) -> None:
        if not _COUNTRY.fullmatch(self.value):
            raise MalformedWish(f"{self.value!r} is not a country code")


@dataclass(frozen=True, slots=True)
class Wish:
    """Everything set on **Manage licenses** for the selected users; products left alone are absent."""

    products: Mapping[str, ProductWish] = field(default_factory=dict)
    location: LocationWish | None = None

    def __post_init__(self) -> None:
        asked = {sku: wish for sku, wish in sorted(self.products.items()) if wish.is_change}
        object.__setattr__(self, "products", MappingProxyType(asked))

    @property
    def is_empty(self) -> bool:
        """Whether saving it would change nothing for anybody."""
        return not self.products and self.location is None

    def product(self, sku_id: str) -> ProductWish:
        """The wish for one product; *leave as is* when nothing was said."""
        return self.products.get(sku_id, ProductWish())

    def with_product(self, sku_id: str, wish: ProductWish) -> Self:
        """The same wish with another one for `sku_id`."""
        return replace(self, products={**self.products, sku_id: wish})

    def with_location(self, location: LocationWish | None) -> Self:
        """The same wish with another location part."""
        return replace(self, location=location)

    def without(self, sku_ids: frozenset[str]) -> Self:
        """The same wish, those products left as they are."""
        kept = {sku: wish for sku, wish in self.products.items() if sku not in sku_ids}
        return replace(self, products=kept)

    def only(self, sku_ids: Set[str]) -> Self:
        """The same wish for those products alone; the location's part stays where LOCATION is among them."""
        kept = {sku: wish for sku, wish in self.products.items() if sku in sku_ids}
        return replace(self, products=kept, location=self.location if LOCATION in sku_ids else None)

    def to_json(self) -> dict[str, Any]:
        """Plain values for a JSON column; `from_json` is its inverse."""
        return {
            "products": {
                sku: {"op": wish.op.value, "plans": {p: mode.value for p, mode in wish.plans.items()}}
                for sku, wish in self.products.items()
            },
            "location": (
                {"value": self.location.value, "scope": self.location.scope.value} if self.location else None
            ),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The wish of `to_json`; raises MalformedWish for anything else."""
        try:
            location = data.get("location")
            return cls(
                {_guid(sku): _product(value) for sku, value in data.get("products", {}).items()},
                LocationWish(location["value"], LocationScope(location["scope"])) if location else None,
            )
        except (AttributeError, KeyError, TypeError, ValueError) as problem:
            raise MalformedWish(str(problem)) from problem


def _product(data: Mapping[str, Any]) -> ProductWish:
    plans = {_guid(plan): PlanMode(mode) for plan, mode in data.get("plans", {}).items()}
    return ProductWish(Op(data["op"]), plans)


def _guid(text: str) -> str:
    if not _GUID.fullmatch(text):
        raise MalformedWish(f"{text!r} is not an id")
    return text
