"""Making a plan: each kind of user is judged once, however many users it has. Pure."""

from __future__ import annotations

import hashlib
import json
from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from pyroaring import BitMap

from partner_center.changes.plan import (
    REVIEW_ABOVE,
    Ask,
    Expected,
    Kind,
    LeftOut,
    LocationPlan,
    Losses,
    Plan,
    PlannedKind,
    ProductPlan,
    ReviewReason,
)
from partner_center.cloud.port import Reason
from partner_center.licensing.decide import Judged, decide
from partner_center.licensing.deeds import DeedKind
from partner_center.licensing.holders import Context
from partner_center.licensing.losses import DAYS_KEPT, Loss, losses_of
from partner_center.licensing.reasons import OwnReason
from partner_center.licensing.rules import Problem
from partner_center.licensing.seats import SeatMath
from partner_center.licensing.values import LOCATION, Wish

FEW_ASKS = 8


def everybody(wish: Wish, members: BitMap) -> tuple[Ask, ...]:
    """The same wish for all of `members`."""
    return (Ask(wish, members),)


def make_plan(
    kinds: Sequence[Kind],
    asks: Sequence[Ask],
    context: Context,
    available: Mapping[str, int],
    *,
    today: date,
) -> Plan:
    """What `asks` would do to the users of `kinds`. `available` are Microsoft's free licences per SKU.

    `kinds` are the living users as they stand now; whoever is asked for and not among them is gone.
    """
    judged, changed = _judge(kinds, asks, context)
    skus = sorted({sku for ask in asks for sku in ask.wish.products})
    products = tuple(_product(sku, judged, available.get(sku, 0)) for sku in skus)
    left_out = tuple(_left_out(kinds, asks, changed))
    plan = Plan(
        users=sum(len(each.kind.members) for each in judged),
        products=products,
        places=tuple(_places(judged)),
        expected=tuple(_expected(judged)),
        losses=_losses(judged, today),
        kinds=judged,
        left_out=left_out,
        reasons=(),
        digest=_digest(asks, judged, products, left_out),
    )
    return replace(plan, reasons=tuple(_reasons(plan)))


def _judge(
    kinds: Iterable[Kind], asks: Sequence[Ask], context: Context
) -> tuple[tuple[PlannedKind, ...], BitMap]:
    """What becomes of each kind, and the users who no longer stand as their ask wants them."""
    planned, changed = [], BitMap()
    divide = _divider(asks)
    for kind in kinds:
        for ask, part in divide(kind.members):
            if ask.only_if and not ask.only_if.fits(kind.holder):
                changed |= part
                continue
            decision = decide(kind.holder, ask.wish, context)
            losses = losses_of(decision.prospect, context)
            planned.append(PlannedKind(replace(kind, members=part), decision.judged, losses))
    return tuple(planned), changed


def _divider(asks: Sequence[Ask]) -> Callable[[BitMap], Iterator[tuple[Ask, BitMap]]]:
    """Divides users by the ask they are in. An undo may have a thousand asks and as many kinds of users:
    from a few asks on, each user is looked up once instead of each ask with each kind."""
    if len(asks) <= FEW_ASKS:
        return lambda members: ((ask, part) for ask in asks if (part := members & ask.members))
    last = max((ask.members.max() for ask in asks if ask.members), default=0)
    owner = array("l", [-1]) * (last + 1)
    for index, ask in enumerate(asks):
        for number in ask.members:
            owner[number] = index

    def divide(members: BitMap) -> Iterator[tuple[Ask, BitMap]]:
        parts: dict[int, BitMap] = defaultdict(BitMap)
        for number in members:
            if number <= last and owner[number] >= 0:
                parts[owner[number]].add(number)
        return ((asks[index], part) for index, part in sorted(parts.items()))

    return divide


def _left_out(kinds: Iterable[Kind], asks: Iterable[Ask], changed: BitMap) -> Iterator[LeftOut]:
    asked = BitMap.union(BitMap(), *(ask.members for ask in asks))
    living = BitMap.union(BitMap(), *(kind.members for kind in kinds))
    for reason, members in ((OwnReason.CHANGED, changed), (Reason.USER_GONE, asked - living)):
        if members:
            yield LeftOut(str(reason), members)


