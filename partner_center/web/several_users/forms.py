"""What **Manage product licenses** sends: a box per product, a box per app, the location."""

from __future__ import annotations

from partner_center.licensing.swaps import Mode
from partner_center.licensing.values import Op, PlanMode, ProductWish, Wish
from partner_center.staff.permissions import Permission
from partner_center.web.app_boxes import cleared_apps
from partner_center.web.form_keys import Form, check_key
from partner_center.web.locations import with_location
from partner_center.web.problems import Problem
from partner_center.web.several_users.desk import SeveralDesk
from partner_center.web.wording import _


def mode_of(text: str | None) -> Mode:
    """The mode of an address or a form; *Assign more* takes nothing from anybody, so it is the usual one."""
    return Mode(text) if text in set(Mode) else Mode.MORE


def read_wish(form: Form, desk: SeveralDesk) -> tuple[Wish, tuple[Problem, ...]]:
    """The products that are ticked. With problems, the wish is what could be understood."""
    products = desk.situation.context.products
    ticked = list(dict.fromkeys(form.getlist("has")))
    known = [sku_id for sku_id in ticked if sku_id in products]
    wish, problems = Wish(), list[Problem]()
    if len(known) < len(ticked):
        problems.append(Problem(_("This customer has no such product. Choose from the list."), "products"))
    may_set = desk.actor.may(Permission.CHANGE_SERVICE_PLANS)
    for sku_id in known if desk.mode is not Mode.NONE else ():
        off = cleared_apps(form, sku_id, products[sku_id].switchable if may_set else ())
        wish = wish.with_product(sku_id, ProductWish(Op.ASSIGN, dict.fromkeys(off, PlanMode.OFF)))
    if form.get("location-scope", "leave") != "leave":
        desk.actor.demand(Permission.SET_USAGE_LOCATION)
        wish, wrong = with_location(form, wish)
        problems += wrong
    return wish, tuple(problems)


def check(form: Form, desk: SeveralDesk, wish: Wish) -> tuple[Problem, ...]:
    """What keeps **Save** from going on."""
    chosen = desk.chosen()
    if form.get("v", type=int) != chosen.version:
        text = _("The selected users changed since this page was made. Look again, then save.")
        return (Problem(text, "picked"),)
    if not chosen.members:
        return (Problem(_("Select at least one user."), "person"),)
    if incomplete := check_key(form):
        return incomplete
    if desk.mode is not Mode.NONE and not wish.products:
        return (Problem(_("Choose at least one product."), "products"),)
    if not desk.asks(wish):
        return (Problem(_("None of these users has a license that can be unassigned here."), "picked"),)
    return ()
