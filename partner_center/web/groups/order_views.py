"""Views of what is done to a group: reviewed, ordered, followed; and moving members to it."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from pyroaring import BitMap

from partner_center.changes.situation import look
from partner_center.directory.groups import get_group
from partner_center.extensions import db
from partner_center.groups import moving
from partner_center.groups.queries import GroupOrderView, get_order
from partner_center.groups.service import ShowAgain, order_licenses, order_reprocess, plan_order
from partner_center.groups.states import GroupDeed, GroupWish
from partner_center.purchasing.service import may_buy
from partner_center.shared.ids import new_token
from partner_center.staff.permissions import Permission
from partner_center.web import waiting
from partner_center.web.groups import forms
from partner_center.web.groups.area import blueprint
from partner_center.web.groups.order_page import order_page
from partner_center.web.groups.review import move_page, review_page
from partner_center.web.guards import requires
from partner_center.web.language import current_language
from partner_center.web.problems import Problem
from partner_center.web.request import current_actor, get_customer
from partner_center.web.shell import Tab, customer_bar
from partner_center.web.transaction import note_refusal
from partner_center.web.wording import _

_MOST_NUMBERS = 9  # digits


@blueprint.get("/customers/<int:customer_id>/groups/<group_id>/review")
@requires(Permission.VIEW_USERS)
def review_order(customer_id: int, group_id: str) -> ResponseReturnValue:
    """What the order would mean. Nothing has been changed yet."""
    get_customer(customer_id)
    if "sku" not in request.args:  # a refused form's own address, opened again
        return redirect(url_for("groups.show_group", customer_id=customer_id, group_id=group_id), 303)
    product = look(db.session(), customer_id).context.products.get(request.args.get("sku", ""))
    return _review(customer_id, group_id, forms.read_wish(request.args, product))


@blueprint.post("/customers/<int:customer_id>/groups/<group_id>/review")
@requires(Permission.VIEW_USERS)
def place_order(customer_id: int, group_id: str) -> ResponseReturnValue:
    """Order what was reviewed, or show it again where it is not the same any more."""
    get_customer(customer_id)
    actor, form = current_actor(), request.form
    wish, key = forms.read_wish(form), forms.read_key(form)
    order = order_licenses(
        db.session(),
        actor,
        customer_id,
        group_id,
        wish,
        digest=form.get("digest", ""),
        key=key,
        understood="understood" in form,
    )
    if isinstance(order, ShowAgain):
        note_refusal(order.value, actor=actor, customer_id=customer_id)
        return _review(customer_id, group_id, wish, _problem(order)), 422
    return _to_order(customer_id, order.ref)


@blueprint.post("/customers/<int:customer_id>/groups/<group_id>/reprocess")
@requires(Permission.ASSIGN_LICENSES)
def reprocess_members(customer_id: int, group_id: str) -> ResponseReturnValue:
    """Have Microsoft try again: for one member, or for all in error."""
    get_customer(customer_id)
    key, asked = forms.read_key(request.form), request.form.get("member", "")
    members = get_group(db.session(), customer_id, group_id).failed
    if asked != "all":
        is_number = asked.isascii() and asked.isdigit() and len(asked) <= _MOST_NUMBERS
        members = BitMap([int(asked)] if is_number else [])
    key = f"{key}{asked}"[: forms.LONGEST_KEY]  # the page has one key, and a button for each member
    order = order_reprocess(db.session(), current_actor(), customer_id, group_id, members, key=key)
    return _to_order(customer_id, order.ref)


@blueprint.get("/customers/<int:customer_id>/group-orders/<ref>")
@requires(Permission.VIEW_USERS)
def show_order(customer_id: int, ref: str) -> ResponseReturnValue:
    """The order as it stands now; one that was just placed is waited for a moment."""
    customer, actor = get_customer(customer_id), current_actor()

    def find() -> GroupOrderView:
        return get_order(db.session(), actor, customer_id, ref)

    order = find()
    if not order.state.is_final:
        waiting.settle(lambda: find().state.is_final, order.created_at)
        order = find()
    return render_template(
        "groups/order.html",
        bar=customer_bar(db.session(), customer, Tab.GROUPS),
        order=order,
        page=order_page(db.session(), customer_id, order),
    )


@blueprint.get("/customers/<int:customer_id>/groups/<group_id>/move")
@requires(Permission.VIEW_USERS)
def choose_move(customer_id: int, group_id: str) -> ResponseReturnValue:
    """Who has the product directly as well, and who of them can be moved."""
    customer, sku_id = get_customer(customer_id), request.args.get("sku", "")
    group = get_group(db.session(), customer_id, group_id)
    found = moving.find_movable(db.session(), customer_id, group, sku_id)
    return render_template(
        "groups/move.html",
        bar=customer_bar(db.session(), customer, Tab.GROUPS),
        group=group,
        sku_id=sku_id,
        page=move_page(db.session(), customer_id, found, current_language()),
        may=current_actor().may(Permission.REVOKE_LICENSES),
        key=new_token(),
    )


@blueprint.post("/customers/<int:customer_id>/groups/<group_id>/move")
@requires(Permission.REVOKE_LICENSES)
def move_members(customer_id: int, group_id: str) -> ResponseReturnValue:
    """Plan the removal of the direct licences, and go to Review."""
    get_customer(customer_id)
    change = moving.move(
        db.session(),
        current_actor(),
        customer_id,
        group_id,
        request.form.get("sku", ""),
        key=forms.read_key(request.form),
        language=current_language(),
    )
    return redirect(url_for("changes.show_change", customer_id=customer_id, ref=change.ref), 303)


def _review(customer_id: int, group_id: str, wish: GroupWish, *problems: Problem) -> str:
    plan = plan_order(db.session(), customer_id, group_id, wish)
    group, actor = get_group(db.session(), customer_id, group_id), current_actor()
    needed = Permission.ASSIGN_LICENSES if wish.deed is GroupDeed.ASSIGN else Permission.REVOKE_LICENSES
    return render_template(
        "groups/review.html",
        bar=customer_bar(db.session(), get_customer(customer_id), Tab.GROUPS),
        group=group,
        plan=plan,
        page=review_page(db.session(), customer_id, group, plan, current_language()),
        may=actor.may(needed),
        may_buy=may_buy(actor),
        key=new_token(),
        problems=problems,
    )


def _problem(again: ShowAgain) -> Problem:
    if again is ShowAgain.NOT_UNDERSTOOD:
        return Problem(_("Tick that you understand what is lost."), "understood")
    return Problem(_("The group or its members have changed since. Check it again, then save."), "top")


def _to_order(customer_id: int, ref: str) -> ResponseReturnValue:
    return redirect(url_for("groups.show_order", customer_id=customer_id, ref=ref), 303)
