"""`/invitations/<token>`: somebody who was sent a link sets their password."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import TooManyRequests

from partner_center.extensions import db
from partner_center.shared.errors import NotFound, Refusal
from partner_center.staff import throttle
from partner_center.staff.invitations import accept, get_invited
from partner_center.web import transaction
from partner_center.web.auth import tries
from partner_center.web.auth.forms import NewPasswordForm
from partner_center.web.guards import public
from partner_center.web.problems import Problem, problems_of
from partner_center.web.request import network_address


def register(blueprint: Blueprint) -> None:
    """Add these views to those of signing in."""
    blueprint.get("/invitations/<token>")(show_invitation)
    blueprint.post("/invitations/<token>")(accept_invitation)


@public
def show_invitation(token: str) -> ResponseReturnValue:
    """Whose link it is, and the form; 404 for one that is used, too old or made up."""
    return _show(token, NewPasswordForm(formdata=None))


@public
@transaction.locks_late  # the try is counted in a transaction of its own
def accept_invitation(token: str) -> ResponseReturnValue:
    """Set the password and go to sign in with it. The link is used up."""
    if not tries.may_try(throttle.LINK, network_address()):
        raise TooManyRequests
    transaction.lock()
    form = NewPasswordForm()
    if not form.validate_on_submit():
        return _show(token, form, *problems_of(form)), 422
    try:
        accept(db.session(), token, form.password.data)
    except NotFound:
        raise
    except Refusal as refusal:
        transaction.abandon()
        return _show(token, form, Problem(_(str(refusal)), form.password.id)), refusal.status
    flash(_("Your password is set. Sign in with it."), "ok")
    return redirect(url_for("auth.sign_in"), 303)


def _show(token: str, form: NewPasswordForm, *problems: Problem) -> str:
    member = get_invited(db.session(), token)
    return render_template("auth/invitation.html", token=token, member=member, form=form, problems=problems)
