"""`/audit` and `/customers/<id>/activity`, each as a page and as a table."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from partner_center.customers.models import Customer
from partner_center.extensions import db
from partner_center.staff.permissions import Permission
from partner_center.web.audit.downloads import table_response
from partner_center.web.audit.page import activity_page, asked_of, question_of, sight_of
from partner_center.web.guards import requires, signed_in
from partner_center.web.request import current_actor, get_customer
from partner_center.web.shell import Tab, customer_bar
from partner_center.web.transaction import note_export

blueprint = Blueprint("audit", __name__)


@blueprint.get("/audit")
@signed_in
def show_activity() -> ResponseReturnValue:
    """What everybody did, or what one did oneself."""
    page = activity_page(db.session(), current_actor(), request.args)
    return render_template("audit/activity.html", page=page, here="activity")


@blueprint.get("/audit.csv")
@signed_in
def download_activity() -> ResponseReturnValue:
    """The same as a table, all of it."""
    return _download(None)


@blueprint.get("/customers/<int:customer_id>/activity")
@requires(Permission.VIEW_CUSTOMERS)
def customer_activity(customer_id: int) -> ResponseReturnValue:
    """What was done for one customer."""
    customer = get_customer(customer_id)
    page = activity_page(db.session(), current_actor(), request.args, customer)
    bar = customer_bar(db.session(), customer, Tab.ACTIVITY)
    return render_template("audit/customer.html", page=page, bar=bar)


@blueprint.get("/customers/<int:customer_id>/activity.csv")
@requires(Permission.VIEW_CUSTOMERS)
def download_customer_activity(customer_id: int) -> ResponseReturnValue:
    """The same as a table, all of it."""
    return _download(get_customer(customer_id))


def _download(customer: Customer | None) -> ResponseReturnValue:
    actor = current_actor()
    asked = asked_of(db.session(), actor, question_of(request.args), customer)
    note_export(actor, "activity", customer_id=customer.id if customer else None)
    return table_response(actor, sight_of(actor), asked)
