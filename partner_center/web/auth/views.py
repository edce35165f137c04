"""`/sign-in`, `/sign-in/demo`, `/sign-out`, and the language of people not signed in."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import NotFound

from partner_center.audit import service as audit
from partner_center.audit.service import Action
from partner_center.extensions import db
from partner_center.staff import demo
from partner_center.staff.models import StaffMember
from partner_center.staff.queries import actor_of, find_by_email, list_by_emails, profile_of
from partner_center.staff.service import authenticate, renew_hash
from partner_center.web import transaction
from partner_center.web.addresses import safe_path
from partner_center.web.auth.forms import SignInForm
from partner_center.web.guards import public, signed_in
from partner_center.web.language import COOKIE, LANGUAGE_NAMES
from partner_center.web.problems import Problem, problems_of
from partner_center.web.request import begin_session, config, current_actor, end_session, find_actor
from partner_center.web.role_names import role_list

blueprint = Blueprint("auth", __name__)
_A_YEAR = 365 * 24 * 3600


@blueprint.get("/sign-in")
@public
def sign_in() -> ResponseReturnValue:
    """The form; whoever is signed in already goes on."""
    target = safe_path(request.args.get("next"))
    if find_actor():
        return redirect(target or _home(), 303)
    return _show(SignInForm(formdata=None, next=target or ""))


@blueprint.post("/sign-in")
@public
@transaction.locks_late  # the password's hash takes long, and nobody may wait for it
def check_sign_in() -> ResponseReturnValue:
    """Sign in, or show the form again with one and the same sentence for every wrong entry."""
    form = SignInForm()
    if not form.validate_on_submit():
        return _show(form, *problems_of(form)), 422
    member = authenticate(db.session(), form.email.data, form.password.data)
    if member is None:
        transaction.note_refusal(
            "wrong email or password",
            actor=None,
            action=Action.SIGN_IN_REFUSED,
            subject=form.email.data,
        )
        return _show(form, Problem(_("Email or password is not correct."), form.email.id)), 422
    transaction.lock()
    renew_hash(db.session(), member, form.password.data)
    return _enter(member, how="password")


@blueprint.post("/sign-in/demo")
@public
def try_as() -> ResponseReturnValue:
    """Sign in as one of the demo's people; outside the demo there is no such address."""
    known = {person.email for person in demo.DEMO_PEOPLE}
    email = request.form.get("email", "")
    member = find_by_email(db.session(), email) if config().demo and email in known else None
    if member is None or member.suspended_at:
        raise NotFound
    return _enter(member, how="demo")


@blueprint.post("/sign-out")
@signed_in
def sign_out() -> ResponseReturnValue:
    """End this session."""
    actor = current_actor()
    audit.record(db.session(), actor, Action.SIGNED_OUT, subject=actor.email)
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
        "auth/sign_in.html", form=form, problems=problems, people=people, languages=LANGUAGE_NAMES.items()
    )


def _enter(member: StaffMember, *, how: str) -> ResponseReturnValue:
    profile = profile_of(member)
    audit.record(db.session(), profile.actor, Action.SIGNED_IN, subject=member.email, how=how)

    transaction.after_commit(lambda: begin_session(profile))
    return redirect(safe_path(request.form.get("next")) or _home(), 303)


def _home() -> str:
    return url_for("customers.list_customers")
