"""Which service plans exclude, need or may not go where. Pure; read from this package's own data file.

Source: Microsoft's documentation and error texts, noted per rule in `data/rules.json`. Microsoft says
its tables are not kept current; a rule missing here shows up as a refusal of Microsoft's at saving.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any


@dataclass(frozen=True, slots=True)
class Rules:
    """Rules between service plans, by plan GUID in lower case.

    `exclusions`: of each set a user may have at most one. `dependencies`: the plan needs at least one
    of the set. `prohibited`: a plan or SKU is not sold in these countries (ISO 3166 alpha-2).
    """

    exclusions: tuple[frozenset[str], ...]
    dependencies: Mapping[str, frozenset[str]]
    prohibited: Mapping[str, frozenset[str]]

    def conflicts(self, plans: Collection[str]) -> list[tuple[str, ...]]:
        """The plans of `plans` that exclude each other, one sorted tuple for each broken set."""
        held = frozenset(plans)
        broken = (held & group for group in self.exclusions)
        return [tuple(sorted(group)) for group in broken if len(group) > 1]

    def unmet(self, plans: Collection[str]) -> list[tuple[str, frozenset[str]]]:
        """Plans of `plans` whose prerequisite is missing, each with the plans of which one would do."""
        held = frozenset(plans)
        return [
            (plan, self.dependencies[plan])
            for plan in sorted(held & self.dependencies.keys())
            if not held & self.dependencies[plan]
        ]

    def forbidden(self, ids: Iterable[str], country: str | None) -> list[str]:
        """Those plans or SKUs of `ids` that are not sold in `country`; none where it is unknown."""
        if country is None:
            return []
        return sorted(i for i in ids if country in self.prohibited.get(i, ()))


@cache
def load_rules(*, stacking: bool = True) -> Rules:
    """The rules in force.

    With `stacking` (Exchange, SharePoint and Skype plans of different tiers go together, true since
    January 2023) only the current exclusions apply; without it those of 2019 are added.
    """
    data: dict[str, Any] = json.loads(
        resources.files("partner_center.catalog").joinpath("data", "rules.json").read_text("utf-8")
    )
    groups = data["exclusions"] if stacking else data["exclusions"] + data["legacy_exclusions"]
    return Rules(
        exclusions=tuple(frozenset(plan["id"] for plan in group["plans"]) for group in groups),
        dependencies={
            rule["plan"]: frozenset(plan["id"] for plan in rule["any_of"]) for rule in data["dependencies"]
        },
        prohibited={rule["id"]: frozenset(rule["countries"]) for rule in data["prohibited"]},
    )
