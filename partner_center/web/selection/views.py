"""`/customers/<id>/selected` and its list of addresses."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from partner_center.directory import selection
from partner_center.extensions import db
from partner_center.staff.permissions import Permission
from partner_center.web.address_form import AddressForm
from partner_center.web.arguments import page_number
from partner_center.web.guards import requires
from partner_center.web.language import current_language
from partner_center.web.problems import Problem, problems_of
from partner_center.web.request import current_actor, get_customer
from partner_center.web.selection import deeds
from partner_center.web.selection.page import selected_page
from partner_center.web.shell import Tab, customer_bar
from partner_center.web.wording import _

blueprint = Blueprint("selection", __name__)


@blueprint.get("/customers/<int:customer_id>/selected")
@requires(Permission.VIEW_USERS)
def show_selected(customer_id: int) -> ResponseReturnValue:
    """Only the selected users, by name."""
    customer = get_customer(customer_id)
    chosen = selection.get_selection(db.session(), current_actor(), customer_id)
    nobody = "nobody" in request.args and not chosen.members
    return render_template(
        "selection/selected.html",
        bar=customer_bar(db.session(), customer, Tab.USERS),
        page=selected_page(db.session(), customer_id, chosen, page_number(request.args), current_language()),
        manages=current_actor().may(Permission.MANAGE_USERS),
        problems=(Problem(_("Select at least one user.")),) if nobody else (),
    )


@blueprint.post("/customers/<int:customer_id>/selected")
@requires(Permission.SELECT_USERS)
def change_selected(customer_id: int) -> ResponseReturnValue:
    """Take the unticked out, do what the button says, and go there."""
    get_customer(customer_id)
    return redirect(deeds.store(db.session(), current_actor(), customer_id, request.form), 303)


@blueprint.get("/customers/<int:customer_id>/selected/add")
@requires(Permission.SELECT_USERS)
def add_by_list(customer_id: int) -> ResponseReturnValue:
    """The boxes for a list of addresses."""
    customer = get_customer(customer_id)
    bar = customer_bar(db.session(), customer, Tab.USERS)
    return render_template("selection/add.html", bar=bar, form=AddressForm())


@blueprint.post("/customers/<int:customer_id>/selected/add")
@requires(Permission.SELECT_USERS)
def select_list(customer_id: int) -> ResponseReturnValue:
    """Select whom the addresses name, and say which of them name nobody."""
    customer = get_customer(customer_id)
    bar = customer_bar(db.session(), customer, Tab.USERS)
    form = AddressForm()
    given = form.read()
    if given is None:
        return render_template("selection/add.html", bar=bar, form=form, problems=problems_of(form)), 422
    added = deeds.add_addresses(db.session(), current_actor(), customer_id, given)
    return render_template("selection/added.html", bar=bar, added=added)
