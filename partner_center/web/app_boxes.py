"""The apps inside a product as boxes, where a form has a box for each product and each app: ticked is on."""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass

from partner_center.changes.situation import Names
from partner_center.licensing.holders import OwnedPlan
from partner_center.shared.names import sort_key
from partner_center.web.form_keys import Form
from partner_center.web.formats import number
from partner_center.web.language import current_language
from partner_center.web.setup_words import setup_words
from partner_center.web.wording import _


@dataclass(frozen=True, slots=True)
class AppBox:
    """One service of a product."""

    plan_id: str
    name: str
    on: bool


def app_boxes(plans: Iterable[OwnedPlan], called: Names, off: Container[str]) -> tuple[AppBox, ...]:
    """A box for each of `plans`, by name; those `off` are not ticked."""
    boxes = [AppBox(plan.plan_id, called.plan(plan.plan_id), plan.plan_id not in off) for plan in plans]
    language = current_language()
    return tuple(sorted(boxes, key=lambda app: (sort_key(app.name, language), app.plan_id)))


def cleared_apps(form: Form, sku_id: str, plans: Iterable[OwnedPlan]) -> frozenset[str]:
    """Those of `plans` whose boxes were sent without a tick. A form that shows none of them asks for none."""
    on = frozenset(form.getlist("app"))
    return frozenset(plan.plan_id for plan in plans if f"{sku_id}:{plan.plan_id}" not in on)


def off_words(apps: Iterable[AppBox]) -> str:
    """`2 of 9 off`; nothing where all are on."""
    ticks = [app.on for app in apps]
    off = ticks.count(False)
    return _("%(off)s of %(all)s off", off=number(off), all=number(len(ticks))) if off else ""


def setup_text(plans: Iterable[OwnedPlan], off: Container[str]) -> str:
    """What is made ready for a person who has `plans` but for those `off`."""
    return setup_words(plan.name for plan in plans if plan.plan_id not in off)
