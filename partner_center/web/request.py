"""Who asks, and for which customer. The only reader of Flask-Login's `current_user`."""

from __future__ import annotations

import hashlib
import ipaddress
from typing import cast

from flask import current_app, g, request, session
from flask_babel import gettext
from flask_login import UserMixin, current_user, login_user, logout_user
from structlog.contextvars import bind_contextvars
from werkzeug.exceptions import Unauthorized

from partner_center.cloud.port import Cloud
from partner_center.config import Config
from partner_center.customers import queries as customers
from partner_center.customers.models import Customer
from partner_center.extensions import db, login
from partner_center.shared.errors import Unavailable
from partner_center.shared.vault import Vault
from partner_center.staff import queries as staff
from partner_center.staff import sessions
from partner_center.staff.actor import Actor
from partner_center.staff.models import StaffMember
from partner_center.staff.queries import Profile
from partner_center.staff.sessions import Limits

_BROWSER = "browser"
_DOOR = "door"


class SignedIn(UserMixin):  # type: ignore[misc]  # Flask-Login has no types
    """What Flask-Login keeps for a request: the person as the database has them now."""

    def __init__(self, key: str, profile: Profile | None) -> None:
        self.key = key
        self.profile = profile

    def get_id(self) -> str:
        """The session's key; the database knows it by its hash."""
        return self.key


def begin_session(key: str) -> None:
    """Sign in to this browser with the key of a new session. Nothing of the session before survives."""
    session.clear()
    session[_BROWSER] = _browser()
    login_user(SignedIn(key, None))
    g.profile = None


def begin_waiting(key: str) -> None:
    """Have this browser wait for its second factor. Nothing of the session before survives."""
    session.clear()
    session[_BROWSER] = _browser()
    session[_DOOR] = key
    g.profile = None


def waiting_key() -> str | None:
    """The key that `begin_waiting` was given, in this browser alone."""
    return session.get(_DOOR) if session.get(_BROWSER) == _browser() else None


def find_waiting() -> StaffMember | None:
    """Whose right password waits in this browser for the second factor; found once per request."""
    if "waiting" not in g:
        key = waiting_key()
        g.waiting = sessions.find_waiting(db.session(), key) if key else None
    return cast("StaffMember | None", g.waiting)


def session_limits() -> Limits:
    """How long sessions last here."""
    return cast(Limits, current_app.extensions["session_limits"])


def vault() -> Vault:
    """What secrets at rest are encrypted with."""
    return cast(Vault, current_app.extensions["vault"])


def network_address() -> str:
    """Where the request comes from, as tries are counted: of IPv6 the /64 that one line has."""
    try:
        address = ipaddress.ip_address(request.remote_addr or "")
    except ValueError:
        return "unknown"
    if address.version == 4:
        return str(address)
    return str(ipaddress.ip_network((address, 64), strict=False))


def end_session() -> None:
    """Sign out of this browser."""
    logout_user()
    session.clear()
    g.profile = None


@login.user_loader  # type: ignore[untyped-decorator]
def load_signed_in(key: str) -> SignedIn | None:
    """The person of a session cookie, read from the database in each request."""
    if session.get(_BROWSER) != _browser():
        return None  # a cookie carried off to another browser
    profile = staff.find_profile(db.session(), key, session_limits())
    if profile is None:
        return None
    bind_contextvars(staff_id=profile.actor.id)
    return SignedIn(key, profile)


def find_profile() -> Profile | None:
    """The signed-in person with their settings, or None; found once per request, for it is asked often."""
    try:
        profile: Profile | None = g.profile
    except AttributeError:
        person = current_user._get_current_object()  # the proxy would look it up anew for each attribute
        g.profile = profile = person.profile if person.is_authenticated else None
    return profile


def find_actor() -> Actor | None:
    """The signed-in person as the services see them, or None."""
    profile = find_profile()
    return profile.actor if profile else None


def current_profile() -> Profile:
    """The signed-in person; 401 where there is none, which a guarded view never meets."""
    profile = find_profile()
    if profile is None:
        raise Unauthorized
    return profile


def current_actor() -> Actor:
    """The signed-in person as the services see them; 401 as above."""
    return current_profile().actor


def current_theme() -> str:
    """`system`, `light` or `dark`."""
    profile = find_profile()
    return profile.theme if profile else "system"


def get_customer(customer_id: int) -> Customer:
    """The customer, if the signed-in person may see it; NotFound for unknown and foreign ones alike."""
    known: dict[int, Customer] = g.setdefault("customers", {})
    if customer_id not in known:
        known[customer_id] = customers.get_customer(db.session(), current_actor(), customer_id)
    return known[customer_id]


def config() -> Config:
    """The configuration the app was made with."""
    return cast(Config, current_app.extensions["config"])


def cloud() -> Cloud:
    """The door to Microsoft; Unavailable where this installation has none yet."""
    door = cast("Cloud | None", current_app.extensions["cloud"])
    if door is None:
        raise Unavailable(gettext("No Microsoft account is connected yet. Ask a global admin to do it."))
    return door


def wants_json() -> bool:
    """Whether the answer is for a script: errors then come as JSON and nobody is redirected."""
    best = request.accept_mimetypes.best_match(("text/html", "application/json"), "text/html")
    return request.path.endswith(".json") or best == "application/json"


def path_to_tell() -> str:
    """The address as logs and the audit keep it: a link's token is a secret."""
    token = (request.view_args or {}).get("token")
    return request.path.replace(token, "[token]") if token else request.path


def _browser() -> str:
    return hashlib.sha256(request.user_agent.string.encode("utf-8", "replace")).hexdigest()[:32]
