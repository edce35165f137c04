"""Which browser it is: in plain words for the list of sessions, and whether it is a known one."""

from __future__ import annotations

import hashlib
from typing import Any

from flask import Response, current_app, request
from itsdangerous import BadSignature, URLSafeTimedSerializer

from partner_center.shared.ids import new_token
from partner_center.web.request import config

KNOWN_FOR = 180 * 24 * 3600  # seconds
MOST_KNOWN = 6
"""So many people of one browser are remembered."""

# In this order: each names itself as the ones below it, too.
_PROGRAMS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def plain_words(user_agent: str) -> str:
    """`Firefox, Windows`: the names of the program and the system, which are no words of a language."""
    found = [
        next((name for mark, name in names if mark in user_agent), "") for names in (_PROGRAMS, _SYSTEMS)
    ]
    return ", ".join(name for name in found if name)


def known_device(account: str) -> str:
    """This browser's name for itself, if `account` has signed in with it before; else empty.

    The cookie is signed and opens nothing: tries from here are counted apart, that is all.
    """
    return _known().get(_short(account), "")


def remember(response: Response, account: str) -> None:
    """Have the browser know, from now on, that `account` signed in with it."""
    known = _known()
    known.pop(_short(account), None)
    kept = dict(list(known.items())[-(MOST_KNOWN - 1) :]) | {_short(account): new_token()}
    response.set_cookie(
        _cookie(),
        _signer().dumps(kept),
        KNOWN_FOR,
        secure=config().secure_cookies,
        httponly=True,
        samesite="Lax",
    )


def _known() -> dict[str, str]:
    try:
        found: Any = _signer().loads(request.cookies.get(_cookie(), ""), max_age=KNOWN_FOR)
    except BadSignature:
        return {}
    return found if isinstance(found, dict) else {}


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.secret_key or "", salt="known device")


def _cookie() -> str:
    return "__Host-known" if config().secure_cookies else "known"


def _short(account: str) -> str:
    return hashlib.sha256(account.encode("utf-8", "replace")).hexdigest()[:16]
