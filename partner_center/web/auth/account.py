"""`/settings/sign-in`: one's own password, second factor and sessions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from partner_center.audit import service as audit
from partner_center.audit.service import Action
from partner_center.extensions import db
from partner_center.shared.errors import NotFound, Refusal
from partner_center.staff import passwords, second_factor, sessions, throttle
from partner_center.staff.queries import get_member
from partner_center.staff.service import set_password
from partner_center.web import transaction
from partner_center.web.auth import tries
from partner_center.web.auth.door import start_anew
from partner_center.web.auth.factor import codes_page
from partner_center.web.auth.forms import ChangePasswordForm, CodeForm
from partner_center.web.guards import signed_in
from partner_center.web.problems import Problem, problems_of
from partner_center.web.request import current_actor, current_profile, session_limits, vault
from partner_center.web.wording import _


@dataclass(frozen=True, slots=True)
class SessionLine:
    """One session of the list. `browser` is empty where it does not say what it is."""

    id: int
    browser: str
    address: str
    started_at: datetime
    last_seen_at: datetime
    ends_at: datetime
    this_one: bool


def register(blueprint: Blueprint) -> None:
    """Add these views to those of signing in."""
    blueprint.get("/settings/sign-in")(show_account)
    blueprint.post("/settings/sign-in/password")(change_password)
    blueprint.post("/settings/sign-in/codes")(renew_codes)
    blueprint.post("/settings/sign-in/sessions")(end_others)
    blueprint.post("/settings/sign-in/sessions/<int:number>")(end_session)


@signed_in
def show_account() -> ResponseReturnValue:
    """Everything about how the reader signs in."""
    return _show()


@signed_in
@transaction.locks_late  # two hashes take long, and nobody may wait for them
def change_password() -> ResponseReturnValue:
    """A new password for who knows the present one; every other session ends, this one gets a new key."""
    form, actor = ChangePasswordForm(), current_actor()
    if not form.validate_on_submit():
        return _show(form, None, *problems_of(form)), 422
    if not tries.may_try(throttle.PASSWORD, actor.id):
        return _refuse(form, "too many tries", tries.too_many(), form.current.id), tries.TOO_MANY
    known = get_member(db.session(), actor.id).password_hash
    if not passwords.matches(known, form.current.data):
        text = _("This is not your current password.")
        return _refuse(form, "wrong password", text, form.current.id), 422
    transaction.lock()
    session = db.session()
    member = get_member(session, actor.id, lock=True)
    try:
        set_password(session, member, form.password.data)
    except Refusal as refusal:
        return _refuse(form, str(refusal), _(str(refusal)), form.password.id), refusal.status
    throttle.forget(session, throttle.PASSWORD, actor.id)
    start_anew(member)
    audit.record(session, actor, Action.PASSWORD_SET, subject=actor.email, how="change")
    transaction.after_commit(
        lambda: flash(_("Your password is changed. You are signed out elsewhere."), "ok")
    )
    return _back()


@signed_in
@transaction.locks_late  # the try is counted in a transaction of its own
def renew_codes() -> ResponseReturnValue:
    """Ten new recovery codes, shown once, for who has the app at hand or one of the old codes."""
    form, actor = CodeForm(), current_actor()
    if not form.validate_on_submit():
        return _show(None, form, *problems_of(form)), 422
    if not tries.may_try(throttle.RENEWAL, actor.id):
        transaction.note_refusal("too many tries", actor=actor)
        return _show(None, form, Problem(tries.too_many(), form.code.id)), tries.TOO_MANY
    transaction.lock()
    session = db.session()
    if second_factor.prove(session, vault(), actor.id, form.code.data) is None:
        transaction.abandon()
        transaction.note_refusal("wrong code", actor=actor)
        text = _("This code is not right, or was used already.")
        return _show(None, form, Problem(text, form.code.id)), 422
    throttle.forget(session, throttle.RENEWAL, actor.id)
    codes = second_factor.renew_codes(session, actor.id)
    audit.record(session, actor, Action.RECOVERY_CODES_RENEWED, subject=actor.email)
    return codes_page(codes, url_for("auth.show_account"))


@signed_in
def end_others() -> ResponseReturnValue:
    """End every session of the reader's but this one."""
    profile = current_profile()
    ended = sessions.end_all(db.session(), profile.actor.id, but=profile.session_id)
    if ended:
        audit.record(
            db.session(), profile.actor, Action.SESSION_ENDED, subject=profile.actor.email, count=ended
        )
    flash(_("You are signed out everywhere else."), "ok")
    return _back()


@signed_in
def end_session(number: int) -> ResponseReturnValue:
    """End one session of the reader's; anybody else's is not found."""
    actor = current_actor()
    if not sessions.end(db.session(), actor.id, number):
        raise NotFound("This session has ended already.")
    audit.record(db.session(), actor, Action.SESSION_ENDED, subject=actor.email, count=1)
    flash(_("The session is ended."), "ok")
    return _back()


def _show(
    password: ChangePasswordForm | None = None, code: CodeForm | None = None, *problems: Problem
) -> str:
    profile, limits, session = current_profile(), session_limits(), db.session()
    lines = [
        SessionLine(
            id=row.id,
            browser=row.browser,
            address=row.address,
            started_at=row.started_at,
            last_seen_at=row.last_seen_at,
            ends_at=limits.end_of(row.started_at, row.last_seen_at),
            this_one=row.id == profile.session_id,
        )
        for row in sessions.list_sessions(session, profile.actor.id, limits)
    ]
    return render_template(
        "auth/account.html",
        password=password or ChangePasswordForm(formdata=None),
        code=code or CodeForm(formdata=None),
        lines=lines,
        has_factor=second_factor.is_set_up(session, profile.actor.id),
        has_password=get_member(session, profile.actor.id).password_hash is not None,
        codes_left=second_factor.codes_left(session, profile.actor.id),
        codes_given=second_factor.CODES,
        problems=problems,
    )


def _refuse(form: ChangePasswordForm, reason: str, told: str, target: str) -> str:
    transaction.abandon()
    transaction.note_refusal(reason, actor=current_actor())
    return _show(form, None, Problem(told, target))


def _back() -> ResponseReturnValue:
    return redirect(url_for("auth.show_account"), 303)
