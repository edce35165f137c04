"""`/customers/<id>/users` and what hangs below it."""

from __future__ import annotations

from flask import Blueprint, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue

from partner_center.directory import listing, selection
from partner_center.extensions import db
from partner_center.staff.permissions import Permission
from partner_center.web.guards import requires
from partner_center.web.language import current_language
from partner_center.web.problems import Problem
from partner_center.web.request import current_actor, get_customer
from partner_center.web.shell import Tab, customer_bar
from partner_center.web.ticks import read_json_ticks
from partner_center.web.user_filters import read_query, to_filter
from partner_center.web.users import deeds, showing
from partner_center.web.users.page import selection_bar, users_page
from partner_center.web.wording import _

blueprint = Blueprint("users", __name__)


@blueprint.get("/customers/<int:customer_id>/users")
@requires(Permission.VIEW_USERS)
def list_users(customer_id: int) -> ResponseReturnValue:
    """A page of the customer's users."""
    customer = get_customer(customer_id)
    chosen = selection.get_selection(db.session(), current_actor(), customer_id)
    page = users_page(db.session(), customer, read_query(request.args), chosen, current_language())
    nobody = "nobody" in request.args and not chosen.members
    return render_template(
        "users/list.html",
        bar=customer_bar(db.session(), customer, Tab.USERS),
        page=page,
        manages=current_actor().may(Permission.MANAGE_USERS),
        problems=(Problem(_("Select at least one user."), "users-table"),) if nobody else (),
    )


@blueprint.post("/customers/<int:customer_id>/users/selection")
@requires(Permission.SELECT_USERS)
def store_selection(customer_id: int) -> ResponseReturnValue:
    """Store the ticks of the page, do what the button says, and go there."""
    get_customer(customer_id)
    return redirect(deeds.store(db.session(), current_actor(), customer_id, request.form), 303)


@blueprint.post("/customers/<int:customer_id>/users/selection/ticks")
@requires(Permission.SELECT_USERS)
def send_ticks(customer_id: int) -> ResponseReturnValue:
    """Store single ticks for the script; the list's filter is in the query string."""
    get_customer(customer_id)
    ticks = read_json_ticks(request.get_json(silent=True))
    chosen = selection.change(db.session(), current_actor(), customer_id, add=ticks.add, remove=ticks.remove)
    wanted = to_filter(read_query(request.args), chosen.members)
    matching = listing.matching(db.session(), customer_id, wanted)
    bar = selection_bar(chosen, len(matching), len(matching & chosen.members))
    return jsonify(count=bar.count, text=bar.text, label=bar.label)


@blueprint.get("/customers/<int:customer_id>/users/<int:number>")
@requires(Permission.VIEW_USERS)
def show_user(customer_id: int, number: int) -> ResponseReturnValue:
    """One user: their licenses and apps to change, the rest to read."""
    return showing.show(customer_id, number)
