"""The signed session cookie: it says who, nothing else; it ends after eight idle hours."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Flask
from flask.sessions import SecureCookieSessionInterface, SessionMixin

from partner_center.config import Config
from partner_center.extensions import login
from partner_center.web.security import is_static

IDLE = timedelta(hours=8)


class _Sessions(SecureCookieSessionInterface):
    """Flask's own, signed anew with every page, so that only idle time counts; files carry no cookie."""

    def should_set_cookie(self, app: Flask, session: SessionMixin) -> bool:  # noqa: ARG002 - Flask's
        return not is_static() and (session.modified or bool(session))


def settings(config: Config) -> dict[str, Any]:
    """Flask's settings for the cookie. `__Host-` ties it to this host, its root and TLS."""
    return {
        "SESSION_COOKIE_NAME": "__Host-session" if config.secure_cookies else "session",
        "SESSION_COOKIE_SECURE": config.secure_cookies,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "PERMANENT_SESSION_LIFETIME": IDLE,
        "WTF_CSRF_TIME_LIMIT": None,  # a token lives as long as its session
    }


def register(app: Flask) -> None:
    """Sign people in to `app` by that cookie."""
    app.session_interface = _Sessions()
    # Flask-Login ties sessions to one network address: phones and dual-stack lines change theirs all day.
    # `web.request` ties them to the browser instead.
    login.session_protection = None
    login.init_app(app)
