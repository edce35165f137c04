"""Views of **Take over**: what it means, for whom it is, and the deed."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from partner_center.directory.owned import get_product
from partner_center.extensions import db
from partner_center.jobs.context import job_sessions
from partner_center.purchasing import taking_over
from partner_center.purchasing.service import may_buy
from partner_center.shared.errors import NotFound, Refusal
from partner_center.staff.permissions import Permission
from partner_center.web.gates import role_gate, sentence_of
from partner_center.web.guards import requires
from partner_center.web.language import current_language
from partner_center.web.licenses.area import blueprint
from partner_center.web.licenses.product import product_head
from partner_center.web.problems import Problem
from partner_center.web.request import cloud, current_actor, get_customer
from partner_center.web.shell import Tab, customer_bar
from partner_center.web.transaction import locks_late, note_refusal
from partner_center.web.wording import _


@blueprint.get("/customers/<int:customer_id>/licenses/<sku_id>/take-over")
@requires(Permission.VIEW_USERS)
def confirm_takeover(customer_id: int, sku_id: str) -> ResponseReturnValue:
    """What taking it over means; others read who can."""
    return _show(customer_id, sku_id)


@blueprint.post("/customers/<int:customer_id>/licenses/<sku_id>/take-over")
@requires(Permission.BUY_SEATS)
@locks_late
def take_over(customer_id: int, sku_id: str) -> ResponseReturnValue:
    """Take over the subscriptions of the product that users bought."""
    customer, actor = get_customer(customer_id), current_actor()
    name = get_product(db.session(), customer.id, sku_id, current_language()).name
    db.session().rollback()
    try:
        taking_over.take_over(job_sessions(db.engine), cloud(), actor, customer_id, sku_id)
    except NotFound:
        raise
    except Refusal as refusal:
        note_refusal(str(refusal), actor=actor, customer_id=customer_id, subject=sku_id)
        problem = Problem(sentence_of(refusal, customer_id))
        return _show(customer_id, sku_id, (problem,)), refusal.status
    flash(_("%(product)s is the organization's now. It can be assigned like any other.", product=name), "ok")
    return redirect(url_for("licenses.show_product", customer_id=customer_id, sku_id=sku_id), 303)


def _show(customer_id: int, sku_id: str, problems: tuple[Problem, ...] = ()) -> str:
    customer, actor, session = get_customer(customer_id), current_actor(), db.session()
    head = product_head(session, actor, customer.id, sku_id, current_language())
    return render_template(
        "licenses/take_over.html",
        bar=customer_bar(session, customer, Tab.LICENSES),
        head=head,
        bought=len(taking_over.bought_by_users(session, customer.id, sku_id)),
        closed="" if may_buy(actor) else role_gate(Permission.BUY_SEATS, customer.id).sentence,
        problems=problems,
    )
