"""Who was proven to be here: the one place where sessions begin, whatever the way of signing in."""

from __future__ import annotations

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from partner_center.audit import service as audit
from partner_center.audit.service import Action
from partner_center.extensions import db
from partner_center.staff import second_factor, sessions
from partner_center.staff.models import StaffMember
from partner_center.staff.queries import actor_of
from partner_center.staff.sessions import Browser, Stage
from partner_center.web import transaction
from partner_center.web.addresses import safe_path
from partner_center.web.auth.browsers import plain_words, remember
from partner_center.web.request import (
    begin_session,
    begin_waiting,
    config,
    find_profile,
    vault,
    waiting_key,
)


def let_in(member: StaffMember, *, how: str, onward: Response | None = None) -> ResponseReturnValue:
    """Begin a session for `member`, who was proven to be here, and go on to `next`, or give `onward`.

    Whatever way proved it calls this, with `how` as the audit tells it: the session's key is new, the one
    this browser had before ends, and the entry is written with it.
    """
    session = db.session()
    audit.record(session, actor_of(member), Action.SIGNED_IN, subject=member.email, how=how)
    start_anew(member)
    answer = onward or redirect(target() or home(), 303)
    remember(answer, member.email)  # type: ignore[arg-type]  # werkzeug's, made by Flask
    return answer


def ask_second_factor(member: StaffMember) -> ResponseReturnValue:
    """The password was right: wait for a code, or have an app set up where there is none."""
    session = db.session()
    if not second_factor.is_set_up(session, member.id):
        second_factor.prepare(session, vault(), member.id)
        page = "auth.show_set_up"
    else:
        page = "auth.ask_code"
    key = sessions.start(session, member.id, here(), stage=Stage.CODE)
    transaction.after_commit(lambda: begin_waiting(key))
    return redirect(url_for(page, next=target() or None), 303)


def must_prove_twice(member: StaffMember) -> bool:
    """Whether a password alone is not enough: everywhere but in the demo, and there for who set up an app."""
    return config().asks_second_factor or second_factor.is_set_up(db.session(), member.id)


def start_anew(member: StaffMember) -> None:
    """A session with a new key for this browser, in place of the one, or the wait, that it has."""
    session = db.session()
    before, waited = find_profile(), waiting_key()
    if before:
        sessions.end(session, before.actor.id, before.session_id)
    if waited:
        sessions.end_key(session, waited)
    key = sessions.start(session, member.id, here())
    transaction.after_commit(lambda: begin_session(key))


def target() -> str | None:
    """Where signing in leads, if it is a page of ours, and not one of signing in again."""
    path = safe_path(request.values.get("next"))
    return None if path and path.startswith("/sign-in") else path


def home() -> str:
    """Where it leads otherwise."""
    return url_for("customers.list_customers")


def here() -> Browser:
    """What the list of sessions says of this browser."""
    return Browser(request.remote_addr or "", plain_words(request.user_agent.string))
