"""All that **Activity** shows, made ready for its templates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from flask import url_for
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from partner_center.audit.actions import Action, Result
from partner_center.audit.models import AuditEntry
from partner_center.audit.queries import Asked, Sight, list_entries
from partner_center.customers.models import Customer
from partner_center.customers.queries import matching_ids
from partner_center.customers.visibility import names_of, visible_ids
from partner_center.shared import clock
from partner_center.shared.page import Page
from partner_center.staff.actor import Actor
from partner_center.staff.permissions import Permission
from partner_center.staff.queries import matching_people
from partner_center.web import arguments, formats
from partner_center.web.audit.words import ACTIONS, RESULTS, action_name, customers_in, facts_of, result_tag
from partner_center.web.lists import ListAddress, Pager, clamped_words, pager_of
from partner_center.web.tags import Tag
from partner_center.web.wording import _, ngettext

SHOWN_AT_FIRST = timedelta(days=30)
ALL_DAYS = "all"
"""`from=all`: an empty value would be left out of an address, and leave the last 30 days."""
_CHANGES = {action for action in Action if action.startswith("change_")}
_ORDERS = {Action.SEATS_ORDERED, Action.SEATS_ORDER_FINISHED}


@dataclass(frozen=True, slots=True)
class Question:
    """What the address asks, as typed; `since` and `until` are days in UTC, both included."""

    customer: str
    person: str
    action: str
    result: str
    since: str
    until: str

    @property
    def narrows(self) -> bool:
        """Whether more than the time is asked for."""
        return bool(self.customer or self.person or self.action or self.result)


@dataclass(frozen=True, slots=True)
class EntryLine:
    """A row of the list. `href` leads to what the entry is about, where the reader may see it."""

    number: int
    at: datetime
    who: str
    what: str
    subject: str
    href: str
    customer_id: int | None
    customer: str
    result: Tag
    facts: tuple[tuple[str, str], ...]
    request_id: str


@dataclass(frozen=True, slots=True)
class ActivityPage:
    """The list of entries."""

    question: Question
    everybody: bool
    of_customer: bool
    actions: tuple[tuple[str, str], ...]
    results: tuple[tuple[str, str], ...]
    caption: str
    notice: str
    rows: tuple[EntryLine, ...]
    pager: Pager
    address: ListAddress
    download: str


def sight_of(actor: Actor) -> Sight:
    """Everybody's entries for who may see them, else one's own; never of a customer one may not see."""
    own = None if actor.may(Permission.VIEW_AUDIT) else actor.id
    return Sight(own, visible_ids(actor))


def question_of(args: MultiDict[str, str]) -> Question:
    """What the address asks; the last 30 days unless it names a day or says none."""
    recent = (clock.now() - SHOWN_AT_FIRST).date().isoformat()
    return Question(
        customer=arguments.text(args, "customer"),
        person=arguments.text(args, "person"),
        action=_offered(args, "action", Action),
        result=_offered(args, "result", Result),
        since=_day(args.get("from", recent)),
        until=_day(args.get("to", "")),
    )


def asked_of(session: Session, actor: Actor, question: Question, customer: Customer | None) -> Asked:
    """The question as the query understands it; `customer` is the one whose page this is."""
    people = question.person if actor.may(Permission.VIEW_AUDIT) else ""
    return Asked(
        customers=_customers(question.customer, customer),
        people=matching_people(session, people) if people else None,
        action=Action(question.action) if question.action else None,
        result=Result(question.result) if question.result else None,
        since=_start_of(question.since),
        until=_start_of(question.until, timedelta(days=1)),
    )


def activity_page(
    session: Session, actor: Actor, args: MultiDict[str, str], customer: Customer | None = None
) -> ActivityPage:
    """What the address asks of the list; reads only."""
    question = question_of(args)
    page = list_entries(
        session,
        sight_of(actor),
        asked_of(session, actor, question, customer),
        page=arguments.page_number(args),
        size=arguments.page_size(args),
    )
    place: dict[str, Any] = {"customer_id": customer.id} if customer else {}
    where = "customer_activity" if customer else "show_activity"
    address = ListAddress(f"audit.{where}", place, _kept(question, args))
    about = {row.customer_id for row in page.items if row.customer_id}
    names = names_of(session, actor, about.union(*(customers_in(row.details) for row in page.items)))
    return ActivityPage(
        question=question,
        everybody=actor.may(Permission.VIEW_AUDIT),
        of_customer=customer is not None,
        actions=tuple((str(action), str(text)) for action, text in ACTIONS.items()),
        results=tuple((str(result), str(text)) for result, (text, _tone) in RESULTS.items()),
        caption=_caption(page),
        notice=clamped_words(page),
        rows=tuple(_line(row, names) for row in page.items),
        pager=pager_of(page),
        address=address,
        download=replace(address, endpoint=f"audit.download_{where.removeprefix('show_')}")(),
    )


def _kept(question: Question, args: MultiDict[str, str]) -> dict[str, str]:
    """The address's own words, for the addresses of other pages of the list."""
    typed = {name: args.get(name, "") for name in ("customer", "person", "action", "result", "size")}
    return typed | {"from": question.since or ALL_DAYS, "to": question.until}


def _offered(args: MultiDict[str, str], name: str, kind: type[Action] | type[Result]) -> str:
    asked = args.get(name, "")
    return asked if asked in {one.value for one in kind} else ""


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text.strip()).isoformat()
    except ValueError:
        return ""


def _start_of(day: str, later: timedelta = timedelta()) -> datetime | None:
    try:
        return datetime.combine(date.fromisoformat(day), time(), UTC) + later if day else None
    except OverflowError:  # the last day there is
        return None


def _customers(query: str, customer: Customer | None) -> Any:
    if customer is not None:
        return matching_ids("").where(Customer.id == customer.id)
    return matching_ids(query) if query else None


def _caption(page: Page[AuditEntry]) -> str:
    words = ngettext("%(n)s entry", "%(n)s entries", page.total, n=formats.number(page.total))
    if page.last == 1:
        return words
    number, last = formats.number(page.number), formats.number(page.last)
    return _("%(entries)s, page %(page)s of %(pages)s", entries=words, page=number, pages=last)


def _line(entry: AuditEntry, names: Mapping[int, str]) -> EntryLine:
    known = entry.customer_id in names
    return EntryLine(
        number=entry.id,
        at=entry.at,
        who=entry.actor_name or _("Nobody signed in"),
        what=action_name(entry.action),
        subject=entry.subject,
        href=_href(entry) if known and entry.subject else "",
        customer_id=entry.customer_id if known else None,
        customer=names.get(entry.customer_id or 0, ""),
        result=result_tag(entry.result),
        facts=facts_of(entry.details, names),
        request_id=entry.request_id,
    )


def _href(entry: AuditEntry) -> str:
    if _is_one_of(entry.action, _CHANGES):
        return url_for("changes.show_change", customer_id=entry.customer_id, ref=entry.subject)
    if _is_one_of(entry.action, _ORDERS):
        return url_for("purchases.show_order", customer_id=entry.customer_id, ref=entry.subject)
    return ""


def _is_one_of(code: str, actions: Iterable[Action]) -> bool:
    return code in {action.value for action in actions}
