"""Views of **Buy more**: choose, confirm, order, and what became of it."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from partner_center.changes.promises import stakes
from partner_center.extensions import db
from partner_center.purchasing.queries import Growth, OrderView, find_growable, get_order
from partner_center.purchasing.service import may_buy, order_seats
from partner_center.shared.ids import new_token
from partner_center.staff.permissions import Permission
from partner_center.web import waiting
from partner_center.web.gates import role_gate
from partner_center.web.guards import requires
from partner_center.web.problems import Problem
from partner_center.web.promised import promised_text
from partner_center.web.purchases import forms, page
from partner_center.web.request import cloud, current_actor, get_customer
from partner_center.web.shell import Tab, customer_bar
from partner_center.web.transaction import lock, locks_late, note_refusal

blueprint = Blueprint("purchases", __name__)


@blueprint.get("/customers/<int:customer_id>/purchases/new")
@requires(Permission.VIEW_USERS)
def start_order(customer_id: int) -> ResponseReturnValue:
    """Which subscription, how many; with `confirm`, what that commits to. Others read who can buy."""
    customer = get_customer(customer_id)
    asked = forms.read_order(request.args)
    if not may_buy(current_actor()):
        return _who_can(customer_id, asked)
    growth = find_growable(db.session(), current_actor(), customer.id, asked.sku_id, cloud())
    return _form(customer_id, growth, asked, forms.problems_of(asked, growth) if asked.confirmed else ())


@blueprint.post("/customers/<int:customer_id>/purchases/new")
@requires(Permission.BUY_SEATS)
@locks_late
def place_order(customer_id: int) -> ResponseReturnValue:
    """Order what was confirmed; the same form sent twice is one order."""
    customer, actor = get_customer(customer_id), current_actor()
    asked = forms.read_order(request.form)
    growth = find_growable(db.session(), actor, customer.id, asked.sku_id, cloud())
    problems = forms.problems_of(asked, growth)
    key = request.form.get("key", "")
    target = forms.chosen(asked, growth)
    lock()
    if problems or target is None or asked.add is None or not 0 < len(key) <= forms.LONGEST_KEY:
        note_refusal("order not complete", actor=actor, customer_id=customer_id)
        return _form(customer_id, growth, asked, problems), 422
    order = order_seats(
        db.session(),
        actor,
        customer.id,
        target,
        sku_id=asked.sku_id,
        add=asked.add,
        key=key,
        return_to=asked.back,
    )
    return redirect(url_for("purchases.show_order", customer_id=customer_id, ref=order.ref), 303)


@blueprint.get("/customers/<int:customer_id>/purchases/<ref>")
@requires(Permission.VIEW_USERS)
def show_order(customer_id: int, ref: str) -> ResponseReturnValue:
    """The order as it stands now; one that was just placed is waited for."""
    customer, actor = get_customer(customer_id), current_actor()

    def look() -> OrderView:
        return get_order(db.session(), actor, customer_id, ref)

    order = look()
    if not order.finished:
        waiting.settle(lambda: look().finished, order.created_at)
        order = look()
    return render_template(
        "purchases/order.html",
        bar=customer_bar(db.session(), customer, Tab.OVERVIEW),
        order=order,
        page=page.order_page(order, stakes(db.session(), customer_id).get(order.sku_id)),
    )


def _form(customer_id: int, growth: Growth, asked: forms.Asked, problems: tuple[Problem, ...]) -> str:
    target = forms.chosen(asked, growth)
    confirming = asked.confirmed and not problems and target is not None and asked.add is not None
    seats = stakes(db.session(), customer_id)[growth.sku_id]
    return render_template(
        "purchases/confirm.html" if confirming else "purchases/new.html",
        bar=customer_bar(db.session(), get_customer(customer_id), Tab.OVERVIEW),
        growth=growth,
        seats=seats,
        promised=promised_text(seats.promised),
        asked=asked,
        offers=[page.offer(each) for each in growth.subscriptions],
        target=page.offer(target) if target else None,
        commitment=page.commitment(target, asked.add) if target and asked.add else None,
        back=asked.back or url_for("customers.show_customer", customer_id=customer_id),
        key=new_token(),
        problems=problems,
    )


def _who_can(customer_id: int, asked: forms.Asked) -> str:
    return render_template(
        "purchases/who.html",
        bar=customer_bar(db.session(), get_customer(customer_id), Tab.OVERVIEW),
        closed=role_gate(Permission.BUY_SEATS, customer_id),
        back=asked.back or url_for("customers.show_customer", customer_id=customer_id),
    )
