"""`/sign-in/code` and `/sign-in/set-up`: the second factor, asked for after a right password."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

import segno
from flask import Blueprint, g, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import Unauthorized

from partner_center.audit import service as audit
from partner_center.audit.service import Action
from partner_center.extensions import db
from partner_center.staff import second_factor
from partner_center.staff.models import StaffMember
from partner_center.staff.queries import actor_of, get_member
from partner_center.web import transaction
from partner_center.web.auth import tries
from partner_center.web.auth.door import home, let_in, target
from partner_center.web.auth.forms import CodeForm
from partner_center.web.guards import at_the_door
from partner_center.web.problems import Problem, problems_of
from partner_center.web.request import find_waiting, vault


@dataclass(frozen=True, slots=True)
class QrCode:
    """A square of `size` modules with its margin, and the path of the dark ones."""

    size: int
    path: str


def register(blueprint: Blueprint) -> None:
    """Add these views to those of signing in."""
    blueprint.get("/sign-in/code")(ask_code)
    blueprint.post("/sign-in/code")(check_code)
    blueprint.get("/sign-in/set-up")(show_set_up)
    blueprint.post("/sign-in/set-up")(confirm_set_up)


@at_the_door
def ask_code() -> ResponseReturnValue:
    """The form for a code."""
    if not second_factor.is_set_up(db.session(), _waiting().id):
        return redirect(url_for("auth.show_set_up", next=target() or None), 303)
    return _ask(CodeForm(formdata=None, next=target() or ""))


@at_the_door
@transaction.locks_late  # the try is counted in a transaction of its own
def check_code() -> ResponseReturnValue:
    """Sign in with a right code, once; one sentence for a wrong code and a used one."""
    form, member = CodeForm(), _waiting()
    if not form.validate_on_submit():
        return _ask(form, *problems_of(form)), 422
    if not tries.may_try_code(member):
        _refuse(member, "too many tries")
        return _ask(form, Problem(tries.too_many(), form.code.id)), tries.TOO_MANY
    transaction.lock()
    member = get_member(db.session(), member.id, lock=True)
    proof = second_factor.prove(db.session(), vault(), member.id, form.code.data)
    if proof is None or not _still_waiting():
        _refuse(member, "wrong code")
        return _ask(form, Problem(_("This code is not right, or was used already."), form.code.id)), 422
    tries.code_was_right(member)
    return let_in(member, how=f"password, {proof}")


@at_the_door
def show_set_up() -> ResponseReturnValue:
    """The key for the app, as a picture and as text, until it is confirmed."""
    if second_factor.is_set_up(db.session(), _waiting().id):
        return redirect(url_for("auth.ask_code", next=target() or None), 303)
    return _set_up(CodeForm(formdata=None, next=target() or ""))


@at_the_door
@transaction.locks_late
def confirm_set_up() -> ResponseReturnValue:
    """Make the app the second factor, sign in, and show the recovery codes, this once."""
    form, member = CodeForm(), _waiting()
    if not form.validate_on_submit():
        return _set_up(form, *problems_of(form)), 422
    if not tries.may_try_code(member):
        _refuse(member, "too many tries")
        return _set_up(form, Problem(tries.too_many(), form.code.id)), tries.TOO_MANY
    transaction.lock()
    member = get_member(db.session(), member.id, lock=True)
    codes = second_factor.confirm(db.session(), vault(), member.id, form.code.data)
    if codes is None or not _still_waiting():
        _refuse(member, "wrong code")
        text = _("This code is not right. Wait for the next one and check the clock of your phone.")
        return _set_up(form, Problem(text, form.code.id)), 422
    tries.code_was_right(member)
    audit.record(db.session(), actor_of(member), Action.SECOND_FACTOR_SET_UP, subject=member.email)
    return let_in(member, how="password, app", onward=make_response(codes_page(codes, target() or home())))


def codes_page(codes: list[str], onward: str) -> str:
    """The recovery codes to print or to keep as a file; the address of the file holds them itself."""
    text = "\n".join((_("Recovery codes of the Partner Center console"), "", *codes, ""))
    file = "data:text/plain;charset=utf-8," + quote(text)
    return render_template("auth/codes.html", codes=codes, file=file, onward=onward, here="settings")


def _ask(form: CodeForm, *problems: Problem) -> str:
    form.code.data = ""  # a code that was refused is of no use again
    return render_template("auth/code.html", form=form, problems=problems)


def _set_up(form: CodeForm, *problems: Problem) -> str:
    form.code.data = ""
    member = _waiting()
    key = second_factor.key_to_confirm(db.session(), vault(), member.id)
    if key is None:
        raise Unauthorized
    picture = _draw(second_factor.address_of(member, key))
    spoken = " ".join(key[at : at + 4] for at in range(0, len(key), 4))
    return render_template("auth/set_up.html", form=form, problems=problems, picture=picture, key=spoken)


def _draw(text: str) -> QrCode:
    rows = [list(row) for row in segno.make(text, error="m").matrix_iter(border=4)]
    squares = (f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark)
    return QrCode(len(rows), "".join(squares))


def _waiting() -> StaffMember:
    member = find_waiting()
    if member is None:  # the guard has seen to it; a wait can end between two questions
        raise Unauthorized
    return member


def _still_waiting() -> bool:
    """Asked under the lock: a password changed meanwhile ends the wait."""
    g.pop("waiting", None)
    return find_waiting() is not None


def _refuse(member: StaffMember, reason: str) -> None:
    actor = actor_of(member)
    transaction.abandon()
    transaction.note_refusal(reason, actor=actor, action=Action.SIGN_IN_REFUSED, subject=actor.email)
