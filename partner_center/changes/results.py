"""How a change ended, read from its rows: failures first, then who has what now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from partner_center.changes import undoing
from partner_center.changes.finishing import count_done, entry_sums, some_good, user_sums
from partner_center.changes.heads import heads_of
from partner_center.changes.models import Change, ChangeEntry, ChangeItem
from partner_center.changes.outcome import heading_of
from partner_center.changes.pins import unpack_left_out
from partner_center.changes.planned import left_out_view, switched
from partner_center.changes.problems import problems_of
from partner_center.changes.quick_start import gave_something
from partner_center.changes.situation import Names, Situation, look, names_for
from partner_center.changes.states import Outcome
from partner_center.changes.table import TableRow
from partner_center.changes.views import (
    DoneUser,
    LicenseNow,
    ResultDeed,
    ResultView,
    Sealed,
)
from partner_center.customers.models import Customer
from partner_center.licensing.deeds import Deed, DeedKind
from partner_center.shared.page import Page, place
from partner_center.staff.actor import Actor

AT_ONCE = 500


def result_view(session: Session, actor: Actor, change: Change, *, page: int, size: int) -> ResultView:
    """The result page's values."""
    users, pairs = user_sums(session, change), entry_sums(session, change)
    situation = look(session, change.customer_id)
    problems = problems_of(session, change, situation)
    return ResultView(
        head=heads_of(session, actor, [change])[0],
        heading=heading_of(users, pairs, stopped=change.stop_reason is not None),
        users_ok=users.good,
        users=users.requested,
        users_sums=users,
        changes_sums=pairs,
        failures=problems.of(Outcome.FAILED),
        not_attempted=problems.of(Outcome.NOT_ATTEMPTED),
        unknown=problems.of(Outcome.UNKNOWN),
        more_problems=problems.more,
        left_out=tuple(
            left_out_view(session, change.customer_id, each)
            for each in unpack_left_out(change.plan.get("left_out", {}))
        ),
        done=_done(session, change, situation, page=page, size=size),
        can_retry=pairs.failed + pairs.not_attempted + pairs.unknown,
        undo=undoing.offer(session, actor, change),
        sealed=_sealed(change),
        duration=change.finished_at - change.saved_at if change.finished_at and change.saved_at else None,
        gave=gave_something(session, change),
    )


def result_rows(session: Session, customer: Customer, change: Change) -> Iterator[TableRow]:
    """The whole result as a table, users in the order of the change."""
    start, situation = 0, look(session, change.customer_id)
    while True:
        items = _items(
            session, change.id, ChangeItem.position >= start, ChangeItem.position < start + AT_ONCE
        )
        if not items:
            return
        entries = _entries(session, change.id, [item.position for item in items])
        names = _names(session, situation, items, [entry for found in entries.values() for entry in found])
        for item in items:
            for entry in entries.get(item.position, ()):
                yield _row(change, customer, item, entry, names=names)
        start += AT_ONCE


def _sealed(change: Change) -> Sealed | None:
    facts = change.evidence
    return Sealed(facts["csv_sha256"], facts["sha256"]) if facts else None


def _done(session: Session, change: Change, situation: Situation, *, page: int, size: int) -> Page[DoneUser]:
    """Users for whom anything was done or was so already, in the order of the change."""
    total = count_done(session, change)
    number = place(page, size, total)
    items = _items(session, change.id, some_good(change.id), offset=(number - 1) * size, limit=size)
    entries = _entries(session, change.id, [item.position for item in items])
    names = _names(session, situation, items, [entry for found in entries.values() for entry in found])
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
    session: Session, situation: Situation, items: Iterable[ChangeItem], entries: Iterable[ChangeEntry]
) -> Names:
    held: list[dict[str, Any]] = [one for item in items for one in (*item.before, *(item.after or ()))]
    deeds = [Deed.from_json(entry.value["deed"]) for entry in entries]
    plans = {plan for deed in deeds for plan in (*deed.off, *deed.turned_on, *deed.turned_off)}
    skus = {one["sku"] for one in held} | {deed.sku_id for deed in deeds}
    return names_for(session, situation, skus=skus, plans=plans)
