"""What a change of a group would mean for its members, counted before anything is ordered. Pure."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from pyroaring import BitMap

from partner_center.changes.plan import Expected, Kind
from partner_center.groups.states import GroupDeed, GroupWish, Licenses
from partner_center.licensing.decide import decide
from partner_center.licensing.holders import Context
from partner_center.licensing.losses import DAYS_KEPT, Loss, losses_of
from partner_center.licensing.prospect import Prospect
from partner_center.licensing.rules import Problem
from partner_center.licensing.values import Op, PlanMode, ProductWish, Wish


@dataclass(frozen=True, slots=True)
class GroupPlan:
    """What becomes of the members. Assigning: `have` it already and take no licence, `need` one each.
    Removing: `keep` it by another way, and from `lose` it is taken.

    `expected` are members for whom it is expected to fail, by why. `deleted_on` is when what is lost is
    deleted for good.
    """

    wish: GroupWish
    members: BitMap
    have: BitMap
    need: BitMap
    keep: BitMap
    lose: BitMap
    expected: tuple[Expected, ...]
    losses: Mapping[Loss, BitMap]
    deleted_on: date
    available: int
    has_guests: bool
    digest: str

    @property
    def short(self) -> int:
        """Licences that are missing, where those expected to fail need none."""
        failing = BitMap.union(BitMap(), *(each.members for each in self.expected))
        return max(0, len(self.need - failing) - max(0, self.available))


def make_group_plan(
    kinds: Sequence[Kind],
    group_id: str,
    wish: GroupWish,
    before: Licenses,
    context: Context,
    *,
    available: int,
    country: str | None,
    today: date,
) -> GroupPlan:
    """Judge each kind of member once. Who has no usage location counts as being in the organization's
    `country` (Microsoft: group-based licensing, usage location)."""
    members = BitMap.union(BitMap(), *(kind.members for kind in kinds))
    have, keep, lose = BitMap(), BitMap(), BitMap()
    expected: dict[Problem, BitMap] = defaultdict(BitMap)
    losses: dict[Loss, BitMap] = defaultdict(BitMap)
    for kind in kinds:
        held = kind.holder.licenses.get(wish.sku_id)
        if wish.deed is GroupDeed.ASSIGN:
            if held is not None:
                have |= kind.members
            elif problem := _problem(kind, wish, context, country):
                expected[problem] |= kind.members
        elif held is not None and (held.direct or set(held.groups) - {group_id}):
            keep |= kind.members
        elif held is not None:
            lose |= kind.members
            for loss in _losses(kind, wish.sku_id, context):
                losses[loss] |= kind.members
    need = members - have if wish.deed is GroupDeed.ASSIGN else BitMap()
    found = tuple(
        Expected(wish.sku_id, problem, users)
        for problem, users in sorted(expected.items(), key=lambda pair: (-len(pair[1]), str(pair[0])))
    )
    plan = GroupPlan(
        wish, members, have, need, keep, lose, found, dict(losses), today + timedelta(days=DAYS_KEPT),
        available, any(kind.holder.guest for kind in kinds), "",
    )  # fmt: skip
    return replace(plan, digest=_digest(plan, before))


def _problem(kind: Kind, wish: GroupWish, context: Context, country: str | None) -> Problem | None:
    """Why it is expected to fail for such a member, if so."""
    off = dict.fromkeys(wish.off, PlanMode.OFF)
    asked = Wish().with_product(wish.sku_id, ProductWish(Op.ASSIGN, off))
    holder = replace(kind.holder, location=kind.holder.location or country)
    judged = decide(holder, asked, context).judged
    return next((each.problem for each in judged if each.problem), None)


def _losses(kind: Kind, sku_id: str, context: Context) -> Iterable[Loss]:
    before = {sku: context.enabled(sku, held.off) for sku, held in kind.holder.licenses.items()}
    after = {sku: plans for sku, plans in before.items() if sku != sku_id}
    return losses_of(Prospect(kind.holder, kind.holder.location, before, after), context)


def _digest(plan: GroupPlan, before: Licenses) -> str:
    """What must still hold at saving: who is a member, who gains, who loses what, what is short."""
    sets = [plan.members, plan.have, plan.keep, plan.lose]
    sets += [each.members for each in plan.expected]
    facts = {
        "wish": plan.wish.to_json(),
        "before": {sku_id: sorted(off) for sku_id, off in before.items()},
        "sets": [hashlib.sha256(one.to_array().tobytes()).hexdigest() for one in sets],
        "losses": {loss: len(users) for loss, users in plan.losses.items()},
        "short": plan.short,
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