def _product(sku_id: str, planned: Iterable[PlannedKind], available: int) -> ProductPlan:
    counts: Counter[str] = Counter()
    plans_on: Counter[str] = Counter()
    plans_off: Counter[str] = Counter()
    for judged, users in _of_product(planned, sku_id):
        deed = judged.deed
        counts[_column(judged)] += users
        counts["already_by_group"] += users if deed.already and deed.by_group else 0
        counts["not_held"] += users if deed.already and deed.kind is DeedKind.REVOKE else 0
        if judged.goes:
            counts["need"] += users if deed.takes_seat else 0
            counts["freed"] += users if deed.frees_seat else 0
            plans_on.update(dict.fromkeys(deed.turned_on, users))
            plans_off.update(dict.fromkeys(deed.turned_off, users))
    return ProductPlan(
        sku_id=sku_id,
        give=counts[DeedKind.ASSIGN],
        take=counts[DeedKind.REVOKE],
        plans=counts[DeedKind.PLANS],
        already=counts["already"],
        already_by_group=counts["already_by_group"],
        not_held=counts["not_held"],
        failing=counts["failing"],
        seats=SeatMath(available, counts["need"], counts["freed"]),
        plans_on=tuple(sorted(plans_on.items())),
        plans_off=tuple(sorted(plans_off.items())),
    )


def _of_product(planned: Iterable[PlannedKind], sku_id: str) -> Iterator[tuple[Judged, int]]:
    for each in planned:
        for judged in each.judged:
            if judged.deed.sku_id == sku_id:
                yield judged, len(each.kind.members)


def _column(judged: Judged) -> str:
    if judged.problem:
        return "failing"
    return "already" if judged.deed.already else judged.deed.kind.value


def _places(planned: Iterable[PlannedKind]) -> Iterator[LocationPlan]:
    """One line for each country that anybody is put in."""
    going: Counter[str] = Counter()
    staying: Counter[str] = Counter()
    for judged, users in _of_product(planned, LOCATION):
        counts = going if judged.goes else staying
        counts[str(judged.deed.location)] += users
    for country in sorted({*going, *staying}):
        yield LocationPlan(country, going[country], staying[country])


def _expected(planned: Iterable[PlannedKind]) -> Iterator[Expected]:
    """Most users first, so that the biggest trouble is read first."""
    members: dict[tuple[str, Problem], BitMap] = defaultdict(BitMap)
    for each in planned:
        for judged in each.judged:
            if judged.problem:
                members[judged.deed.sku_id, judged.problem] |= each.kind.members
    for (sku_id, problem), users in sorted(members.items(), key=_by_size):
        yield Expected(sku_id, problem, users)


def _by_size(item: tuple[tuple[str, Problem], BitMap]) -> tuple[int, str, str]:
    (sku_id, problem), members = item
    return -len(members), str(problem.reason), sku_id


def _losses(planned: Iterable[PlannedKind], today: date) -> Losses:
    members: dict[Loss, BitMap] = defaultdict(BitMap)
    for each in planned:
        for loss in each.losses:
            members[loss] |= each.kind.members
    return Losses(dict(members), today + timedelta(days=DAYS_KEPT))


def _reasons(plan: Plan) -> Iterator[ReviewReason]:
    if plan.to_revoke:
        yield ReviewReason.REVOKES
    if plan.expected:
        yield ReviewReason.EXPECTED
    if plan.short:
        yield ReviewReason.SHORT
    if plan.users > REVIEW_ABOVE:
        yield ReviewReason.MANY_USERS
    if any(product.plans_off for product in plan.products):
        yield ReviewReason.PLANS_OFF


def _digest(
    asks: Iterable[Ask],
    planned: Iterable[PlannedKind],
    products: Iterable[ProductPlan],
    left_out: Iterable[LeftOut],
) -> str:
    """What must still hold at saving: who gets what, what fails, is lost or can't be served, who is out.

    Changes of users or licences that do not touch any of these leave it alone.
    """
    fates: dict[str, BitMap] = defaultdict(BitMap)
    for each in planned:
        fates[_fate(each)] |= each.kind.members
    facts = {
        "wishes": sorted(json.dumps(ask.wish.to_json(), sort_keys=True) for ask in asks),
        "short": {product.sku_id: product.short for product in products if product.short},
        "fates": {fate: _fingerprint(members) for fate, members in fates.items()},
        "left_out": {each.reason: _fingerprint(each.members) for each in left_out},
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _fate(each: PlannedKind) -> str:
    deeds = [[j.deed.to_json(), j.problem.to_json() if j.problem else None] for j in each.judged]
    return json.dumps([deeds, sorted(each.losses)], sort_keys=True)


def _fingerprint(members: BitMap) -> str:
    return hashlib.sha256(members.to_array().tobytes()).hexdigest()
