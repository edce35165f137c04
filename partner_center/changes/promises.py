"""Licences promised to changes that are saved and not finished: nobody else is offered them.

A promise is no row of its own. It is what a living change's rows still ask for, so that it ends with the
answer, with the change, and with whatever else closes those rows; no worker's death leaves one behind.
Only our own count of the licences in use is kept (`SeatCount`), and its row is what savers of one product
at one customer take turns at.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.orm import Session

from partner_center.changes.models import Change, ChangeEntry, ChangeItem, SeatCount
from partner_center.changes.states import LIVING, ChangeState, ItemState, Outcome
from partner_center.directory.models import Mirror, SubscribedSku
from partner_center.directory.rowsets import begin_writing, insert_missing
from partner_center.licensing.deeds import DeedKind
from partner_center.licensing.seats import Claim, OwnCount, Stake, Told, used_now

_GIVES = (Outcome.DONE, Outcome.UNKNOWN)
_SEATED = (DeedKind.ASSIGN, DeedKind.REVOKE)


@dataclass(frozen=True, slots=True)
class Moved:
    """One licence given (+1) or given back (-1) by an answer to what was sent at `sent_at`."""

    sku_id: str
    by: int
    sent_at: datetime | None


def lock_seats(session: Session, customer_id: int, sku_ids: Iterable[str]) -> None:
    """Take turns with everybody who decides on these products' licences, until the transaction ends."""
    begin_writing(session)
    wanted = sorted(set(sku_ids))
    for sku_id in wanted:  # always in the same order: two savers never wait for each other
        insert_missing(session, SeatCount, {"customer_id": customer_id, "sku_id": sku_id})
    if wanted:
        session.execute(_counts(customer_id, wanted).order_by(SeatCount.sku_id).with_for_update())


def stakes(session: Session, customer_id: int, *, saved: Change | None = None) -> dict[str, Stake]:
    """Every product's licences as a newcomer may count on them, or the change `saved`.

    Who saved first is served first: a saved change has before it what was saved earlier, a newcomer all.
    """
    ahead = promised_before(session, customer_id, saved)
    used = _used(session, customer_id)
    owned = select(SubscribedSku.sku_id, SubscribedSku.enabled, SubscribedSku.warning).where(
        SubscribedSku.customer_id == customer_id
    )
    return {
        sku_id: Stake(enabled + warning, used[sku_id], ahead.get(sku_id, 0))
        for sku_id, enabled, warning in session.execute(owned)
    }


def promised_before(session: Session, customer_id: int, saved: Change | None = None) -> dict[str, int]:
    """Licences promised by product to changes saved before `saved`, or to all that are not finished."""
    before: list[ColumnElement[bool]] = []
    if saved is not None and saved.saved_at is not None:
        same = Change.saved_at == saved.saved_at
        before = [or_(Change.saved_at < saved.saved_at, same & (Change.id < saved.id))]
    promised: dict[str, int] = defaultdict(int)
    for claims in _claims(session, customer_id, *before).values():
        for sku_id, claim in claims.items():
            promised[sku_id] += claim.promised
    return promised


def claims_of(session: Session, change: Change) -> dict[str, Claim]:
    """What one change still asks for, by product."""
    return _claims(session, change.customer_id, Change.id == change.id).get(change.id, {})


def begin_counting(session: Session, customer_id: int, sku_ids: Iterable[str]) -> None:
    """From here on each answer moves our count of these products; their rows are locked."""
    wanted = set(sku_ids)
    lock_seats(session, customer_id, wanted)
    used, at = _used(session, customer_id), _told_at(session, customer_id)
    for sku_id in wanted if at else ():
        _keep(session, customer_id, sku_id, used=used[sku_id], counted_at=at)


def confirm(session: Session, customer_id: int, moves: Iterable[Moved], at: datetime) -> None:
    """Microsoft answered `moves`: what was promised is in use from here on, or free again.

    Where it told a number since we last counted, that one is weighed first.
    """
    by_sku: dict[str, list[Moved]] = defaultdict(list)
    for move in moves:
        by_sku[move.sku_id].append(move)
    lock_seats(session, customer_id, by_sku)
    used = _used(session, customer_id, landing=by_sku)
    for sku_id in sorted(by_sku):
        moved = used[sku_id] + sum(move.by for move in by_sku[sku_id])
        _keep(session, customer_id, sku_id, used=moved, counted_at=at, moved_at=at)


def is_doubtful(session: Session, customer_id: int) -> bool:
    """Whether Microsoft's numbers, as last read, are not what we count: they may be behind, or we."""
    used = _used(session, customer_id)
    told = select(SubscribedSku.sku_id, SubscribedSku.consumed).where(
        SubscribedSku.customer_id == customer_id
    )
    return any(used[sku_id] != consumed for sku_id, consumed in session.execute(told))


