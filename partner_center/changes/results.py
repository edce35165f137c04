"""How a change ended, read from its rows: failures first, then who has what now."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pyroaring import BitMap
from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from partner_center.changes import undoing
from partner_center.changes.finishing import entry_sums, user_sums
from partner_center.changes.heads import heads_of
from partner_center.changes.models import Change, ChangeEntry, ChangeItem
from partner_center.changes.outcome import GOOD, heading_of
from partner_center.changes.pins import unpack_left_out
from partner_center.changes.planned import left_out_view, switched
from partner_center.changes.retrying import AGAIN
from partner_center.changes.situation import Names, look, names_for
from partner_center.changes.states import Outcome
from partner_center.changes.table import TableRow
from partner_center.changes.views import (
    DoneUser,
    LicenseNow,
    Message,
    Problem,
    ResultDeed,
    ResultView,
    Sealed,
)
from partner_center.customers.models import Customer
from partner_center.licensing.deeds import Deed, DeedKind
from partner_center.licensing.reasons import fix_of
from partner_center.shared.page import Page, place
from partner_center.staff.actor import Actor

FIRST_NAMES = 20
MESSAGES = 5
AT_ONCE = 500
_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_OF_ENTRY = and_(ChangeItem.change_id == ChangeEntry.change_id, ChangeItem.position == ChangeEntry.position)


def result_view(session: Session, actor: Actor, change: Change, *, page: int, size: int) -> ResultView:
    """The result page's values."""
    users, pairs = user_sums(session, change), entry_sums(session, change)
    problems = _problems(session, change)
    return ResultView(
        head=heads_of(session, actor, [change])[0],
        heading=heading_of(users, stopped=change.stop_reason is not None),
        users_ok=users.good,
        users=users.requested,
        users_sums=users,
        changes_sums=pairs,
        failures=tuple(problems[Outcome.FAILED]),
        not_attempted=tuple(problems[Outcome.NOT_ATTEMPTED]),
        unknown=tuple(problems[Outcome.UNKNOWN]),
        left_out=tuple(
            left_out_view(session, change.customer_id, each)
            for each in unpack_left_out(change.plan.get("left_out", {}))
        ),
        done=_done(session, change, page, size),
        can_retry=pairs.failed + pairs.not_attempted + pairs.unknown,
        undo=undoing.offer(session, actor, change),
        sealed=_sealed(change),
        duration=change.finished_at - change.saved_at if change.finished_at and change.saved_at else None,
    )


def result_rows(session: Session, customer: Customer, change: Change) -> Iterator[TableRow]:
    """The whole result as a table, users in the order of the change."""
    start = 0
    while True:
        items = _items(
            session, change.id, ChangeItem.position >= start, ChangeItem.position < start + AT_ONCE
        )
        if not items:
            return
        entries = _entries(session, change.id, [item.position for item in items])
        names = _names(session, change, items, [entry for found in entries.values() for entry in found])
        for item in items:
            for entry in entries.get(item.position, ()):
                yield _row(change, customer, item, entry, names=names)
        start += AT_ONCE


def _sealed(change: Change) -> Sealed | None:
    facts = change.evidence
    return Sealed(facts["csv_sha256"], facts["sha256"]) if facts else None


def _problems(session: Session, change: Change) -> dict[Outcome, list[Problem]]:
    """Groups of what ended badly, the biggest first."""
    found: dict[Outcome, list[Problem]] = {outcome: [] for outcome in AGAIN}
    columns = ChangeEntry.outcome, ChangeEntry.reason, ChangeEntry.sku_id
    groups = (
        select(*columns, func.count())
        .where(ChangeEntry.change_id == change.id, ChangeEntry.outcome.in_(AGAIN))
        .group_by(*columns)
        .order_by(func.count().desc(), *columns)
    )
    for outcome, reason, sku_id, users in session.execute(groups):
        of_group = and_(
            ChangeEntry.change_id == change.id,
            ChangeEntry.outcome == outcome,
            ChangeEntry.reason == reason if reason else ChangeEntry.reason.is_(None),
            ChangeEntry.sku_id == sku_id,
        )
        found[Outcome(str(outcome))].append(
            _problem(session, change, of_group, reason or "", sku_id, users=users)
        )
    return found


def _problem(
    session: Session, change: Change, of_group: ColumnElement[bool], reason: str, sku_id: str, *, users: int
) -> Problem:
    rows = session.execute(
        select(ChangeItem.display_name, ChangeEntry.message, ChangeEntry.request_id, ChangeEntry.value)
        .join(ChangeItem, _OF_ENTRY)
        .where(of_group)
        .order_by(ChangeEntry.position)
        .limit(FIRST_NAMES)
    ).all()
    numbers = session.scalars(select(ChangeItem.user_number).join(ChangeEntry, _OF_ENTRY).where(of_group))
    expected = [row.value.get("expected", {}) for row in rows]
    others = {sku for each in expected for sku in each.get("others", ())}
    plans = {plan for each in expected for plan in each.get("plans", ())}
    plans |= {guid.lower() for row in rows for guid in _GUID.findall(row.message or "")} - {sku_id}
    situation = look(session, change.customer_id)
    names = names_for(session, situation, skus={sku_id, *others}, plans=plans)
    return Problem(
        reason=reason,
        fix=fix_of(reason),
        sku_id=sku_id,
        product=names.product(sku_id),
        users=users,
        first=tuple(row.display_name for row in rows),
        more=users - len(rows),
        numbers=BitMap(numbers),
        messages=tuple(Message(row.message, row.request_id, row.display_name) for row in rows if row.message)[
            :MESSAGES
        ],
        other_products=tuple(sorted(names.product(sku) for sku in others)),
        plan_names=tuple(sorted(names.plan(plan) for plan in plans if names.plan(plan) != plan)),
        countries=tuple(sorted({each["country"] for each in expected if "country" in each})),
    )


