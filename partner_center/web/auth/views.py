"""`/sign-in`, `/sign-in/demo`, `/sign-out`, and the language of people not signed in."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import NotFound

from partner_center.audit import service as audit
from partner_center.audit.service import Action
from partner_center.extensions import db
from partner_center.staff import demo, sessions
from partner_center.staff.queries import actor_of, find_by_email, get_member, list_by_emails
from partner_center.staff.service import authenticate, renew_hash
from partner_center.web import transaction
from partner_center.web.addresses import safe_path
from partner_center.web.auth import tries
from partner_center.web.auth.door import ask_second_factor, home, let_in, must_prove_twice, target
from partner_center.web.auth.forms import SignInForm
from partner_center.web.guards import public, signed_in
from partner_center.web.language import COOKIE, LANGUAGE_NAMES
from partner_center.web.problems import Problem, problems_of
from partner_center.web.request import config, current_profile, end_session, find_actor
from partner_center.web.role_names import role_list

blueprint = Blueprint("auth", __name__)
_A_YEAR = 365 * 24 * 3600


@blueprint.get("/sign-in")
@public
def sign_in() -> ResponseReturnValue:
    """The form; whoever is signed in already goes on."""
    if find_actor():
        return redirect(target() or home(), 303)
    return _show(SignInForm(formdata=None, next=target() or ""))


@blueprint.post("/sign-in")
@public
@transaction.locks_late  # the password's hash takes long, and nobody may wait for it
def check_sign_in() -> ResponseReturnValue:
    """Sign in, or show the form again with one and the same sentence for every wrong entry."""
    form = SignInForm()
    if not form.validate_on_submit():
        return _show(form, *problems_of(form)), 422
    if not tries.may_try_password(form.email.data):
        return _refuse(form, "too many tries"), tries.TOO_MANY
    session = db.session()
    found = authenticate(session, form.email.data, form.password.data)
    if found is None:
        return _refuse(form, "wrong email or password"), 422
    staff_id, proven = found.id, found.password_hash
    transaction.lock()
    member = get_member(session, staff_id, lock=True)
    if member.password_hash != proven or member.suspended_at:  # changed while the hash was checked
        return _refuse(form, "wrong email or password"), 422
    renew_hash(session, member, form.password.data)
    tries.was_right(member.email)
    if must_prove_twice(member):
        return ask_second_factor(member)
    return let_in(member, how="password")


@blueprint.post("/sign-in/demo")
@public
def try_as() -> ResponseReturnValue:
    """Sign in as one of the demo's people; outside the demo there is no such address."""
    known = {person.email for person in demo.DEMO_PEOPLE}
    email = request.form.get("email", "")
    member = find_by_email(db.session(), email) if config().demo and email in known else None
    if member is None or member.suspended_at:
        raise NotFound
    return let_in(member, how="demo")


@blueprint.post("/sign-out")
@signed_in
def sign_out() -> ResponseReturnValue:
    """End this session."""
    profile = current_profile()
    audit.record(db.session(), profile.actor, Action.SIGNED_OUT, subject=profile.actor.email)
    sessions.end(db.session(), profile.actor.id, profile.session_id)
    transaction.after_commit(end_session)
    return redirect(url_for("auth.sign_in"), 303)


@blueprint.post("/language")
@public
def choose_language() -> ResponseReturnValue:
    """Keep the language of somebody who is not signed in, in a cookie of their own."""
    answer = redirect(safe_path(request.form.get("next")) or url_for("auth.sign_in"), 303)
    language = request.form.get("language", "")
    if language in LANGUAGE_NAMES:
        secure = config().secure_cookies
        answer.set_cookie(COOKIE, language, _A_YEAR, secure=secure, httponly=True, samesite="Lax")
    return answer


def _show(form: SignInForm, *problems: Problem) -> str:
    emails = [person.email for person in demo.DEMO_PEOPLE] if config().demo else []
    people = [
        (member.email, member.display_name, role_list(actor_of(member).roles))
        for member in list_by_emails(db.session(), emails)
    ]
    return render_template(
        "auth/sign_in.html",
        form=form,
        problems=problems,
        people=people,
        languages=LANGUAGE_NAMES.items(),
        one_factor=not config().asks_second_factor,
    )


def _refuse(form: SignInForm, reason: str) -> str:
    """The form again. Neither sentence tells whether the account exists."""
    transaction.abandon()
    transaction.note_refusal(reason, actor=None, action=Action.SIGN_IN_REFUSED, subject=form.email.data)
    told = tries.too_many() if reason == "too many tries" else _("Email or password is not correct.")
    return _show(form, Problem(told, form.email.id))
