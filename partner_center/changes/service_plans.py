"""**View service plans** of one product: each plan on, off or mixed over who holds it or will."""

from __future__ import annotations

from dataclasses import dataclass

from pyroaring import BitMap
from sqlalchemy.orm import Session

from partner_center.catalog.rules import Rules
from partner_center.changes.situation import Names, look, names_for
from partner_center.customers.queries import get_customer
from partner_center.directory import listing
from partner_center.licensing.holders import OwnedPlan
from partner_center.licensing.states import plan_state
from partner_center.licensing.values import Op, PlanMode, PlanState, Wish
from partner_center.shared.errors import NotFound
from partner_center.shared.names import sort_key
from partner_center.staff.actor import Actor


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One service plan. `on` and `off` count users as things are; `mode` is what the wish says.

    `needs`: one of these services must be on too. `excludes`: none of these may be.
    """

    plan_id: str
    name: str
    part_name: str
    state: PlanState
    on: int
    off: int
    mode: PlanMode
    switchable: bool
    needs: tuple[str, ...]
    excludes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlansView:
    """The product's plans by name; `holders` counts the chosen who have it or will."""

    sku_id: str
    name: str
    holders: int
    rows: tuple[PlanRow, ...]


def plans_view(
    session: Session,
    actor: Actor,
    customer_id: int,
    chosen: BitMap,
    wish: Wish,
    *,
    sku_id: str,
    language: str = "en",
) -> PlansView:
    """The service plans of `sku_id`; who is about to get it counts as having all plans on."""
    get_customer(session, actor, customer_id)
    situation = look(session, customer_id)
    product = situation.context.products.get(sku_id)
    if product is None:
        raise NotFound("This customer does not have that product.")
    rules = situation.context.rules
    related = {
        other for plan in product.plan_ids for other in (*_needs(rules, plan), *_excludes(rules, plan))
    }
    names = names_for(session, situation, plans=product.plan_ids | related)
    holders = len(chosen & listing.holders(session, customer_id, sku_id))
    if wish.product(sku_id).op is Op.ASSIGN:
        holders = len(chosen)
    off = listing.plan_tally(session, customer_id, sku_id, chosen)
    modes = wish.product(sku_id).plans
    rows = [
        _row(
            plan,
            names,
            rules,
            on=holders - off.get(plan.plan_id, 0),
            off=off.get(plan.plan_id, 0),
            mode=modes.get(plan.plan_id, PlanMode.LEAVE),
        )
        for plan in product.plans
    ]
    rows.sort(key=lambda row: (sort_key(row.name, language), row.plan_id))
    return PlansView(sku_id, names.product(sku_id), holders, tuple(rows))


def _row(plan: OwnedPlan, names: Names, rules: Rules, *, on: int, off: int, mode: PlanMode) -> PlanRow:
    return PlanRow(
        plan_id=plan.plan_id,
        name=names.plan(plan.plan_id),
        part_name=plan.name,
        state=plan_state(on, off),
        on=on,
        off=off,
        mode=mode,
        switchable=plan.switchable,
        needs=tuple(sorted(names.plan(other) for other in _needs(rules, plan.plan_id))),
        excludes=tuple(sorted(names.plan(other) for other in _excludes(rules, plan.plan_id))),
    )


def _needs(rules: Rules, plan_id: str) -> frozenset[str]:
    return rules.dependencies.get(plan_id, frozenset())


def _excludes(rules: Rules, plan_id: str) -> frozenset[str]:
    others = [group - {plan_id} for group in rules.exclusions if plan_id in group]
    return frozenset().union(*others)
