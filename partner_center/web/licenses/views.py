"""Views of **Licenses**: the two lists of what is owned, and the pages of one product."""

from __future__ import annotations

from flask import jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from partner_center.directory.owned import get_product
from partner_center.extensions import db
from partner_center.licensing.values import Op
from partner_center.shared.errors import NotFound, Refusal
from partner_center.shared.ids import new_token
from partner_center.staff.permissions import Permission
from partner_center.web.guards import requires
from partner_center.web.language import current_language
from partner_center.web.licenses import holders, owned, saving
from partner_center.web.licenses.area import blueprint
from partner_center.web.licenses.holders import HoldersDesk
from partner_center.web.licenses.people import bar_of, people_page
from partner_center.web.licenses.product import product_head
from partner_center.web.problems import Problem
from partner_center.web.request import current_actor, get_customer
from partner_center.web.shell import Tab, customer_bar
from partner_center.web.ticks import read_json_ticks, read_ticks
from partner_center.web.transaction import note_refusal
from partner_center.web.wording import _


@blueprint.get("/customers/<int:customer_id>/licenses")
@requires(Permission.VIEW_CUSTOMERS)
def list_products(customer_id: int) -> ResponseReturnValue:
    """What the customer owns: a row for each product."""
    customer = get_customer(customer_id)
    return render_template(
        "licenses/products.html",
        bar=customer_bar(db.session(), customer, Tab.LICENSES),
        page=owned.products_page(db.session(), customer_id, request.args, current_language()),
        may_assign=current_actor().may(Permission.ASSIGN_LICENSES),
    )


@blueprint.get("/customers/<int:customer_id>/licenses/subscriptions")
@requires(Permission.VIEW_CUSTOMERS)
def list_subscriptions(customer_id: int) -> ResponseReturnValue:
    """**Your products**: a row for each subscription."""
    customer = get_customer(customer_id)
    return render_template(
        "licenses/subscriptions.html",
        bar=customer_bar(db.session(), customer, Tab.LICENSES),
        page=owned.subscriptions_page(db.session(), customer_id, request.args, current_language()),
    )


@blueprint.get("/customers/<int:customer_id>/licenses/<sku_id>")
@requires(Permission.VIEW_USERS)
def show_product(customer_id: int, sku_id: str) -> ResponseReturnValue:
    """Who has the product, a page at a time."""
    desk = _holders(customer_id, sku_id)
    nobody = "nobody" in request.args and not desk.members()
    problem = Problem(_("Select at least one user."), "holders-table")
    return _show_product(desk, request.args, (problem,) if nobody else ())


@blueprint.post("/customers/<int:customer_id>/licenses/<sku_id>")
@requires(Permission.SELECT_USERS)
def tick_holders(customer_id: int, sku_id: str) -> ResponseReturnValue:
    """Store the ticks of the page and do what the button says; **Unassign** goes on to Review."""
    desk = _holders(customer_id, sku_id)
    if request.form.get("go") != "unassign":
        return redirect(holders.store(desk, request.form), 303)
    if again := saving.saved_before(desk, request.form.get("key", ""), Op.REVOKE):
        return again
    desk.change(read_ticks(request.form))
    members = desk.members()
    if not members:  # a redirect, not a 422: what was unticked must stay stored
        return redirect(holders.nobody_address(desk, holders.read_query(request.form)), 303)
    try:
        return saving.save(desk, members, holders.wish_to_unassign(sku_id), request.form)
    except NotFound:
        raise
    except Refusal as refusal:
        note_refusal(str(refusal), actor=desk.actor, customer_id=customer_id)
        return _show_product(desk, request.form, (Problem(_(str(refusal))),)), refusal.status


@blueprint.post("/customers/<int:customer_id>/licenses/<sku_id>/ticks")
@requires(Permission.SELECT_USERS)
def send_holder_ticks(customer_id: int, sku_id: str) -> ResponseReturnValue:
    """Store single ticks for the script; the list's filter is in the query string."""
    desk = _holders(customer_id, sku_id)
    desk.change(read_json_ticks(request.get_json(silent=True)))
    members = desk.members()
    shown = desk.matching(holders.read_query(request.args)).intersection_cardinality(members)
    bar = bar_of(desk.chosen(), members, shown)
    return jsonify(count=bar.count, text=bar.text, label=_("Show selected only"))


def _holders(customer_id: int, sku_id: str) -> HoldersDesk:
    """The desk of the signed-in person at this product. Raises NotFound for what is not owned."""
    customer = get_customer(customer_id)
    get_product(db.session(), customer.id, sku_id)
    return HoldersDesk(db.session(), current_actor(), customer.id, sku_id)


def _show_product(desk: HoldersDesk, asked: MultiDict[str, str], problems: tuple[Problem, ...] = ()) -> str:
    customer, language = get_customer(desk.customer_id), current_language()
    return render_template(
        "licenses/product.html",
        bar=customer_bar(db.session(), customer, Tab.LICENSES),
        head=product_head(db.session(), desk.actor, customer.id, desk.sku_id, language),
        page=people_page(desk, holders.read_query(asked), language),
        key=asked.get("key") or new_token(),
        problems=problems,
    )
