"""`/`, `/customers` and `/customers/<id>`."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from partner_center.changes.queries import list_changes
from partner_center.directory import sync_jobs
from partner_center.extensions import db
from partner_center.staff.permissions import Permission
from partner_center.web.addresses import safe_path
from partner_center.web.customers.pages import customers_page, product_lines
from partner_center.web.guards import requires, signed_in
from partner_center.web.language import current_language
from partner_center.web.request import current_actor, get_customer
from partner_center.web.shell import Tab, customer_bar
from partner_center.web.wording import _

blueprint = Blueprint("customers", __name__)
RECENT = 5


@blueprint.get("/")
@signed_in
def open_console() -> ResponseReturnValue:
    """Work begins with choosing a customer."""
    return redirect(url_for("customers.list_customers"), 302)


@blueprint.get("/customers")
@requires(Permission.VIEW_CUSTOMERS)
def list_customers() -> ResponseReturnValue:
    """The customers that the signed-in person may see."""
    page = customers_page(db.session(), current_actor(), request.args, current_language())
    return render_template("customers/list.html", page=page, here="customers")


@blueprint.get("/customers/<int:customer_id>")
@requires(Permission.VIEW_CUSTOMERS)
def show_customer(customer_id: int) -> ResponseReturnValue:
    """What the customer owns, what we may do there, and what was done last."""
    customer = get_customer(customer_id)
    actor = current_actor()
    return render_template(
        "customers/overview.html",
        bar=customer_bar(db.session(), customer, Tab.OVERVIEW),
        customer=customer,
        products=product_lines(db.session(), customer, current_language()),
        changes=list_changes(db.session(), actor, customer_id, size=RECENT).items,
        may_buy=actor.may(Permission.BUY_SEATS),
    )


@blueprint.post("/customers/<int:customer_id>/sync")
@requires(Permission.REFRESH_MIRROR)
def refresh_customer(customer_id: int) -> ResponseReturnValue:
    """Ask for a new copy of one customer, and go back."""
    get_customer(customer_id)
    sync_jobs.request_sync(db.session(), customer_id, current_actor())
    flash(_("Refresh has started. Open the page again in a few seconds."), "info")
    back = url_for("customers.show_customer", customer_id=customer_id)
    return redirect(safe_path(request.form.get("return")) or back, 303)


@blueprint.post("/customers/refresh")
@requires(Permission.REFRESH_MIRROR)
def refresh_all() -> ResponseReturnValue:
    """Ask for the list of customers and a new copy of each."""
    sync_jobs.request_sync_all(db.session(), current_actor())
    flash(_("Refresh has started. Open the page again in a minute."), "info")
    return redirect(url_for("customers.list_customers"), 303)
