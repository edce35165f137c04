"""Views of **Manage licenses**: the page, its buttons, who has a product, the services inside one."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from partner_center.changes.assigned import assigned
from partner_center.changes.draft import set_draft
from partner_center.changes.service_plans import PlansView, plans_view
from partner_center.extensions import db
from partner_center.licensing.values import Wish
from partner_center.shared.errors import NotFound, Refusal
from partner_center.staff.permissions import Permission
from partner_center.web.arguments import page_number
from partner_center.web.gates import sentence_of
from partner_center.web.guards import requires
from partner_center.web.language import current_language
from partner_center.web.lists import pager_of
from partner_center.web.manage import forms, page, plans, steps
from partner_center.web.manage.desk import Desk, open_desk
from partner_center.web.problems import Problem
from partner_center.web.shell import Tab, customer_bar
from partner_center.web.transaction import note_refusal
from partner_center.web.wording import _

blueprint = Blueprint("manage", __name__)


@blueprint.get("/customers/<int:customer_id>/manage")
@requires(Permission.ASSIGN_LICENSES)
def manage_licenses(customer_id: int) -> ResponseReturnValue:
    """The products of the customer over the selected users."""
    return _show(open_desk(customer_id))


@blueprint.post("/customers/<int:customer_id>/manage")
@requires(Permission.ASSIGN_LICENSES)
def press_button(customer_id: int) -> ResponseReturnValue:
    """Keep what is set, then do what the pressed button says."""
    desk, step = open_desk(customer_id), forms.step_of(request.form)
    if (again := steps.saved_before(step, desk, request.form)) is not None:
        return again
    asked = forms.read_wish(request.form, desk.matrix().rows, desk.wish)
    if forms.asks_location(request.form):
        desk.actor.demand(Permission.SET_USAGE_LOCATION)
    problems = asked.problems or steps.check(step, desk, asked.wish, request.form)
    if problems:
        return _refuse(desk, asked.wish, problems, 422)
    try:
        return steps.take(step, desk, asked.wish, request.form)
    except NotFound:
        raise
    except Refusal as refusal:
        return _refuse(desk, asked.wish, (Problem(sentence_of(refusal, customer_id)),), refusal.status)


@blueprint.get("/customers/<int:customer_id>/manage/<sku_id>/assigned")
@requires(Permission.ASSIGN_LICENSES)
def list_assigned(customer_id: int, sku_id: str) -> ResponseReturnValue:
    """The selected users who already have the product."""
    desk = open_desk(customer_id)
    view = assigned(
        db.session(),
        desk.actor,
        customer_id,
        desk.chosen.members,
        sku_id,
        language=current_language(),
        page=page_number(request.args),
        size=page.LISTED,
    )
    return render_template(
        "manage/assigned.html",
        bar=customer_bar(db.session(), desk.customer, Tab.USERS),
        view=view,
        pager=pager_of(view.users),
        page_url=lambda number: url_for(
            "manage.list_assigned", customer_id=customer_id, sku_id=sku_id, page=number
        ),
    )


@blueprint.post("/customers/<int:customer_id>/manage/<sku_id>/assigned")
@requires(Permission.SELECT_USERS)
def narrow_selection(customer_id: int, sku_id: str) -> ResponseReturnValue:
    """Keep only those selected who have the product, or only the others."""
    desk = open_desk(customer_id)
    keeps = forms.step_of(request.form).name != "drop"
    return redirect(steps.narrow(desk, sku_id, keep_holders=keeps), 303)


@blueprint.get("/customers/<int:customer_id>/manage/<sku_id>/plans")
@requires(Permission.ASSIGN_LICENSES)
def show_plans(customer_id: int, sku_id: str) -> ResponseReturnValue:
    """The services inside a product: on, off or mixed over those who have or get it."""
    return _show_plans(open_desk(customer_id), sku_id)


@blueprint.post("/customers/<int:customer_id>/manage/<sku_id>/plans")
@requires(Permission.CHANGE_SERVICE_PLANS)
def keep_plans(customer_id: int, sku_id: str) -> ResponseReturnValue:
    """Keep the choice in the draft and go back to the product's row."""
    desk = open_desk(customer_id)
    view = _plans_view(desk, sku_id)
    wish = forms.read_plans(request.form, view, desk.wish.product(sku_id))
    if wish is None:
        problem = Problem(_("That service can't be set here. Choose from the list."))
        note_refusal(problem.text, actor=desk.actor, customer_id=customer_id)
        return _show_plans(desk, sku_id, (problem,)), 422
    set_draft(db.session(), desk.actor, customer_id, desk.wish.with_product(sku_id, wish))
    return redirect(steps.row_url(customer_id, sku_id), 303)


def _refuse(desk: Desk, wish: Wish, problems: tuple[Problem, ...], status: int) -> ResponseReturnValue:
    """The form as it was sent, with what is wrong above it; the audit keeps that it was refused."""
    note_refusal(problems[0].text, actor=desk.actor, customer_id=desk.customer.id)
    return _show(desk, wish, problems), status


def _show_plans(desk: Desk, sku_id: str, problems: tuple[Problem, ...] = ()) -> str:
    view = _plans_view(desk, sku_id)
    return render_template(
        "manage/plans.html",
        bar=customer_bar(db.session(), desk.customer, Tab.USERS),
        view=view,
        lines=plans.plan_lines(view),
        holders=plans.holders_text(view),
        problems=problems,
    )


def _plans_view(desk: Desk, sku_id: str) -> PlansView:
    return plans_view(
        db.session(),
        desk.actor,
        desk.customer.id,
        desk.chosen.members,
        desk.wish,
        sku_id=sku_id,
        language=current_language(),
    )


def _show(desk: Desk, wish: Wish | None = None, problems: tuple[Problem, ...] = ()) -> str:
    bar = customer_bar(db.session(), desk.customer, Tab.USERS)
    if not desk.chosen.members:
        return render_template("manage/nobody.html", bar=bar)
    made = page.build(desk, desk.matrix(wish), key=request.form.get("key", ""))
    return render_template("manage/show.html", bar=bar, page=made, problems=problems)
