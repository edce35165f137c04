"""What has to be decided or known before a plan is saved: shortages, expected failures, losses."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from partner_center.changes.plan import ProductPlan
from partner_center.changes.queries import ExpectedView, LeftOutView, PlanView
from partner_center.changes.shortages import Order, Way
from partner_center.changes.views import SubstituteView, SwitchedOn, UnservedView
from partner_center.licensing.losses import Loss
from partner_center.licensing.reasons import OwnReason
from partner_center.web.changes.fixes import FixLink, Place, buy_link, fix_in_plan
from partner_center.web.formats import number
from partner_center.web.losses import loss_text
from partner_center.web.promised import promised_text
from partner_center.web.reasons import clash_words, names, people_words, wording
from partner_center.web.wording import _, ngettext


@dataclass(frozen=True, slots=True)
class OtherProduct:
    """Another product for those who would go without; `more` names the services it has beside the same."""

    value: str
    text: str
    more: str


@dataclass(frozen=True, slots=True)
class Shortage:
    """A product with fewer licences than needed, and the ways on."""

    sku_id: str
    product: str
    text: str
    promised: str
    fix: FixLink
    first: str
    orders: list[tuple[str, str]]
    others: list[OtherProduct]

    @property
    def values(self) -> set[str]:
        """What may be chosen."""
        first = {Way.FIRST.value} if self.first else set()
        return first | {one.value for one in self.others} | {Way.OUT.value}


@dataclass(frozen=True, slots=True)
class ExpectedGroup:
    """Users for whom Microsoft is expected to refuse, and what mends it; `clash` names the services."""

    title: str
    product: str
    who: str
    clash: str
    advice: str
    fix: FixLink


@dataclass(frozen=True, slots=True)
class LossLine:
    """What some users lose; `who` are the first names."""

    text: str
    who: str


def shortage_of(product: ProductPlan, view: PlanView, place: Place) -> Shortage:
    """A product that runs out, and the ways on."""
    name = view.products[product.sku_id]
    free = max(product.available + product.freed, 0)
    return Shortage(
        sku_id=product.sku_id,
        product=name,
        text=ngettext(
            "%(product)s: %(short)s license short. Needed: %(need)s. Available: %(free)s.",
            "%(product)s: %(short)s licenses short. Needed: %(need)s. Available: %(free)s.",
            product.short,
            product=name,
            short=number(product.short),
            need=number(product.need),
            free=number(free),
        ),
        promised=promised_text(view.promised.get(product.sku_id, 0)),
        fix=buy_link(place, product.sku_id, product.short),
        first=_first(product),
        orders=[(order.value, text) for order, text in _orders()],
        others=[_other(one, product) for one in view.substitutes.get(product.sku_id, ())],
    )


def _first(product: ProductPlan) -> str:
    """Empty where there is none to give."""
    if not product.served:
        return ""
    return _(
        "Give it to the first %(served)s of %(need)s users. Nothing is revoked from the others.",
        served=number(product.served),
        need=number(product.need),
    )


def _orders() -> tuple[tuple[Order, str], ...]:
    return (
        (Order.NAME, _("By name")),
        (Order.DEPARTMENT, _("By department")),
        (Order.PICKED, _("In the order they were ticked")),
    )


def _other(view: SubstituteView, product: ProductPlan) -> OtherProduct:
    text = ngettext(
        "Give the %(count)s remaining user %(other)s instead: %(free)s available, the same services",
        "Give the %(count)s remaining users %(other)s instead: %(free)s available, the same services",
        product.short,
        other=view.product,
        count=number(product.short),
        free=number(view.available),
    )
    more = _("It also has: %(names)s", names=names(view.more, shown=4)) if view.more else ""
    return OtherProduct(f"{Way.OTHER}:{view.sku_id}", text, more)


def unserved_lines(views: Iterable[UnservedView]) -> list[LossLine]:
    """Who goes without a product that is short, as was decided."""
    return [
        LossLine(
            ngettext(
                "%(product)s: %(count)s user does not get it, and nothing is revoked from them:",
                "%(product)s: %(count)s users do not get it, and nothing is revoked from them:",
                view.users,
                product=view.product,
                count=number(view.users),
            ),
            names(view.first, shown=20, total=view.users),
        )
        for view in views
    ]


def expected_group(view: ExpectedView, place: Place) -> ExpectedGroup:
    """Users for whom one product is expected to fail."""
    said = wording(view.reason, others=view.other_products, plans=view.plan_names, countries=view.countries)
    who = people_words(view.users, view.first, shown=10)
    fix = fix_in_plan(view.fix, place, view.sku_id, view.users)
    return ExpectedGroup(said.title, view.product, who, clash_words(view.clash), said.advice, fix)


def left_out_lines(views: Iterable[LeftOutView]) -> list[LossLine]:
    """Who was asked for and is not part of it, by name, and why."""
    return [LossLine(_left_out(view), names(view.first, shown=20, total=view.users)) for view in views]


def _left_out(view: LeftOutView) -> str:
    count = number(view.users)
    if view.reason == OwnReason.CHANGED:
        return ngettext(
            "%(count)s user has changed since and is left out:",
            "%(count)s users have changed since and are left out:",
            view.users,
            count=count,
        )
    return ngettext(
        "%(count)s user was deleted and is left out:",
        "%(count)s users were deleted and are left out:",
        view.users,
        count=count,
    )


def switched_on_lines(views: Iterable[SwitchedOn]) -> list[LossLine]:
    """What people get with a swap that they do not have now, or had turned off in another product."""
    return [
        LossLine(
            ngettext(
                "%(product)s, for %(count)s user:",
                "%(product)s, for %(count)s users:",
                view.users,
                product=view.product,
                count=number(view.users),
            ),
            ", ".join(view.plan_names),
        )
        for view in views
    ]


def loss_lines(view: PlanView) -> list[LossLine]:
    """What is lost, the mailbox first, each with the first names."""
    losses = view.plan.losses
    return [
        LossLine(
            loss_text(loss, count, losses.deleted_on),
            names(view.losses_first.get(loss, ()), shown=10, total=count),
        )
        for loss in Loss
        if (count := losses.count(loss))
    ]
