"""What the buttons of *Selected users* do, and the adding of a list of addresses."""

from __future__ import annotations

from flask import flash, url_for
from pyroaring import BitMap
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from partner_center.directory import listing, selection
from partner_center.directory.address_lists import AddressList
from partner_center.shared.page import last_page
from partner_center.staff.actor import Actor
from partner_center.web import formats
from partner_center.web.address_form import Added, added_by
from partner_center.web.arguments import page_number
from partner_center.web.lists import ListAddress, step
from partner_center.web.selection.page import SIZE, kinds_in
from partner_center.web.ticks import read_ticks
from partner_center.web.wording import ngettext


def store(session: Session, actor: Actor, customer_id: int, form: MultiDict[str, str]) -> str:
    """Take the unticked out, do what the pressed button says, and return the address to go to."""
    go = form.get("go", "stay")
    chosen = selection.get_selection(session, actor, customer_id)
    left = _unticked(form) & chosen.members
    left |= kinds_in(session, customer_id, chosen.members).get(go, BitMap())
    if left:
        chosen = selection.change(session, actor, customer_id, remove=left)
        flash(_removed(len(left)), "info")
    if go == "clear":
        chosen = selection.clear(session, actor, customer_id)
    elif go == "undo":
        chosen = selection.undo(session, actor, customer_id)
    elif go == "manage" and chosen.members:
        return url_for("manage.manage_licenses", customer_id=customer_id)
    elif go == "products" and chosen.members:
        return url_for("several.choose_products", customer_id=customer_id)
    return _address(customer_id, form, go, len(chosen.members))


def add_addresses(session: Session, actor: Actor, customer_id: int, given: AddressList) -> Added:
    """Select everybody whom an address of `given` names."""
    match = listing.find_by_addresses(session, customer_id, given.addresses)
    before = selection.get_selection(session, actor, customer_id).members
    if match.found:
        selection.change(session, actor, customer_id, add=match.found, source="addresses")
    return added_by(match, given, new=len(match.found - before))


def _unticked(form: MultiDict[str, str]) -> BitMap:
    """Whom the page showed without a tick, and who was dropped with a button of their own."""
    single = MultiDict({"page_numbers": form.get("drop", "")})
    return read_ticks(form).remove | read_ticks(single).remove


def _address(customer_id: int, form: MultiDict[str, str], go: str, total: int) -> str:
    to = form.get("to", "")
    if go == "stay" and to:
        go = "goto"  # Enter in the page number's field presses the form's first button
    page = step(page_number(form), last_page(total, SIZE), go, to)
    nobody = {"nobody": "1"} if go in {"manage", "products"} else {"_anchor": "list"}
    address = ListAddress("selection.show_selected", {"customer_id": customer_id}, {})
    return address(page=page, **nobody)


def _removed(count: int) -> str:
    return ngettext("Removed %(n)s user.", "Removed %(n)s users.", count, n=formats.number(count))
