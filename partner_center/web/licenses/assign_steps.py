"""What each button of the page does where a product is assigned. What was set is kept first, by every one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import url_for
from werkzeug.datastructures import MultiDict

from partner_center.licensing.values import Wish
from partner_center.web import arguments
from partner_center.web.licenses.picking import PickingDesk, row_of
from partner_center.web.people_found import read_number
from partner_center.web.problems import Problem
from partner_center.web.wording import _

Form = MultiDict[str, str]


def take(desk: PickingDesk, wish: Wish, form: Form) -> str:
    """Do what the button says and return the address to go to; an unknown one only keeps what is set."""
    desk.keep(wish)
    name, _colon, target = form.get("go", "find").partition(":")
    return _STEPS.get(name, _find)(desk, form, target)


def check(desk: PickingDesk, form: Form) -> tuple[Problem, ...]:
    """What keeps **Save** from going on."""
    if form.get("v", type=int) != desk.chosen().version:
        text = _("The people picked changed since this page was made. Look again, then save.")
        return (Problem(text, "picked"),)
    if not desk.members():
        return (Problem(_("Pick at least one person."), "person"),)
    return ()


def page_url(desk: PickingDesk, **more: Any) -> str:
    """The page itself."""
    return url_for("licenses.pick_people", customer_id=desk.customer_id, sku_id=desk.sku_id, **more)


def _find(desk: PickingDesk, form: Form, _target: str = "") -> str:
    search = arguments.text(form, "q")
    return page_url(desk, q=search, _anchor="found") if search else page_url(desk)


def _add(desk: PickingDesk, form: Form, target: str) -> str:
    desk.add(read_number(target))
    return _stay(desk, form)


def _remove(desk: PickingDesk, form: Form, target: str) -> str:
    desk.remove(read_number(target))
    return _stay(desk, form, "picked")


def _all(desk: PickingDesk, form: Form, _target: str) -> str:
    search = arguments.text(form, "shown")
    if search:
        desk.add(desk.matching(search), source=f"search:{search}")
    return _stay(desk, form)


def _clear(desk: PickingDesk, form: Form, _target: str) -> str:
    desk.clear()
    return _stay(desk, form, "picked")


def _undo(desk: PickingDesk, form: Form, _target: str) -> str:
    desk.undo()
    return _stay(desk, form, "picked")


def _leave(desk: PickingDesk, form: Form, target: str) -> str:
    """Let those go for whom it is expected to fail for one reason."""
    desk.remove(desk.hindered(target))
    return _stay(desk, form, "picked")


def _list(desk: PickingDesk, _form: Form, _target: str) -> str:
    return url_for("licenses.pick_by_list", customer_id=desk.customer_id, sku_id=desk.sku_id)


def _buy(desk: PickingDesk, _form: Form, _target: str) -> str:
    """To the purchase with what is short filled in, and back to this page afterwards."""
    row = row_of(desk.matrix(desk.wish()), desk.sku_id)
    asked: dict[str, Any] = {"sku": desk.sku_id, "add": max(row.short, 1), "return": page_url(desk)}
    return url_for("purchases.start_order", customer_id=desk.customer_id, **asked)


def _stay(desk: PickingDesk, form: Form, anchor: str = "found") -> str:
    """The page with the same matches on it."""
    shown, page = arguments.text(form, "shown"), arguments.page_number(form)
    if not shown:
        return page_url(desk, _anchor="picked")
    return page_url(desk, q=shown, page=page if page > 1 else None, _anchor=anchor)


_STEPS: Mapping[str, Callable[[PickingDesk, Form, str], str]] = {
    "add": _add,
    "remove": _remove,
    "all": _all,
    "clear": _clear,
    "undo": _undo,
    "leave": _leave,
    "list": _list,
    "buy": _buy,
}
