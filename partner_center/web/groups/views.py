"""Views of **Groups**: the list, a group's page, and what it could give."""

from __future__ import annotations

from flask import abort, render_template, request
from flask.typing import ResponseReturnValue

from partner_center.changes.situation import look
from partner_center.directory.groups import get_group
from partner_center.extensions import db
from partner_center.groups.queries import latest_orders
from partner_center.groups.service import may_order
from partner_center.purchasing.service import may_buy
from partner_center.shared.ids import new_token
from partner_center.staff.permissions import Permission
from partner_center.web import arguments
from partner_center.web.groups import forms, listed, order_page
from partner_center.web.groups.area import blueprint
from partner_center.web.groups.page import Show, group_page
from partner_center.web.guards import requires
from partner_center.web.language import current_language
from partner_center.web.request import current_actor, get_customer
from partner_center.web.shell import Tab, customer_bar


@blueprint.get("/customers/<int:customer_id>/groups")
@requires(Permission.VIEW_CUSTOMERS)
def list_groups(customer_id: int) -> ResponseReturnValue:
    """The groups that hand out licences."""
    customer = get_customer(customer_id)
    return render_template(
        "groups/list.html",
        bar=customer_bar(db.session(), customer, Tab.GROUPS),
        page=listed.groups_page(db.session(), customer_id, current_language()),
    )


@blueprint.get("/customers/<int:customer_id>/groups/<group_id>")
@requires(Permission.VIEW_USERS)
def show_group(customer_id: int, group_id: str) -> ResponseReturnValue:
    """What one group gives, and its members a page at a time."""
    customer, actor = get_customer(customer_id), current_actor()
    show = arguments.one_of(request.args, "show", Show.ALL)
    number = arguments.page_number(request.args)
    orders = latest_orders(db.session(), customer_id, group_id)
    return render_template(
        "groups/group.html",
        bar=customer_bar(db.session(), customer, Tab.GROUPS),
        page=group_page(
            db.session(), customer_id, group_id, show=show, page=number, language=current_language()
        ),
        orders=[(order, order_page.what_of(order), order_page.short_state(order)) for order in orders],
        may=may_order(actor, customer),
        may_buy=may_buy(actor),
        key=new_token(),
    )


@blueprint.get("/customers/<int:customer_id>/groups/<group_id>/assign")
@requires(Permission.VIEW_USERS)
def choose_product(customer_id: int, group_id: str) -> ResponseReturnValue:
    """Which product the group shall give; with `sku`, which of its services."""
    customer, sku_id = get_customer(customer_id), request.args.get("sku", "")
    group = get_group(db.session(), customer_id, group_id)
    offered = forms.offers(db.session(), customer_id, group, current_language())
    chosen = next((offer for offer in offered if offer.sku_id == sku_id), None)
    if sku_id and chosen is None:
        abort(404)
    product = look(db.session(), customer_id).context.products[sku_id] if chosen else None
    return render_template(
        "groups/assign.html",
        bar=customer_bar(db.session(), customer, Tab.GROUPS),
        group=group,
        offers=offered,
        chosen=chosen,
        services=forms.services(db.session(), product, current_language()) if product else [],
    )
