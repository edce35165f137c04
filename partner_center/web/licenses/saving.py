"""From a product's desk to the one engine: the change that was saved or planned, by the form's own key."""

from __future__ import annotations

from typing import Protocol

from flask import redirect, url_for
from flask.typing import ResponseReturnValue
from pyroaring import BitMap
from sqlalchemy.orm import Session

from partner_center.changes.saving import saved_otherwise, wish_of
from partner_center.changes.service import find_saved, submit
from partner_center.licensing.values import Op, Wish
from partner_center.staff.actor import Actor
from partner_center.web.form_keys import Form, read_key
from partner_center.web.language import current_language


class Desk(Protocol):
    """One of a product's two desks; `name` is its name among the desks."""

    @property
    def session(self) -> Session: ...
    @property
    def actor(self) -> Actor: ...
    @property
    def customer_id(self) -> int: ...
    @property
    def sku_id(self) -> str: ...
    @property
    def name(self) -> str: ...


def saved_before(desk: Desk, key: str, op: Op) -> ResponseReturnValue | None:
    """The way to what this very form saved already: a second click, a resent form. Raises Conflict.

    Asked before the form is read: by now the people may have what it asks for.
    """
    change = find_saved(desk.session, desk.actor, desk.customer_id, key)
    if change is None:
        return None
    asked = {sku: wish.op for sku, wish in wish_of(change).products.items()}
    if asked != {desk.sku_id: op}:
        raise saved_otherwise(change)
    return _to(desk.customer_id, change.ref)


def save(desk: Desk, members: BitMap, wish: Wish, form: Form) -> ResponseReturnValue:
    """Save or plan, and go to the change's one page. Raises Refusal as `changes.service.submit` does."""
    change = submit(
        desk.session,
        desk.actor,
        desk.customer_id,
        members,
        wish,
        key=read_key(form),
        language=current_language(),
        desk=desk.name,
    )
    return _to(desk.customer_id, change.ref)


def _to(customer_id: int, ref: str) -> ResponseReturnValue:
    return redirect(url_for("changes.show_change", customer_id=customer_id, ref=ref), 303)
