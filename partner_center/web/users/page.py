"""A page of users for the one who looks: the part that all see, with their own ticks."""

from __future__ import annotations

from dataclasses import dataclass

from pyroaring import BitMap
from sqlalchemy.orm import Session

from partner_center.customers.models import Customer
from partner_center.directory import listing
from partner_center.directory.selection import Chosen
from partner_center.web import formats
from partner_center.web.ticks import selected_label, selection_words, undo_words
from partner_center.web.user_filters import UserQuery, to_filter
from partner_center.web.users.listed import Listed, listed
from partner_center.web.wording import ngettext


@dataclass(frozen=True, slots=True)
class Bar:
    """The selection bar. `undo` is empty where nothing can be brought back."""

    count: int
    text: str
    label: str
    undo: str
    select_all: str


@dataclass(frozen=True, slots=True)
class UsersPage:
    """The page. `all_ticked`: each of its rows is."""

    part: Listed
    members: BitMap
    bar: Bar
    all_ticked: bool
    notice: str


def users_page(
    session: Session, customer: Customer, query: UserQuery, chosen: Chosen, language: str
) -> UsersPage:
    """What `query` shows of the customer's users; reads only."""
    part = listed(session, customer, query, to_filter(query, chosen.members), language)
    shown = _shown(session, customer.id, part, chosen)
    return UsersPage(
        part=part,
        members=chosen.members,
        bar=selection_bar(chosen, part.total, shown),
        all_ticked=_is_all_ticked(part, chosen),
        notice=part.notice or _vanished(chosen.vanished),
    )


def selection_bar(chosen: Chosen, matching: int, shown: int) -> Bar:
    """The bar over a list that `matching` users pass, `shown` of them selected."""
    hidden = len(chosen.members) - shown
    return Bar(
        count=len(chosen.members),
        text=selection_words(chosen, hidden),
        label=selected_label(chosen),
        undo=undo_words(chosen.undo) if chosen.undo and not chosen.members else "",
        select_all=_select_all(matching) if shown < matching else "",
    )


def _shown(session: Session, customer_id: int, part: Listed, chosen: Chosen) -> int:
    """How many of the selected pass the filter; all of them where nothing is asked."""
    if part.wanted.is_plain or not chosen.members:
        return len(chosen.members)
    return len(listing.matching(session, customer_id, part.wanted) & chosen.members)


def _is_all_ticked(part: Listed, chosen: Chosen) -> bool:
    return bool(part.rows) and all(row.number in chosen.members for row in part.rows)


def _vanished(count: int) -> str:
    if not count:
        return ""
    return ngettext(
        "%(n)s selected user no longer exists and was removed.",
        "%(n)s selected users no longer exist and were removed.",
        count,
        n=formats.number(count),
    )


def _select_all(total: int) -> str:
    return ngettext(
        "Select the %(n)s matching user", "Select all %(n)s matching users", total, n=formats.number(total)
    )
