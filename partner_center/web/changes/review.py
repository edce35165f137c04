"""The plan of a change in words: what must be decided, what is lost, what will change."""

from __future__ import annotations

from dataclasses import dataclass

from partner_center.changes.plan import LocationPlan, Plan, ProductPlan
from partner_center.changes.queries import PlanUser, PlanView
from partner_center.web import desks
from partner_center.web.changes.deeds import DeedLine, planned_lines
from partner_center.web.changes.fixes import Place
from partner_center.web.changes.hindrances import (
    ExpectedGroup,
    LossLine,
    Shortage,
    expected_group,
    left_out_lines,
    loss_lines,
    shortage_of,
    switched_on_lines,
    unserved_lines,
)
from partner_center.web.formats import location_name, number
from partner_center.web.losses import understood_text
from partner_center.web.wording import _, ngettext


@dataclass(frozen=True, slots=True)
class ProductLine:
    """One product's part of the plan, a line per thing that happens; `href` is where it can be changed."""

    sku_id: str
    name: str
    lines: list[DeedLine]
    seats: str
    href: str


@dataclass(frozen=True, slots=True)
class UserLines:
    """One user's part of the plan."""

    number: int
    name: str
    address: str
    lines: list[DeedLine]
    after: str


@dataclass(frozen=True, slots=True)
class ReviewPage:
    """All that `changes/review.html` prints beside the head; `back` leads to the desk it came from."""

    summary: str
    shortages: list[Shortage]
    expected: list[ExpectedGroup]
    losses: list[LossLine]
    understood: str
    products: list[ProductLine]
    users: list[UserLines]
    left_out: list[LossLine]
    switched_on: list[LossLine]
    save: str
    back: str


def build(view: PlanView, place: Place) -> ReviewPage:
    """The page of `view`."""
    plan = view.plan
    return ReviewPage(
        summary=_summary(plan),
        shortages=[shortage_of(each, view, place) for each in plan.products if each.short],
        expected=[expected_group(each, place) for each in view.expected],
        losses=loss_lines(view),
        understood=understood_text(plan.losses.deleted_on) if plan.losses.mailbox else "",
        products=[_product(each, view, place) for each in plan.products] + _places(plan, place),
        users=[_user(user) for user in view.users.items],
        left_out=left_out_lines(view.left_out) + unserved_lines(view.unserved),
        switched_on=switched_on_lines(view.switched_on),
        save=_save_label(plan.to_assign + plan.to_revoke + plan.plan_changes + plan.locations),
        back=desks.desk_url(place.customer_id, place.desk),
    )


def _summary(plan: Plan) -> str:
    """`14 to assign · 14 to revoke · 2 service plan changes · 41 unchanged`."""
    changes, places = plan.plan_changes, plan.locations
    parts = [
        (plan.to_assign, _("%(count)s to assign", count=number(plan.to_assign))),
        (plan.to_revoke, _("%(count)s to revoke", count=number(plan.to_revoke))),
        (
            changes,
            ngettext(
                "%(count)s service plan change",
                "%(count)s service plan changes",
                changes,
                count=number(changes),
            ),
        ),
        (
            places,
            ngettext("%(count)s usage location", "%(count)s usage locations", places, count=number(places)),
        ),
        (plan.expected_failures, _("%(count)s expected to fail", count=number(plan.expected_failures))),
        (plan.unchanged, _("%(count)s unchanged", count=number(plan.unchanged))),
    ]
    return " · ".join(text for count, text in parts if count)


def _save_label(count: int) -> str:
    if not count:
        return _("Save")
    return ngettext("Save %(count)s change", "Save %(count)s changes", count, count=number(count))


def _product(product: ProductPlan, view: PlanView, place: Place) -> ProductLine:
    lines = _given_and_taken(product)
    lines += [
        DeedLine("plans", _plan_text(view, plan_id, count, on=on))
        for plans, on in ((product.plans_on, True), (product.plans_off, False))
        for plan_id, count in plans
    ]
    lines += _already(product)
    if product.failing:
        text = ngettext(
            "Expected to fail for %(count)s user",
            "Expected to fail for %(count)s users",
            product.failing,
            count=number(product.failing),
        )
        lines.append(DeedLine("same", text, tone="warn"))
    href = desks.product_url(place.customer_id, place.desk, product.sku_id)
    return ProductLine(product.sku_id, view.products[product.sku_id], lines, _seats(product), href)


def _given_and_taken(product: ProductPlan) -> list[DeedLine]:
    give, take = product.give, product.take
    given = ngettext("Assign to %(count)s user", "Assign to %(count)s users", give, count=number(give))
    taken = ngettext("Revoke from %(count)s user", "Revoke from %(count)s users", take, count=number(take))
    return [DeedLine("add", given)] * bool(give) + [DeedLine("remove", taken)] * bool(take)


def _already(product: ProductPlan) -> list[DeedLine]:
    """Who needs no call: has it as asked, or was to lose what they never had."""
    so, lacking = product.already - product.not_held, product.not_held
    has = ngettext("Already so for %(count)s user", "Already so for %(count)s users", so, count=number(so))
    if product.already_by_group:
        has = _("%(text)s (%(count)s through a group)", text=has, count=number(product.already_by_group))
    lacks = ngettext(
        "%(count)s user does not have it",
        "%(count)s users do not have it",
        lacking,
        count=number(lacking),
    )
    return [DeedLine("same", has)] * bool(so) + [DeedLine("same", lacks)] * bool(lacking)


def _plan_text(view: PlanView, plan_id: str, count: int, *, on: bool) -> str:
    plan = view.plans.get(plan_id, plan_id)
    if on:
        return ngettext(
            "Turn on %(plan)s for %(count)s user",
            "Turn on %(plan)s for %(count)s users",
            count,
            plan=plan,
            count=number(count),
        )
    return ngettext(
        "Turn off %(plan)s for %(count)s user",
        "Turn off %(plan)s for %(count)s users",
        count,
        plan=plan,
        count=number(count),
    )


def _seats(product: ProductPlan) -> str:
    if product.need == product.freed == 0:
        return ""
    before, after = number(max(product.available, 0)), number(max(product.after, 0))
    return _("Available: %(before)s → %(after)s", before=before, after=after)


def _places(plan: Plan, place: Place) -> list[ProductLine]:
    """The usage location, a line for each country."""
    lines = [DeedLine("plans", _place_text(each)) for each in plan.places]
    href = desks.location_url(place.customer_id, place.desk)
    return [ProductLine("", _("Usage location"), lines, "", href)] if lines else []


def _place_text(place: LocationPlan) -> str:
    return ngettext(
        "Set %(country)s for %(count)s user",
        "Set %(country)s for %(count)s users",
        place.users,
        country=location_name(place.value),
        count=number(place.users),
    )


def _user(user: PlanUser) -> UserLines:
    after = ", ".join(user.after)
    return UserLines(
        user.number, user.display_name, user.user_principal_name, planned_lines(user.deeds), after
    )
