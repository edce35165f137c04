"""What a rule is, and the list of all of them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from partner_center.licensing.deeds import Deed
from partner_center.licensing.holders import Context
from partner_center.licensing.prospect import Prospect


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a deed is expected to fail: the reason, the other products and the plans it is about."""

    reason: str
    others: tuple[str, ...] = ()
    plans: tuple[str, ...] = ()
    country: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain values; what is empty is left out."""
        data = {
            "reason": str(self.reason),
            "others": list(self.others),
            "plans": list(self.plans),
            "country": self.country,
        }
        return {key: value for key, value in data.items() if value}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The inverse of `to_json`."""
        return cls(
            reason=data["reason"],
            others=tuple(data.get("others", ())),
            plans=tuple(data.get("plans", ())),
            country=data.get("country"),
        )


Rule = Callable[[Deed, Prospect, Context], Problem | None]
"""Judges one open deed against the state that all open deeds of the user would lead to."""

RULES: list[Rule] = []


def rule(function: Rule) -> Rule:
    """List a rule. Of several that object to a deed the first listed gives the reason."""
    RULES.append(function)
    return function
