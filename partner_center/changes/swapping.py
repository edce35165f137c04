"""Asks of a change that gives several people the same products: a wish for each kind of person."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from pyroaring import BitMap

from partner_center.changes.plan import Ask, Footing, Kind, Plan
from partner_center.licensing.holders import Context
from partner_center.licensing.swaps import Chosen, Mode, staying, switched_on, wish_for
from partner_center.licensing.values import LocationWish


@dataclass(frozen=True, slots=True)
class Staying:
    """A product that can't be taken from some of them, and why (a code of our reasons)."""

    sku_id: str
    reason: str
    members: BitMap
    groups: frozenset[str]


def asks_for(
    kinds: Iterable[Kind], chosen: Chosen, mode: Mode, context: Context, location: LocationWish | None = None
) -> tuple[Ask, ...]:
    """What is asked for the people of `kinds`; those from whom nothing can be taken are in no ask.

    Where something is taken, it is asked for people who stand as they do now: who has other licences at
    saving is left out and shown, for nobody has seen what they would lose.
    """
    parts: dict[str, Ask] = {}
    for kind in kinds:
        wish = wish_for(kind.holder, chosen, mode, context).with_location(location)
        if wish.is_empty:
            continue
        footing = None if mode is Mode.MORE else Footing(kind.holder.licenses)
        key = json.dumps([wish.to_json(), kind.holding_id if footing else None], sort_keys=True)
        before = parts.get(key)
        members = kind.members | before.members if before else kind.members
        parts[key] = Ask(wish, members, footing)
    return tuple(parts.values())


def staying_of(kinds: Iterable[Kind], chosen: Chosen, context: Context) -> tuple[Staying, ...]:
    """What stays with whom when the rest is taken."""
    members: dict[tuple[str, str], BitMap] = defaultdict(BitMap)
    groups: dict[tuple[str, str], set[str]] = defaultdict(set)
    for kind in kinds:
        for sku_id, reason in staying(kind.holder, chosen, context).items():
            members[sku_id, str(reason)] |= kind.members
            groups[sku_id, str(reason)].update(kind.holder.licenses[sku_id].groups)
    return tuple(
        Staying(sku_id, reason, who, frozenset(groups[sku_id, reason]))
        for (sku_id, reason), who in sorted(members.items())
    )


def turned_on(plan: Plan, context: Context) -> Counter[tuple[str, frozenset[str]]]:
    """Users by product and by the services that a swap to it turns on for them."""
    found: Counter[tuple[str, frozenset[str]]] = Counter()
    for kind in plan.kinds:
        going = (judged.deed for judged in kind.judged if judged.goes)
        for pair in switched_on(kind.kind.holder, going, context).items():
            found[pair] += len(kind.kind.members)
    return found
