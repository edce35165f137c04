"""The signed session cookie: it holds the key of a row, nothing else; the row says when it ends."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Flask, Response, g, request
from sqlalchemy.exc import OperationalError

from partner_center.config import Config
from partner_center.extensions import db, login
from partner_center.shared import clock
from partner_center.shared.vault import Vault
from partner_center.staff import sessions
from partner_center.staff.queries import Profile
from partner_center.staff.sessions import SEEN_EVERY, Limits
from partner_center.web import transaction
from partner_center.web.request import wants_json


def settings(config: Config) -> dict[str, Any]:
    """Flask's settings for the cookie. `__Host-` ties it to this host, its root and TLS."""
    return {
        "SESSION_COOKIE_NAME": "__Host-session" if config.secure_cookies else "session",
        "SESSION_COOKIE_SECURE": config.secure_cookies,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "PERMANENT_SESSION_LIFETIME": timedelta(seconds=config.session_absolute),
        "WTF_CSRF_TIME_LIMIT": None,  # a token lives as long as its session
    }


def register(app: Flask, config: Config) -> None:
    """Sign people in to `app` by that cookie."""
    app.extensions["session_limits"] = Limits(
        idle=timedelta(seconds=config.session_idle), absolute=timedelta(seconds=config.session_absolute)
    )
    app.extensions["vault"] = Vault(config.encryption_keys)
    app.after_request(_note_use)  # registered before the transaction's, so that it runs after it
    # Flask-Login ties sessions to one network address: phones and dual-stack lines change theirs all day.
    # `web.request` ties them to the browser instead.
    login.session_protection = None
    login.init_app(app, add_context_processor=False)  # templates know the shell, not Flask-Login's person


def _note_use(response: Response) -> Response:
    """Write that the session is in use, at most once a minute. A page that asks by itself is no use."""
    profile: Profile | None = g.get("profile")
    asks_by_itself = request.method == "GET" and wants_json()
    if profile is None or asks_by_itself or clock.now() - profile.last_seen_at < SEEN_EVERY:
        return response
    try:
        transaction.lock()
        sessions.touch(db.session(), profile.session_id)
        db.session.commit()
    except OperationalError:  # somebody writes for long: the next page notes it
        db.session.rollback()
    return response
