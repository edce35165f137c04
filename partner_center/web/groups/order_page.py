"""An order of a group in words: what it does, how it stands, what became of it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from partner_center.directory import listing
from partner_center.groups.queries import GroupOrderView
from partner_center.groups.states import GroupDeed, GroupOrderState
from partner_center.web.formats import number
from partner_center.web.reasons import wording
from partner_center.web.wording import _, ngettext

MOST_SHOWN = 100
"""Members an order's page names; the group's page has all who are still in error."""


@dataclass(frozen=True, slots=True)
class MemberOutcome:
    """What became of one member."""

    name: str
    number: int
    text: str
    advice: str
    message: str


@dataclass(frozen=True, slots=True)
class OrderPage:
    """How an order stands. `why` are reasons with how many members each."""

    what: str
    heading: str
    tone: str
    text: str
    advice: str
    why: tuple[str, ...]
    members: tuple[MemberOutcome, ...]
    shown: str
    finished: bool


def what_of(order: GroupOrderView) -> str:
    """What was ordered, in a line."""
    if order.deed is GroupDeed.ASSIGN:
        return _("Assign %(product)s", product=order.product)
    if order.deed is GroupDeed.REMOVE:
        return _("Remove %(product)s", product=order.product)
    count = len(order.members)
    return ngettext("Reprocess %(n)s member", "Reprocess %(n)s members", count, n=number(count))


def order_page(session: Session, customer_id: int, order: GroupOrderView) -> OrderPage:
    """The page of the order."""
    said = wording(order.reason)
    heading, tone, text = _told(order)
    if order.state is GroupOrderState.FAILED and order.reason:
        text = f"{said.title}."
    if order.state is GroupOrderState.UNKNOWN:
        text = _("%(why)s. Look at the group's members to see what they have.", why=said.title)
    return OrderPage(
        what=what_of(order),
        heading=heading,
        tone=tone,
        text=text,
        advice=said.advice if order.reason and order.state is GroupOrderState.FAILED else "",
        why=tuple(_why(reason, count) for reason, count in order.reasons.items()),
        members=_members(session, customer_id, order),
        shown=_shown(len(order.users)),
        finished=order.state.is_final,
    )


def short_state(order: GroupOrderView) -> tuple[str, str]:
    """The state in a word or two, and its tone."""
    words = {
        GroupOrderState.DONE: (_("Done"), "ok"),
        GroupOrderState.PARTLY: (_("Partly done"), "warn"),
        GroupOrderState.FAILED: (_("Failed"), "err"),
        GroupOrderState.UNKNOWN: (_("Not known"), "warn"),
    }
    return words.get(order.state, (_("Under way"), "info"))


def _told(order: GroupOrderView) -> tuple[str, str, str]:
    """Heading, tone and text."""
    again = order.deed is GroupDeed.REPROCESS
    asking = _("You can leave this page. The work continues.")
    return {
        GroupOrderState.DONE: (_all_done(order), "ok", ""),
        GroupOrderState.PARTLY: (_served(order), "warn", ""),
        GroupOrderState.FAILED: (_served(order) if again else _("Nothing was changed"), "err", ""),
        GroupOrderState.UNKNOWN: (_("It is not known what became of it"), "warn", ""),
        GroupOrderState.PROCESSING: (_("Microsoft is working on it"), "info", _progress(order)),
    }.get(order.state, (_("Asking Microsoft…"), "info", asking))


def _progress(order: GroupOrderView) -> str:
    text = _("Microsoft has accepted it and serves one member after the other. That takes minutes to hours.")
    if not order.counted:
        return text
    served, counted = number(order.counted - order.pending), number(order.counted)
    return f"{text} " + _("So far: %(n)s of %(total)s members.", n=served, total=counted)


def _all_done(order: GroupOrderView) -> str:
    if order.deed is GroupDeed.REMOVE:
        return _("The group gives it no more, and no member has it from the group")
    if not order.counted:
        return _("The group gives it now. It has no members.")
    return _served(order)


def _served(order: GroupOrderView) -> str:
    total = order.counted or len(order.members)
    return ngettext(
        "%(n)s of %(total)s members has it from the group",
        "%(n)s of %(total)s members have it from the group",
        order.done,
        n=number(order.done),
        total=number(total),
    )


def _shown(total: int) -> str:
    """How the list of members is cut; empty where it is not."""
    if total <= MOST_SHOWN:
        return ""
    span = _("%(first)s–%(last)s of %(total)s", first=1, last=MOST_SHOWN, total=number(total))
    return _("Shown: %(span)s.", span=span)


def _why(reason: str, count: int) -> str:
    said = wording(reason)
    members = ngettext("%(n)s member", "%(n)s members", count, n=number(count))
    return f"{members}: {said.title}. {said.advice}"


def _members(session: Session, customer_id: int, order: GroupOrderView) -> tuple[MemberOutcome, ...]:
    """The first of them, those without it before the others."""
    users = sorted(order.users, key=lambda one: one.outcome == "done")[:MOST_SHOWN]
    rows = listing.rows_of(session, customer_id, [one.number for one in users])
    called = {row.number: row.display_name for row in rows}
    found = []
    for one in users:
        said = wording(one.reason)
        done = one.outcome == "done"
        text = _("Has the licenses of the group now") if done else f"{said.title}."
        name = called.get(one.number, _("Deleted user"))
        found.append(MemberOutcome(name, one.number, text, "" if done else said.advice, one.message or ""))
    return tuple(found)
