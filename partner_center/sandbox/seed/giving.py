"""Who has which product: a customer's lines turned into licences its people hold."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from partner_center.catalog.rules import load_rules
from partner_center.catalog.seed import SeedProduct, load_products
from partner_center.sandbox.licensing import NONE, Held, Shop, inherit
from partner_center.sandbox.seed.cast import Person, guid
from partner_center.sandbox.seed.catalogue import Company, Line

PRODUCTS: dict[str, SeedProduct] = {product.part_number: product for product in load_products()}


@dataclass(frozen=True, slots=True)
class Group:
    """A group that hands out one product; `off` are ids of plans it switches off."""

    id: str
    name: str
    sku: str
    off: tuple[str, ...] = ()


class Giving:
    """The work on one customer: its people by what they hold, the groups made on the way."""

    def __init__(self, company: Company, people: Sequence[Person], dice: random.Random, at: datetime) -> None:
        self.company = company
        self.people = people
        self.dice = dice
        self.at = at
        self.groups: list[Group] = []
        self.holders: dict[str, list[Person]] = {}
        self.members = [p for p in self.people if p.kind == "Member" and p.purpose == "user"]
        self.unlicensed = [p for p in self.members if p.location is not None]
        self.moments = [
            (self.at - timedelta(days=self.dice.randint(3, 500))).strftime("%Y-%m-%dT%H:%M:%SZ")
            for _ in range(24)
        ]

    def run(self) -> None:
        """Hand out every line, base products first, then what comes on top, then what was refused."""
        self.dice.shuffle(self.unlicensed)
        for line in self.company.lines:
            if line.base:
                self._give(line, self._next(round(line.share * len(self.members))))
        for line in self.company.lines:
            if not line.base and line.count:
                pool = self._pool(line)
                self._give(line, self.dice.sample(pool, min(line.count, len(pool))))
        for line in self.company.lines:
            if line.refused:
                self._refuse(line)
        self._guests()

    def _next(self, count: int) -> list[Person]:
        taken, self.unlicensed = self.unlicensed[:count], self.unlicensed[count:]
        return taken

    def _pool(self, line: Line) -> list[Person]:
        if line.among == ("rooms",):
            return [p for p in self.people if p.purpose == "room"]
        bases = line.among or tuple(other.part for other in self.company.lines if other.base)
        return [p for part in bases for p in self.holders.get(part, ())]

    def _give(self, line: Line, people: list[Person]) -> None:
        product = PRODUCTS[line.part]
        off = tuple(sorted(p.plan_id for p in product.plans if p.part_name in line.off))
        group = self._group(line, off)
        for place, person in enumerate(people):
            moment = self.dice.choice(self.moments)
            without = off if group or place % 3 == 0 else ()
            person.held.append(Held(product.sku_id, group.id if group else None, without, NONE, moment))
            if group:
                person.groups.append(group.id)
        if group:  # a few have it both ways: assigned by hand before the group came
            for place, person in enumerate(people[: 1 + len(people) // 40]):
                without = () if place % 2 == 0 else off
                person.held.append(Held(product.sku_id, None, without, NONE, self.moments[0]))
        self.holders[line.part] = people

    def _group(self, line: Line, off: tuple[str, ...]) -> Group | None:
        if line.group is None:
            return None
        group = Group(guid(self.dice), line.group, PRODUCTS[line.part].sku_id, off)
        self.groups.append(group)
        return group

    def _refuse(self, line: Line) -> None:
        """Members whose group could not give them the product; the rules themselves say why."""
        group = next(group for group in self.groups if group.name == line.group)
        pool = [p for part in line.refused_among for p in self.holders[part]] or self.unlicensed
        for person in pool[: line.refused]:
            shop = _shop(person.location or self.company.country, free=0 if not line.refused_among else 1)
            licenses = [(group.id, [(group.sku, group.off)])]
            person.held = list(inherit(person.held, licenses, shop, self.moments[1])[0])
            person.groups.append(group.id)

    def _guests(self) -> None:
        """One guest in eight has the first base product and a location for it."""
        line = next((line for line in self.company.lines if line.base and not line.group), None)
        if line is None:
            return
        for person in [p for p in self.people if p.kind == "Guest"][::8]:
            person.location = self.company.country
            person.held.append(Held(PRODUCTS[line.part].sku_id, None, (), NONE, self.moments[2]))


def _shop(location: str, free: int) -> Shop:
    skus = {product.sku_id: product for product in load_products()}
    return Shop(
        products=skus,
        owned=frozenset(skus),
        self_service=frozenset(),
        rules=load_rules(),
        free=lambda _sku: free,
        address_taken=lambda: False,
        location=location,
    )
