"""The one question: what does this wish do to such a user, and what will fail? Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from partner_center.licensing.deeds import Deed, DeedKind, deeds_for
from partner_center.licensing.holders import Context, Holder
from partner_center.licensing.prospect import Prospect, look_ahead
from partner_center.licensing.reasons import OwnReason
from partner_center.licensing.rules import RULES, Problem
from partner_center.licensing.values import Wish


@dataclass(frozen=True, slots=True)
class Judged:
    """A deed and, where it is expected to fail, why."""

    deed: Deed
    problem: Problem | None = None

    @property
    def goes(self) -> bool:
        """Whether a call is made for it."""
        return self.problem is None and not self.deed.already


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of a wish for one kind of user; `prospect` counts only what is expected to work."""

    judged: tuple[Judged, ...]
    prospect: Prospect

    @property
    def goes(self) -> tuple[Deed, ...]:
        """The deeds to be sent."""
        return tuple(each.deed for each in self.judged if each.goes)


def decide(holder: Holder, wish: Wish, context: Context) -> Decision:
    """Judge every deed of `wish` for a user like `holder`.

    A deed that fails is taken out and the rest is judged again, so that whatever is left holds together
    by itself.
    """
    deeds = deeds_for(holder, wish, context)
    problems: dict[Deed, Problem] = {}
    while True:
        open_deeds = [deed for deed in deeds if not deed.already and deed not in problems]
        prospect = look_ahead(holder, open_deeds, context)
        found = {deed: problem for deed in open_deeds if (problem := _first_problem(deed, prospect, context))}
        found = found or _kept_together(open_deeds, problems)
        if not found:
            return Decision(tuple(Judged(deed, problems.get(deed)) for deed in deeds), prospect)
        problems |= found


def is_swap(deeds: tuple[Deed, ...]) -> bool:
    """Whether something is given and something taken: such a user is changed wholly or not at all."""
    kinds = {deed.kind for deed in deeds if not deed.already}
    return {DeedKind.ASSIGN, DeedKind.REVOKE} <= kinds


def _first_problem(deed: Deed, prospect: Prospect, context: Context) -> Problem | None:
    if deed.kind is DeedKind.LOCATION:
        return None
    return next((problem for rule in RULES if (problem := rule(deed, prospect, context))), None)


def _kept_together(open_deeds: list[Deed], problems: Mapping[Deed, Problem]) -> dict[Deed, Problem]:
    """The rest of a swap of which one part fails: taking without giving would leave the user worse off."""
    if not problems or not is_swap((*open_deeds, *problems)):
        return {}
    return {
        deed: Problem(OwnReason.KEPT_TOGETHER) for deed in open_deeds if deed.kind is not DeedKind.LOCATION
    }
