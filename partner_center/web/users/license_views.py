"""What the buttons of **Licenses and apps** do. The person's page itself is `users.show_user`."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from partner_center.changes.draft import set_draft
from partner_center.changes.service import find_saved, submit
from partner_center.directory.desks import several_desk
from partner_center.extensions import db
from partner_center.licensing.swaps import Mode
from partner_center.licensing.values import Wish
from partner_center.shared.errors import NotFound, Refusal
from partner_center.staff.permissions import Permission
from partner_center.web.form_keys import fingerprint
from partner_center.web.gates import sentence_of
from partner_center.web.guards import requires
from partner_center.web.language import current_language
from partner_center.web.one_user import copying, forms
from partner_center.web.one_user.desk import UserDesk, open_desk
from partner_center.web.problems import Problem
from partner_center.web.reasons import names
from partner_center.web.request import current_actor, get_customer
from partner_center.web.transaction import note_refusal
from partner_center.web.users import showing
from partner_center.web.users.views import blueprint
from partner_center.web.wording import _


@blueprint.post("/customers/<int:customer_id>/users/<int:number>/licenses")
@requires(Permission.ASSIGN_LICENSES)
def change_licenses(customer_id: int, number: int) -> ResponseReturnValue:
    """Keep what is set, then do what the pressed button says."""
    get_customer(customer_id)
    desk, form = open_desk(db.session(), current_actor(), customer_id, number), request.form
    go, _colon, target = form.get("go", "keep").partition(":")
    key = fingerprint(form)
    if go == "save" and (saved := find_saved(desk.session, desk.actor, customer_id, key)):
        return _to_change(customer_id, saved.ref)
    wish, problems = forms.read_wish(form, desk)
    problems = problems or (forms.check(form, desk, wish) if go == "save" else ())
    if problems:
        return _refuse(desk, wish, problems, 422)
    try:
        return _save(desk, wish, key) if go == "save" else redirect(_do(desk, wish, go, target), 303)
    except NotFound:
        raise
    except Refusal as refusal:
        return _refuse(desk, wish, (Problem(sentence_of(refusal, customer_id)),), refusal.status)


@blueprint.post("/customers/<int:customer_id>/users/<int:number>/copy")
@requires(Permission.ASSIGN_LICENSES)
def copy_licenses(customer_id: int, number: int) -> ResponseReturnValue:
    """Tick what this person has, with the apps that are off, for whoever is to get the same."""
    get_customer(customer_id)
    desk = open_desk(db.session(), current_actor(), customer_id, number)
    wish, left = copying.copied(desk)
    who, target = desk.user.display_name, several_desk(Mode.MORE)
    if wish.is_empty:
        flash(_("%(name)s has no license that can be given to others.", name=who), "warn")
        return redirect(url_for("users.show_user", customer_id=customer_id, number=number), 303)
    set_draft(desk.session, desk.actor, customer_id, wish, desk=target)
    flash(_("What %(name)s has is ticked below. Choose who gets the same, then save.", name=who), "ok")
    if left:
        flash(_("Can't be given to others: %(names)s.", names=names(left, shown=5)), "info")
    return redirect(url_for("several.choose_products", customer_id=customer_id, mode=Mode.MORE.value), 303)


def _save(desk: UserDesk, wish: Wish, key: str) -> ResponseReturnValue:
    """Saved or planned; what is planned is kept here too, for **Back to editing**."""
    desk.keep(wish)
    change = submit(
        desk.session,
        desk.actor,
        desk.customer_id,
        desk.members,
        wish,
        key=key,
        language=current_language(),
        desk=desk.name,
    )
    return _to_change(desk.customer_id, change.ref)


def _do(desk: UserDesk, wish: Wish, go: str, target: str) -> str:
    """The other buttons; an unknown one only keeps what is set."""
    here = "users.show_user"
    place: dict[str, Any] = {"customer_id": desk.customer_id, "number": desk.user.number}
    if go == "reset":
        desk.forget()
        return url_for(here, **place, _anchor="licenses")
    desk.keep(wish)
    if go != "buy":
        return url_for(here, **place, _anchor="licenses")
    back = url_for(here, **place, _anchor=f"p-{target}")
    asked: dict[str, Any] = {"sku": target, "add": 1, "return": back}
    return url_for("purchases.start_order", customer_id=desk.customer_id, **asked)


def _to_change(customer_id: int, ref: str) -> ResponseReturnValue:
    return redirect(url_for("changes.show_change", customer_id=customer_id, ref=ref), 303)


def _refuse(desk: UserDesk, wish: Wish, problems: tuple[Problem, ...], status: int) -> ResponseReturnValue:
    """The form as it was sent, with what is wrong above it; the audit keeps that it was refused."""
    note_refusal(problems[0].text, actor=desk.actor, customer_id=desk.customer_id)
    return showing.show(desk.customer_id, desk.user.number, wish, problems), status
