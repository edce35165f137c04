"""Making a plan: each kind of user is judged once, however many users it has. Pure."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from pyroaring import BitMap

from partner_center.changes.plan import (
    REVIEW_ABOVE,
    Expected,
    Kind,
    LocationPlan,
    Losses,
    Plan,
    PlannedKind,
    ProductPlan,
    ReviewReason,
)
from partner_center.licensing.decide import Judged, decide
from partner_center.licensing.deeds import LOCATION, DeedKind
from partner_center.licensing.holders import Context
from partner_center.licensing.losses import DAYS_KEPT, Loss, losses_of
from partner_center.licensing.rules import Problem
from partner_center.licensing.seats import SeatMath
from partner_center.licensing.values import Wish

Scope = Mapping[str, BitMap]
"""Whom each product's wish is for (the location's under `LOCATION`); what is absent is for everybody."""


def make_plan(
    kinds: Sequence[Kind],
    wish: Wish,
    context: Context,
    available: Mapping[str, int],
    *,
    today: date,
    scope: Scope | None = None,
) -> Plan:
    """What `wish` would do to the users of `kinds`. `available` are Microsoft's free licences per SKU."""
    planned = tuple(_judge(kinds, wish, context, scope or {}))
    products = tuple(_product(sku, wish, planned, available.get(sku, 0)) for sku in wish.products)
    plan = Plan(
        users=sum(len(kind.members) for kind in kinds),
        products=products,
        location=_location(wish, planned),
        expected=tuple(_expected(planned)),
        losses=_losses(planned, today),
        kinds=planned,
        reasons=(),
        digest=_digest(wish, planned, products),
    )
    return replace(plan, reasons=tuple(_reasons(plan)))


def _judge(kinds: Iterable[Kind], wish: Wish, context: Context, scope: Scope) -> Iterator[PlannedKind]:
    for kind in kinds:
        for part, narrowed in _parts(kind, wish, scope):
            decision = decide(kind.holder, narrowed, context)
            losses = losses_of(decision.prospect, context)
            yield PlannedKind(replace(kind, members=part), decision.judged, losses)


def _parts(kind: Kind, wish: Wish, scope: Scope) -> Iterator[tuple[BitMap, Wish]]:
    """The users of a kind by which products' wishes are for them."""
    parts = [(kind.members, wish)]
    for sku_id, whom in scope.items():
        parts = [
            piece
            for members, narrowed in parts
            for piece in ((members & whom, narrowed), (members - whom, _without(narrowed, sku_id)))
            if piece[0]
        ]
    yield from parts


def _without(wish: Wish, sku_id: str) -> Wish:
    return wish.with_location(None) if sku_id == LOCATION else wish.without(frozenset({sku_id}))


def _product(sku_id: str, wish: Wish, planned: Iterable[PlannedKind], available: int) -> ProductPlan:
    counts: Counter[str] = Counter()
    plans_on: Counter[str] = Counter()
    plans_off: Counter[str] = Counter()
    for judged, users in _of_product(planned, sku_id):
        deed = judged.deed
        counts[_column(judged)] += users
        counts["already_by_group"] += users if deed.already and deed.by_group else 0
        if judged.goes:
            counts["need"] += users if deed.takes_seat else 0
            counts["freed"] += users if deed.frees_seat else 0
            plans_on.update(dict.fromkeys(deed.turned_on, users))
            plans_off.update(dict.fromkeys(deed.turned_off, users))
    return ProductPlan(
        sku_id=sku_id,
        op=wish.product(sku_id).op,
        give=counts[DeedKind.ASSIGN],
        take=counts[DeedKind.REVOKE],
        plans=counts[DeedKind.PLANS],
        already=counts["already"],
        already_by_group=counts["already_by_group"],
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


def _location(wish: Wish, planned: Iterable[PlannedKind]) -> LocationPlan | None:
    if wish.location is None:
        return None
    found = list(_of_product(planned, LOCATION))
    users = sum(count for judged, count in found if judged.goes)
    return LocationPlan(wish.location.value, users, sum(count for _, count in found) - users)


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


def _digest(wish: Wish, planned: Iterable[PlannedKind], products: Iterable[ProductPlan]) -> str:
    """What must still hold at saving: who gets what, what fails and is lost, and what can't be served.

    Changes of users or licences that do not touch any of these leave it alone.
    """
    fates: dict[str, BitMap] = defaultdict(BitMap)
    for each in planned:
        fates[_fate(each)] |= each.kind.members
    facts = {
        "wish": wish.to_json(),
        "short": {product.sku_id: product.short for product in products if product.short},
        "fates": {fate: _fingerprint(members) for fate, members in fates.items()},
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _fate(each: PlannedKind) -> str:
    deeds = [[j.deed.to_json(), j.problem.to_json() if j.problem else None] for j in each.judged]
    return json.dumps([deeds, sorted(each.losses)], sort_keys=True)


def _fingerprint(members: BitMap) -> str:
    return hashlib.sha256(members.to_array().tobytes()).hexdigest()