def _done(session: Session, change: Change, page: int, size: int) -> Page[DoneUser]:
    """Users for whom anything was done or was so already, in the order of the change."""
    good = (
        select(ChangeEntry.position)
        .where(
            ChangeEntry.change_id == change.id,
            ChangeEntry.position == ChangeItem.position,
            ChangeEntry.outcome.in_(GOOD),
        )
        .exists()
    )
    some_good = or_(ChangeItem.outcome.in_(GOOD), good)
    wanted = (ChangeItem.change_id == change.id, some_good)
    total = session.scalar(select(func.count()).select_from(ChangeItem).where(*wanted)) or 0
    number = place(page, size, total)
    items = _items(session, change.id, some_good, offset=(number - 1) * size, limit=size)
    entries = _entries(session, change.id, [item.position for item in items])
    names = _names(session, change, items, [entry for found in entries.values() for entry in found])
    users = [_done_user(item, entries.get(item.position, ()), names) for item in items]
    return Page(users, number, size, total, page)


def _done_user(item: ChangeItem, entries: Sequence[ChangeEntry], names: Names) -> DoneUser:
    new = {e.sku_id for e in entries if e.deed == DeedKind.ASSIGN and e.outcome == Outcome.DONE}
    licenses = [
        LicenseNow(
            one["sku"], names.product(one["sku"]), one["sku"] in new, not one["direct"], len(one["off"])
        )
        for one in (item.before if item.after is None else item.after)
    ]
    return DoneUser(
        number=item.user_number,
        display_name=item.display_name,
        user_principal_name=item.user_principal_name,
        deeds=tuple(_deed(entry, names) for entry in entries),
        licenses=tuple(sorted(licenses, key=lambda one: (not one.is_new, one.name))),
    )


def _deed(entry: ChangeEntry, names: Names) -> ResultDeed:
    deed = Deed.from_json(entry.value["deed"])
    return ResultDeed(
        sku_id=deed.sku_id,
        product=names.product(deed.sku_id),
        kind=deed.kind,
        outcome=Outcome(entry.outcome or Outcome.UNKNOWN),
        reason=entry.reason,
        by_group=deed.by_group,
        on_names=tuple(names.plan(plan) for plan in deed.turned_on),
        off_names=tuple(names.plan(plan) for plan in _switched_off(deed)),
        location=deed.location,
    )


def _switched_off(deed: Deed) -> tuple[str, ...]:
    if deed.kind is DeedKind.PLANS:
        return deed.turned_off
    return () if deed.already else deed.off


def _row(
    change: Change, customer: Customer, item: ChangeItem, entry: ChangeEntry, *, names: Names
) -> TableRow:
    deed = _deed(entry, names)
    return TableRow(
        ref=change.ref,
        time_utc=item.settled_at,
        customer=customer.name,
        domain=customer.domain,
        user=item.display_name,
        upn=item.user_principal_name,
        product=deed.product,
        sku=deed.sku_id,
        action=deed.kind.value,
        plans_changed=switched(deed.on_names, deed.off_names) or (deed.location or ""),
        status=deed.outcome.value,
        reason_code=deed.reason or "",
        microsoft_text=entry.message or "",
        request_id=entry.request_id or "",
    )


def _items(
    session: Session,
    change_id: int,
    *wanted: ColumnElement[bool],
    offset: int | None = None,
    limit: int | None = None,
) -> list[ChangeItem]:
    query = select(ChangeItem).where(ChangeItem.change_id == change_id, *wanted)
    return list(session.scalars(query.order_by(ChangeItem.position).offset(offset).limit(limit)))


def _entries(
    session: Session, change_id: int, positions: Iterable[int]
) -> Mapping[int, Sequence[ChangeEntry]]:
    found: dict[int, list[ChangeEntry]] = {}
    wanted = (ChangeEntry.change_id == change_id, ChangeEntry.position.in_(positions))
    for entry in session.scalars(
        select(ChangeEntry).where(*wanted).order_by(ChangeEntry.position, ChangeEntry.sku_id)
    ):
        found.setdefault(entry.position, []).append(entry)
    return found


def _names(
    session: Session, change: Change, items: Iterable[ChangeItem], entries: Iterable[ChangeEntry]
) -> Names:
    held: list[dict[str, Any]] = [one for item in items for one in (*item.before, *(item.after or ()))]
    deeds = [Deed.from_json(entry.value["deed"]) for entry in entries]
    plans = {plan for deed in deeds for plan in (*deed.off, *deed.turned_on, *deed.turned_off)}
    skus = {one["sku"] for one in held} | {deed.sku_id for deed in deeds}
    return names_for(session, look(session, change.customer_id), skus=skus, plans=plans)
