"""What the buttons of the users' form do once its ticks are stored, and where each leads."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlencode

from flask import flash, url_for
from pyroaring import BitMap
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from partner_center.directory import listing, selection
from partner_center.shared.page import last_page
from partner_center.staff.actor import Actor
from partner_center.web import formats
from partner_center.web.arguments import Sort
from partner_center.web.lists import ListAddress, step
from partner_center.web.ticks import Ticks, read_ticks
from partner_center.web.user_filters import UserQuery, read_query, to_args, to_filter
from partner_center.web.wording import ngettext

LIST = "list"
"""Where focus goes after paging: the table's caption."""


def store(session: Session, actor: Actor, customer_id: int, form: MultiDict[str, str]) -> str:
    """Store the ticks, do what the pressed button says, and return the address to go to."""
    ticks = read_ticks(form)
    _keep(session, actor, customer_id, ticks)
    query = read_query(form)
    go = form.get("go", "stay")
    if deed := DEEDS.get(go):
        deed(session, actor, customer_id, query)
    chosen = selection.get_selection(session, actor, customer_id).members
    if go == "user":
        return url_for("users.show_user", customer_id=customer_id, number=_first(ticks.add | ticks.remove))
    if go == "selected":
        return url_for("selection.show_selected", customer_id=customer_id)
    if go == "manage" and chosen:
        return url_for("manage.manage_licenses", customer_id=customer_id)
    if go == "products" and chosen:
        return url_for("several.choose_products", customer_id=customer_id)
    if go in {"manage", "products"}:  # a redirect, not a 422: what was unticked must stay stored
        return _address(customer_id, query, nobody="1")
    total = len(listing.matching(session, customer_id, to_filter(query, chosen)))
    return _address(customer_id, _turned(query, total, go, form.get("to", "")), _anchor=LIST)


def _keep(session: Session, actor: Actor, customer_id: int, ticks: Ticks) -> None:
    """Only what differs is a change: one that changes nothing would make an undo impossible."""
    members = selection.get_selection(session, actor, customer_id).members
    if ticks.add - members or ticks.remove & members:
        selection.change(session, actor, customer_id, add=ticks.add, remove=ticks.remove)
    if gone := len(ticks.add - listing.living(session, customer_id)):
        words = ngettext(
            "%(n)s user no longer exists and was left out.",
            "%(n)s users no longer exist and were left out.",
            gone,
            n=formats.number(gone),
        )
        flash(words, "warn")


def _select_all(session: Session, actor: Actor, customer_id: int, query: UserQuery) -> None:
    chosen = selection.get_selection(session, actor, customer_id)
    matching = listing.matching(session, customer_id, to_filter(query, chosen.members))
    asked = {name: value for name, value in to_args(query).items() if name not in {"sort", "size", "page"}}
    source = "filter?" + urlencode(asked)
    selection.change(session, actor, customer_id, add=matching, source=source)
    count = formats.number(len(matching))
    flash(ngettext("%(n)s user is selected.", "%(n)s users are selected.", len(matching), n=count), "ok")


def _clear(session: Session, actor: Actor, customer_id: int, _query: UserQuery) -> None:
    selection.clear(session, actor, customer_id)


def _undo(session: Session, actor: Actor, customer_id: int, _query: UserQuery) -> None:
    selection.undo(session, actor, customer_id)


DEEDS = {"all": _select_all, "clear": _clear, "undo": _undo}


def _turned(query: UserQuery, total: int, go: str, to: str) -> UserQuery:
    """The query after its list was sorted, cut in other pages, or paged by `go`."""
    word, _colon, value = go.partition(":")
    if word == "sort":
        turn = query.sort.key == value and not query.sort.descending
        return read_query(MultiDict(to_args(query) | {"sort": Sort(value, turn).to_arg(), "page": "1"}))
    if word == "size":
        return read_query(MultiDict(to_args(query) | {"size": value, "page": "1"}))
    if go == "stay" and to:
        go = "goto"  # Enter in the page number's field presses the form's first button
    return replace(query, page=step(query.page, last_page(total, query.size), go, to))


def _address(customer_id: int, query: UserQuery, **more: str) -> str:
    address = ListAddress("users.list_users", {"customer_id": customer_id}, to_args(query))
    return address(page=query.page, **more)


def _first(numbers: BitMap) -> int:
    return numbers.min() if numbers else 0
