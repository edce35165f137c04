"""What **Manage licenses** sends: a radio group per product, the location, and which button was pressed.

The radios are the submitted truth, with and without script. Everything is checked against the matrix as
it stands now: a product nobody offered, a choice nobody offered and a stranger's number are refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from partner_center.changes.matrix_values import MatrixRow
from partner_center.changes.service_plans import PlansView
from partner_center.licensing.values import Op, PlanMode, ProductWish, Wish
from partner_center.web.form_keys import Form
from partner_center.web.locations import with_location
from partner_center.web.problems import Problem
from partner_center.web.wording import _


@dataclass(frozen=True, slots=True)
class Step:
    """The pressed button: `name`, and the product or user it stands beside."""

    name: str
    target: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """A form as it was read. With problems, `wish` is what could be understood of it."""

    wish: Wish
    problems: tuple[Problem, ...] = ()


def step_of(form: Form, default: str = "stay") -> Step:
    """`go=buy:<sku>` and its like; Enter in a field sends the first button, `stay`."""
    name, _colon, target = form.get("go", default).partition(":")
    return Step(name or default, target)


def read_wish(form: Form, rows: Iterable[MatrixRow], draft: Wish) -> Asked:
    """The wish of the whole page: products from the radios, service plans as the draft has them."""
    known = {row.sku_id: row for row in rows}
    problems = [
        Problem(_("This customer has no such product. Choose from the list."))
        for key in form
        if key.startswith("op-") and key.removeprefix("op-") not in known
    ][:1]
    wish = draft
    for sku_id, row in known.items():
        asked = form.get(f"op-{sku_id}")
        if asked is None:
            continue
        op = _op(asked)
        if op is None or op not in row.offered:
            text = _("%(product)s: that choice is not offered now. Look at it again.", product=row.name)
            problems.append(Problem(text, f"p-{sku_id}"))
            op = Op.LEAVE
        wish = wish.with_product(sku_id, ProductWish(op, draft.product(sku_id).plans))
    if "location-scope" in form:
        wish, wrong = with_location(form, wish)
        problems += wrong
    return Asked(wish, tuple(problems))


def repeats(form: Form, saved: Wish) -> bool:
    """Whether the form asks for what was `saved` by it. Its products may offer other choices by now."""
    asked = {key.removeprefix("op-"): value for key, value in form.items() if key.startswith("op-")}
    ops = {sku_id: value for sku_id, value in asked.items() if value != Op.LEAVE}
    location, _problems = with_location(form, Wish()) if "location-scope" in form else (Wish(), [])
    same_location = location.location == saved.location or "location-scope" not in form
    return same_location and ops == {
        sku_id: wish.op for sku_id, wish in saved.products.items() if wish.op is not Op.LEAVE
    }


def asks_location(form: Form) -> bool:
    """Whether the form wants a usage location set."""
    return form.get("location-scope", "leave") != "leave"


def read_plans(form: Form, view: PlansView, draft: ProductWish) -> ProductWish | None:
    """The product's wish with the modes of the form; None for a mode or a plan that was not offered."""
    switchable = {row.plan_id for row in view.rows if row.switchable}
    if step_of(form).name == "all-on":
        return ProductWish(draft.op, dict.fromkeys(switchable, PlanMode.ON))
    modes: dict[str, PlanMode] = {}
    for key, value in form.items():
        if not key.startswith("plan-"):
            continue
        plan_id = key.removeprefix("plan-")
        if plan_id not in switchable or value not in set(PlanMode):
            return None
        modes[plan_id] = PlanMode(value)
    kept: Mapping[str, PlanMode] = {p: m for p, m in draft.plans.items() if p not in modes}
    changed = {plan_id: mode for plan_id, mode in modes.items() if mode is not PlanMode.LEAVE}
    return ProductWish(draft.op, {**kept, **changed})


def _op(text: str) -> Op | None:
    return Op(text) if text in set(Op) else None
