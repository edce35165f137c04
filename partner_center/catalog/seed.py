"""The products that come with the console: a pure loader of `data/products.json`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True, slots=True)
class SeedPlan:
    """A service plan inside a product. `applies_to` is `User` or `Company`."""

    plan_id: str
    part_name: str
    title: str
    applies_to: str


@dataclass(frozen=True, slots=True)
class SeedProduct:
    """A product (SKU) as Microsoft names it. Products of `Company` scope can't be given to a person."""

    sku_id: str
    part_number: str
    name: str
    applies_to: str
    plans: tuple[SeedPlan, ...]


@cache
def load_products() -> tuple[SeedProduct, ...]:
    """All products of the data file, in its order; GUIDs in lower case, facts of Microsoft's table."""
    text = resources.files("partner_center.catalog").joinpath("data", "products.json").read_text("utf-8")
    return tuple(
        SeedProduct(
            sku_id=item["sku_id"],
            part_number=item["part_number"],
            name=item["name"],
            applies_to=item["applies_to"],
            plans=tuple(
                SeedPlan(plan["id"], plan["name"], plan["title"], plan["applies_to"])
                for plan in item["plans"]
            ),
        )
        for item in json.loads(text)
    )
