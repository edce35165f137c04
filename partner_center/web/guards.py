"""Who may open a view. A view without a mark keeps the app from starting.

The mark stands directly under the route; `enforce` reads it before every request, so a view that lost
its mark is closed, not open.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Flask, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from structlog.contextvars import bind_contextvars
from werkzeug.exceptions import Unauthorized

from partner_center.staff.permissions import Permission
from partner_center.web.request import current_actor, find_actor, find_waiting, get_customer, wants_json

View = TypeVar("View", bound=Callable[..., Any])
_MARK = "__access__"


@dataclass(frozen=True, slots=True)
class Access:
    """What a view asks of who opens it."""

    public: bool = False
    door: bool = False
    permissions: tuple[Permission, ...] = ()


class UnguardedView(RuntimeError):
    """A view has no mark; the text names it."""


def requires(*permissions: Permission) -> Callable[[View], View]:
    """The view is for signed-in people who have all of `permissions`."""
    if not permissions:
        raise ValueError("name a permission, or mark the view @signed_in")
    return _marker(Access(permissions=permissions))


def signed_in(view: View) -> View:
    """The view is for anybody who is signed in."""
    return _marker(Access())(view)


def public(view: View) -> View:
    """The view is for everybody, signed in or not."""
    return _marker(Access(public=True))(view)


def at_the_door(view: View) -> View:
    """The view is for whoever has given a right password, and owes the second factor."""
    return _marker(Access(door=True))(view)


def access_of(view: Callable[..., Any]) -> Access | None:
    """The mark of `view`, if it has one."""
    return getattr(view, _MARK, None)


def check_all_guarded(app: Flask) -> None:
    """Raise UnguardedView for any view of `app` without a mark, whoever registered it."""
    bare = sorted(name for name, view in app.view_functions.items() if access_of(view) is None)
    if bare:
        raise UnguardedView(f"mark these views @requires, @signed_in or @public: {', '.join(bare)}")


def enforce() -> ResponseReturnValue | None:
    """Let the request through to its view, send it to sign in, or refuse it."""
    if request.endpoint is None:
        return None  # no such address or method: routing answers 404 or 405
    access = access_of(current_app.view_functions[request.endpoint])
    if access is None:
        raise UnguardedView(request.endpoint)
    if access.public:
        return None
    if access.door:
        return None if find_waiting() else _ask_to_sign_in()
    actor = find_actor()
    if actor is None:
        return _ask_to_sign_in()
    named = request.view_args or {}
    bind_contextvars(staff_id=actor.id, **{key: named[key] for key in ("customer_id", "ref") if key in named})
    customer_id = named.get("customer_id")
    if customer_id is not None:
        get_customer(customer_id)
    for permission in access.permissions:
        current_actor().demand(permission)
    return None


def _ask_to_sign_in() -> ResponseReturnValue:
    if wants_json():
        raise Unauthorized(gettext("You are signed out. Sign in again."))
    back = request.full_path.rstrip("?") if request.method in {"GET", "HEAD"} else None
    return redirect(url_for("auth.sign_in", next=back), 303)


def _marker(access: Access) -> Callable[[View], View]:
    def mark(view: View) -> View:
        setattr(view, _MARK, access)
        return view

    return mark
