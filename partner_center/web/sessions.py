"""The signed session cookie: it says who, nothing else; it ends after eight idle hours."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask import Flask, Request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from itsdangerous import BadSignature

from partner_center.config import Config
from partner_center.extensions import login
from partner_center.shared import clock
from partner_center.web.security import is_static

IDLE = timedelta(hours=8)
SIGNED_ANEW = timedelta(minutes=1)


class _Session(SecureCookieSession):
    """`signed_at` is when its cookie was signed; None while there is none."""

    signed_at: datetime | None = None

    @property
    def is_ageing(self) -> bool:
        """Whether the cookie's idle time should begin anew."""
        return self.signed_at is None or clock.now() - self.signed_at >= SIGNED_ANEW


class _Sessions(SecureCookieSessionInterface):
    """Flask's own, signed anew with the pages, so that only idle time counts; files carry no cookie.

    Signing costs as much as two questions to the database, so a cookie younger than a minute is left as it
    is: a session ends after eight idle hours, or up to a minute less.
    """

    def __init__(self, app: Flask) -> None:
        signer = self.get_signing_serializer(app)
        if signer is None:
            raise RuntimeError("sessions need a SECRET_KEY")
        self._signer = signer

    def open_session(self, app: Flask, request: Request) -> _Session:
        """The session of the request's cookie; an empty one for none, a forged one and an old one."""
        cookie, idle = request.cookies.get(self.get_cookie_name(app), ""), int(IDLE.total_seconds())
        try:
            data, signed_at = self._signer.loads(cookie, max_age=idle, return_timestamp=True)
        except BadSignature:
            return _Session()
        session = _Session(data)
        session.signed_at = signed_at
        return session

    def should_set_cookie(self, app: Flask, session: SessionMixin) -> bool:  # noqa: ARG002 - Flask's
        if is_static():
            return False
        return session.modified or (isinstance(session, _Session) and bool(session) and session.is_ageing)


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
    app.session_interface = _Sessions(app)
    # Flask-Login ties sessions to one network address: phones and dual-stack lines change theirs all day.
    # `web.request` ties them to the browser instead.
    login.session_protection = None
    login.init_app(app, add_context_processor=False)  # templates know the shell, not Flask-Login's person
