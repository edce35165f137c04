"""What each button of **Manage product licenses** does. What was set is kept first, by every one."""

from __future__ import annotations

from typing import Any

from flask import url_for

from partner_center.changes.saving import propose
from partner_center.licensing.values import Wish
from partner_center.web import arguments
from partner_center.web.form_keys import Form
from partner_center.web.language import current_language
from partner_center.web.people_found import read_number
from partner_center.web.several_users.desk import SeveralDesk


def save(desk: SeveralDesk, wish: Wish, key: str) -> str:
    """Save or plan, and return the address of the change. Raises Refusal as `changes.saving.propose` does."""
    desk.keep(wish)
    change = propose(
        desk.session,
        desk.actor,
        desk.customer_id,
        desk.asks(wish),
        key=key,
        language=current_language(),
        desk=desk.name,
    )
    return url_for("changes.show_change", customer_id=desk.customer_id, ref=change.ref)


def take(desk: SeveralDesk, wish: Wish, form: Form) -> str:
    """Do what the button says and return the address to go to; an unknown one only keeps what is set."""
    desk.keep(wish)
    go, _colon, target = form.get("go", "stay").partition(":")
    if go == "find":
        search = arguments.text(form, "q")
        return page_url(desk, q=search, _anchor="found") if search else page_url(desk)
    if go == "list":
        return url_for("selection.add_by_list", customer_id=desk.customer_id)
    if go == "buy":
        return _buy(desk, wish, target)
    _select(desk, go, target, arguments.text(form, "shown"))
    return _stay(desk, form)


def page_url(desk: SeveralDesk, **more: Any) -> str:
    """The page itself."""
    return url_for("several.choose_products", customer_id=desk.customer_id, mode=desk.mode.value, **more)


def _select(desk: SeveralDesk, go: str, target: str, search: str) -> None:
    match go:
        case "add":
            desk.change(add=read_number(target) & desk.matching(""))
        case "remove":
            desk.change(remove=read_number(target))
        case "all" if search:
            desk.change(add=desk.matching(search), source=f"search:{search}")
        case "clear":
            desk.clear()
        case "undo":
            desk.undo()
        case _:
            pass


def _buy(desk: SeveralDesk, wish: Wish, sku_id: str) -> str:
    """To the purchase with what is short filled in, and back to this page afterwards."""
    plan = desk.plan(wish)
    short = next((each.short for each in plan.products if each.sku_id == sku_id), 0) if plan else 0
    back = page_url(desk, _anchor=f"p-{sku_id}")
    asked: dict[str, Any] = {"sku": sku_id, "add": max(short, 1), "return": back}
    return url_for("purchases.start_order", customer_id=desk.customer_id, **asked)


def _stay(desk: SeveralDesk, form: Form) -> str:
    """The page with the same matches on it."""
    shown, page = arguments.text(form, "shown"), arguments.page_number(form)
    if not shown:
        return page_url(desk)
    return page_url(desk, q=shown, page=page if page > 1 else None, _anchor="found")
