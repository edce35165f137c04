"""What each button of **Manage licenses** does, once the form is understood.

Every step keeps the draft first, so that no way off the page loses what was set.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import redirect, url_for
from flask.typing import ResponseReturnValue
from pyroaring import BitMap

from partner_center.changes.assigned import holders_among
from partner_center.changes.draft import clear_draft, set_draft
from partner_center.changes.matrix_values import MatrixRow
from partner_center.changes.saving import saved_otherwise, wish_of
from partner_center.changes.service import find_saved, submit
from partner_center.directory import selection
from partner_center.directory.listing import sorted_numbers
from partner_center.extensions import db
from partner_center.licensing.values import Wish
from partner_center.shared.errors import NotFound
from partner_center.web.form_keys import Form, check_key
from partner_center.web.language import current_language
from partner_center.web.manage import filling
from partner_center.web.manage.desk import Desk
from partner_center.web.manage.forms import Step, repeats
from partner_center.web.manage.page import CHIPS
from partner_center.web.problems import Problem
from partner_center.web.wording import _


def check(step: Step, desk: Desk, wish: Wish, form: Form) -> tuple[Problem, ...]:
    """What keeps **Save** from going on; the other buttons only keep the draft."""
    if step.name != "save":
        return ()
    if form.get("v", type=int) != desk.chosen.version:
        return (
            Problem(_("The selected users changed since this page was made. Look again, then save."), "who"),
        )
    if wish.is_empty:
        return check_key(form) or (Problem(_("You have not changed anything."), "products"),)
    return check_key(form)


def saved_before(step: Step, desk: Desk, form: Form) -> ResponseReturnValue | None:
    """The way to what this very form saved already: a second click, a resent form. Raises Conflict.

    Asked before the form is read: by now the users may hold what it asks for, and the selection be cleared.
    """
    if step.name != "save":
        return None
    change = find_saved(db.session(), desk.actor, desk.customer.id, form.get("key", ""))
    if change is None:
        return None
    if not repeats(form, wish_of(change)):
        raise saved_otherwise(change)
    return redirect(url_for("changes.show_change", customer_id=desk.customer.id, ref=change.ref), 303)


def take(step: Step, desk: Desk, wish: Wish, form: Form) -> ResponseReturnValue:
    """Do what the button says; an unknown name only keeps the draft. Raises Refusal."""
    if step.name == "save":
        return _save(desk, wish, form["key"])
    if step.name == "reset":
        clear_draft(db.session(), desk.actor, desk.customer.id)
        return redirect(_page_url(desk), 303)
    if step.name == "apply":
        wish = filling.fill(desk, wish, form.get("template", ""))
    set_draft(db.session(), desk.actor, desk.customer.id, wish)
    address = _ADDRESSES.get(step.name, _stay)(desk, wish, step.target)
    return redirect(address, 303)


def row_url(customer_id: int, sku_id: str) -> str:
    """The page, at one product's row."""
    return url_for("manage.manage_licenses", customer_id=customer_id, _anchor=f"p-{sku_id}")


def narrow(desk: Desk, sku_id: str, *, keep_holders: bool) -> str:
    """Keep only those who have the product, or only those who have not."""
    members = desk.chosen.members
    have = holders_among(db.session(), desk.actor, desk.customer.id, members, sku_id)
    kept = have if keep_holders else members - have
    selection.replace(db.session(), desk.actor, desk.customer.id, kept)
    return row_url(desk.customer.id, sku_id)


def _save(desk: Desk, wish: Wish, key: str) -> ResponseReturnValue:
    change = submit(
        db.session(),
        desk.actor,
        desk.customer.id,
        desk.chosen.members,
        wish,
        key=key,
        language=current_language(),
    )
    return redirect(url_for("changes.show_change", customer_id=desk.customer.id, ref=change.ref), 303)


def _page_url(desk: Desk) -> str:
    return url_for("manage.manage_licenses", customer_id=desk.customer.id)


def _stay(desk: Desk, _wish: Wish, _target: str) -> str:
    return _page_url(desk)


def _cancel(desk: Desk, _wish: Wish, _target: str) -> str:
    return url_for("users.list_users", customer_id=desk.customer.id)


def _selected(desk: Desk, _wish: Wish, _target: str) -> str:
    return url_for("selection.show_selected", customer_id=desk.customer.id)


def _remove(desk: Desk, _wish: Wish, target: str) -> str:
    """Take one user out, and lead to the box that moved into its place."""
    number = int(target) if target.isascii() and target.isdigit() and len(target) < 10 else 0
    shown = sorted_numbers(
        db.session(), desk.customer.id, desk.chosen.members, current_language(), limit=CHIPS
    )
    if number not in desk.chosen.members:
        return _page_url(desk)
    selection.change(db.session(), desk.actor, desk.customer.id, remove=BitMap([number]))
    place = min(shown.index(number) if number in shown else 0, len(desk.chosen.members) - 2)
    return url_for("manage.manage_licenses", customer_id=desk.customer.id, _anchor=f"chip-{max(place, 0)}")


def _template(desk: Desk, _wish: Wish, _target: str) -> str:
    """To a new template that holds what is to be assigned."""
    asked: dict[str, Any] = {"from": "draft"}
    return url_for("license_templates.customer_new", customer_id=desk.customer.id, **asked)


def _keep(desk: Desk, _wish: Wish, target: str) -> str:
    return narrow(desk, target, keep_holders=True)


def _drop(desk: Desk, _wish: Wish, target: str) -> str:
    return narrow(desk, target, keep_holders=False)


def _assigned(desk: Desk, _wish: Wish, target: str) -> str:
    sku_id = _row(desk, target).sku_id
    return url_for("manage.list_assigned", customer_id=desk.customer.id, sku_id=sku_id)


def _plans(desk: Desk, _wish: Wish, target: str) -> str:
    sku_id = _row(desk, target).sku_id
    return url_for("manage.show_plans", customer_id=desk.customer.id, sku_id=sku_id)


def _buy(desk: Desk, wish: Wish, target: str) -> str:
    """To the purchase with what is short filled in, and back to the product's row afterwards."""
    row = _row(desk, target, wish)
    back = row_url(desk.customer.id, row.sku_id)
    asked: dict[str, Any] = {"sku": row.sku_id, "add": max(row.short, 1), "return": back}
    return url_for("purchases.start_order", customer_id=desk.customer.id, **asked)


def _row(desk: Desk, sku_id: str, wish: Wish | None = None) -> MatrixRow:
    for row in desk.matrix(wish).rows:
        if row.sku_id == sku_id:
            return row
    raise NotFound("This customer has no such product.")


_ADDRESSES: Mapping[str, Callable[[Desk, Wish, str], str]] = {
    "cancel": _cancel,
    "selected": _selected,
    "remove": _remove,
    "keep": _keep,
    "drop": _drop,
    "assigned": _assigned,
    "plans": _plans,
    "buy": _buy,
    "template": _template,
}
