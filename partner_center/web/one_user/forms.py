"""What **Licenses and apps** sends: a box per product, a box per app, the country.

A box says how things shall be; what that changes is found by comparing with what the person has. So the form
says too of which licences it was made (`holding`): where they are others by now, nothing is saved.
"""

from __future__ import annotations

from partner_center.licensing.values import LocationScope, LocationWish, Op, PlanMode, ProductWish, Wish
from partner_center.staff.permissions import Permission
from partner_center.web.app_boxes import cleared_apps
from partner_center.web.form_keys import Form, check_key
from partner_center.web.locations import is_country
from partner_center.web.one_user.desk import UserDesk
from partner_center.web.problems import Problem
from partner_center.web.wording import _


def read_wish(form: Form, desk: UserDesk) -> tuple[Wish, tuple[Problem, ...]]:
    """What the boxes ask for. With problems, the wish is what could be understood."""
    shown, ticked = form.getlist("product"), frozenset(form.getlist("has"))
    wish, problems = Wish(), list[Problem]()
    for sku_id in dict.fromkeys(shown):
        if desk.held(sku_id) is None and sku_id not in desk.situation.context.products:
            problems.append(
                Problem(_("This customer has no such product. Choose from the list."), "licenses")
            )
            continue
        wish = wish.with_product(sku_id, _product(desk, sku_id, form, is_ticked=sku_id in ticked))
    location, wrong = _location(form.get("location", ""), desk)
    return wish.with_location(location), tuple(problems[:1]) + wrong


def check(form: Form, desk: UserDesk, wish: Wish) -> tuple[Problem, ...]:
    """What keeps **Save changes** from going on."""
    if form.get("holding") != str(desk.user.holding_id):
        text = _("The licenses of this person changed since the page was made. Look again, then save.")
        return (Problem(text, "licenses"),)
    if wish.is_empty:
        return check_key(form) or (Problem(_("You have not changed anything."), "licenses"),)
    return check_key(form)


def _product(desk: UserDesk, sku_id: str, form: Form, *, is_ticked: bool) -> ProductWish:
    held = desk.held(sku_id)
    if not is_ticked:
        return ProductWish(Op.REVOKE if held else Op.LEAVE)
    was_off = held.off if held else frozenset()
    plans = desk.apps(sku_id) if desk.actor.may(Permission.CHANGE_SERVICE_PLANS) else ()
    cleared = cleared_apps(form, sku_id, plans)
    modes = {
        plan.plan_id: PlanMode.OFF if plan.plan_id in cleared else PlanMode.ON
        for plan in plans
        if (plan.plan_id in cleared) != (plan.plan_id in was_off)
    }
    return ProductWish(Op.LEAVE if held else Op.ASSIGN, modes)


def _location(value: str, desk: UserDesk) -> tuple[LocationWish | None, tuple[Problem, ...]]:
    """Never guessed: a person without a country gets the one that was chosen, or none."""
    if value in ("", desk.user.usage_location):
        return None, ()
    desk.actor.demand(Permission.SET_USAGE_LOCATION)
    if not is_country(value):
        return None, (Problem(_("Choose a country for the usage location."), "location"),)
    return LocationWish(value, LocationScope.ALL), ()
