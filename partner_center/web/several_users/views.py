"""Views of **Manage product licenses** for the selected users."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from partner_center.changes.service import find_saved
from partner_center.extensions import db
from partner_center.licensing.values import Wish
from partner_center.shared.errors import NotFound, Refusal
from partner_center.shared.ids import new_token
from partner_center.staff.permissions import Permission
from partner_center.web import arguments
from partner_center.web.form_keys import fingerprint
from partner_center.web.gates import sentence_of
from partner_center.web.guards import requires
from partner_center.web.people_found import suggestions
from partner_center.web.problems import Problem
from partner_center.web.request import current_actor, get_customer
from partner_center.web.several_users import forms, page, steps
from partner_center.web.several_users.desk import SeveralDesk
from partner_center.web.shell import Tab, customer_bar
from partner_center.web.transaction import note_refusal

blueprint = Blueprint("several", __name__)


@blueprint.get("/customers/<int:customer_id>/selected/licenses")
@requires(Permission.ASSIGN_LICENSES)
def choose_products(customer_id: int) -> ResponseReturnValue:
    """The modes, the people and the products."""
    desk = _desk(customer_id, request.args.get("mode"))
    return _show(desk, desk.wish(), request.args)


@blueprint.post("/customers/<int:customer_id>/selected/licenses")
@requires(Permission.ASSIGN_LICENSES)
def press_button(customer_id: int) -> ResponseReturnValue:
    """Keep what is set, then do what the pressed button says."""
    form = request.form
    desk, saves, key = _desk(customer_id, form.get("mode")), form.get("go") == "save", fingerprint(form)
    if saves and (saved := find_saved(desk.session, desk.actor, customer_id, key)):
        return redirect(url_for("changes.show_change", customer_id=customer_id, ref=saved.ref), 303)
    wish, problems = forms.read_wish(form, desk)
    problems = problems or (forms.check(form, desk, wish) if saves else ())
    if problems:
        return _refuse(desk, wish, problems, 422)
    try:
        return redirect(steps.save(desk, wish, key) if saves else steps.take(desk, wish, form), 303)
    except NotFound:
        raise
    except Refusal as refusal:
        return _refuse(desk, wish, (Problem(sentence_of(refusal, customer_id)),), refusal.status)


@blueprint.get("/customers/<int:customer_id>/selected/licenses/people.json")
@requires(Permission.ASSIGN_LICENSES)
def suggest_people(customer_id: int) -> ResponseReturnValue:
    """The first people who match what is being typed, for the script."""
    return suggestions(_desk(customer_id, None), arguments.text(request.args, "q"))


def _desk(customer_id: int, mode: str | None) -> SeveralDesk:
    customer = get_customer(customer_id)
    return SeveralDesk(db.session(), current_actor(), customer.id, forms.mode_of(mode))


def _refuse(desk: SeveralDesk, wish: Wish, problems: tuple[Problem, ...], status: int) -> ResponseReturnValue:
    """The form as it was sent, with what is wrong above it; the audit keeps that it was refused."""
    note_refusal(problems[0].text, actor=desk.actor, customer_id=desk.customer_id)
    return _show(desk, wish, request.form, problems), status


def _show(
    desk: SeveralDesk, wish: Wish, asked: MultiDict[str, str], problems: tuple[Problem, ...] = ()
) -> str:
    search = arguments.text(asked, "shown" if asked is request.form else "q")
    return render_template(
        "several/products.html",
        bar=customer_bar(db.session(), get_customer(desk.customer_id), Tab.USERS),
        page=page.build(desk, wish, search, arguments.page_number(asked)),
        key=asked.get("key") or new_token(),
        problems=problems,
    )
