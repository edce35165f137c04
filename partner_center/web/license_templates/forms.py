"""What the form of a template sends: its name, its products, the services that are on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from partner_center.changes.license_templates import LONGEST_NAME
from partner_center.licensing.values import MalformedWish, Op, PlanMode, ProductWish, Wish


@dataclass(frozen=True, slots=True)
class Typed:
    """What a form held. `everywhere`: a template for all customers, made at one of them."""

    name: str
    wish: Wish
    everywhere: bool = False


def read_template(form: MultiDict[str, str], before: Wish) -> Typed:
    """The template as it was sent. A product whose services were not shown has those of `before`.

    Words that are no ids are passed over; whether the ids are known the service asks.
    """
    products = {sku: _product(form, sku, before.product(sku).plans) for sku in form.getlist("p")}
    return Typed(form.get("name", "")[: LONGEST_NAME * 2], _wish(products), form.get("where") == "all")


def _product(form: MultiDict[str, str], sku_id: str, before: Mapping[str, PlanMode]) -> ProductWish:
    """What is cleared is off; what was set to on and still is stays so."""
    shown = form.getlist(f"shown-{sku_id}")
    ticked = set(form.getlist(f"on-{sku_id}"))
    modes = {plan: mode for plan, mode in before.items() if plan not in shown}
    for plan in shown:
        kept = PlanMode.ON if before.get(plan) is PlanMode.ON else PlanMode.LEAVE
        modes[plan] = kept if plan in ticked else PlanMode.OFF
    return ProductWish(Op.ASSIGN, modes)


def _wish(products: Mapping[str, ProductWish]) -> Wish:
    try:
        return Wish.from_json(Wish(products).to_json())
    except MalformedWish:
        return Wish()