def _used(
    session: Session, customer_id: int, landing: Mapping[str, Iterable[Moved]] | None = None
) -> dict[str, int]:
    """Licences in use by product; `landing` are answers that are stored and that we have yet to count."""
    told_at = _told_at(session, customer_id)
    counts = _counts(customer_id).where(SeatCount.used.is_not(None))
    own = {sku_id: OwnCount(used, at, moved_at) for sku_id, used, at, moved_at in session.execute(counts)}
    is_new = told_at is not None and any(told_at > count.at for count in own.values())
    giving, taking = _under_way(session, customer_id, told_at) if is_new and told_at else ({}, {})
    told = select(SubscribedSku.sku_id, SubscribedSku.consumed).where(
        SubscribedSku.customer_id == customer_id
    )
    used: dict[str, int] = defaultdict(int)
    for sku_id, consumed in session.execute(told):
        before = [m.by for m in (landing or {}).get(sku_id, ()) if _was_sent_before(m, told_at)]
        used[sku_id] = used_now(
            Told(consumed, told_at),
            own.get(sku_id),
            giving=giving.get(sku_id, 0) + before.count(+1),
            taking=taking.get(sku_id, 0) + before.count(-1),
        )
    return used


def _was_sent_before(move: Moved, told_at: datetime | None) -> bool:
    return move.sent_at is not None and told_at is not None and move.sent_at <= told_at


def _claims(session: Session, customer_id: int, *wanted: ColumnElement[bool]) -> dict[int, dict[str, Claim]]:
    """By change and product. One whose rows are not all written yet asks for what its plan says."""
    columns = Change.id, Change.state, Change.expanded_to, Change.user_total, Change.plan
    living = select(*columns).where(Change.customer_id == customer_id, Change.state.in_(LIVING), *wanted)
    plans: dict[int, dict[str, Any]] = {}
    written: list[int] = []
    for id_, state, expanded_to, user_total, plan in session.execute(living):
        plans[id_] = plan
        if state == ChangeState.RUNNING and expanded_to >= user_total:
            written.append(id_)
    found = {id_: _planned(plan) for id_, plan in plans.items() if id_ not in written}
    for id_, counted in _counted(session, written).items():
        most = {sku_id: claim.most for sku_id, claim in _planned(plans[id_]).items()}
        found[id_] = {sku_id: _claim(told, most.get(sku_id)) for sku_id, told in counted.items()}
    return found


def _planned(plan: Mapping[str, Any]) -> dict[str, Claim]:
    """The claims of a plan's summary. With nobody left out, those expected to fail may be served too."""
    seats = plan.get("summary", {}).get("seats", {})
    risky = not plan.get("skip_expected", True)
    claims = {}
    for sku_id, numbers in seats.items():
        wanted = numbers["need"] + (numbers["failing"] if risky else 0)
        claims[sku_id] = Claim(wanted, most=min(wanted, max(0, numbers["available"] + numbers["freed"])))
    return claims


def _claim(told: Mapping[str | None, int], most: int | None) -> Claim:
    return Claim(told.get(None, 0), told.get(Outcome.DONE, 0), told.get(Outcome.UNKNOWN, 0), most)


def _counted(session: Session, change_ids: list[int]) -> dict[int, dict[str, dict[str | None, int]]]:
    """How many licences each change asked for, by product and outcome."""
    found: dict[int, dict[str, dict[str | None, int]]] = defaultdict(lambda: defaultdict(dict))
    if not change_ids:
        return found
    by = ChangeEntry.change_id, ChangeEntry.sku_id, ChangeEntry.outcome
    wanted = select(*by, func.count()).where(
        ChangeEntry.change_id.in_(change_ids),
        ChangeEntry.deed == DeedKind.ASSIGN,
        or_(ChangeEntry.outcome.is_(None), ChangeEntry.outcome.in_(_GIVES)),
    )
    for change_id, sku_id, outcome, count in session.execute(wanted.group_by(*by)):
        found[change_id][sku_id][outcome] = count
    return found


def _under_way(
    session: Session, customer_id: int, told_at: datetime
) -> tuple[dict[str, int], dict[str, int]]:
    """Licences by product in calls sent before `told_at` and not answered: to be given, to be given back."""
    rows = session.execute(
        select(ChangeEntry.sku_id, ChangeEntry.deed, func.count())
        .join(
            ChangeItem,
            (ChangeItem.change_id == ChangeEntry.change_id) & (ChangeItem.position == ChangeEntry.position),
        )
        .join(Change, Change.id == ChangeItem.change_id)
        .where(
            Change.customer_id == customer_id,
            Change.state == ChangeState.RUNNING,
            ChangeItem.state == ItemState.SENT,
            ChangeItem.sent_at <= told_at,
            ChangeEntry.outcome.is_(None),
            ChangeEntry.deed.in_(_SEATED),
        )
        .group_by(ChangeEntry.sku_id, ChangeEntry.deed)
    )
    giving: dict[str, int] = {}
    taking: dict[str, int] = {}
    for sku_id, deed, count in rows:
        (giving if deed == DeedKind.ASSIGN else taking)[sku_id] = count
    return giving, taking


def _told_at(session: Session, customer_id: int) -> datetime | None:
    return session.scalar(select(Mirror.seats_read_at).where(Mirror.customer_id == customer_id))


def _counts(customer_id: int, sku_ids: Iterable[str] | None = None) -> Any:
    columns = SeatCount.sku_id, SeatCount.used, SeatCount.counted_at, SeatCount.moved_at
    counts = select(*columns).where(SeatCount.customer_id == customer_id)
    return counts if sku_ids is None else counts.where(SeatCount.sku_id.in_(sku_ids))


def _keep(session: Session, customer_id: int, sku_id: str, **values: Any) -> None:
    row = (SeatCount.customer_id == customer_id, SeatCount.sku_id == sku_id)
    keeping = update(SeatCount).where(*row).values(values)
    session.execute(keeping.execution_options(synchronize_session=False))
