"""What a run of a change starts from: the rows as they are and the licences as Microsoft counts them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from partner_center.changes import rows
from partner_center.changes.judging import Judgement, Then
from partner_center.changes.models import Change, ChangeEntry, ChangeItem
from partner_center.changes.pins import unpack_asks
from partner_center.changes.plan import REVIEW_ABOVE
from partner_center.changes.promises import begin_counting, claims_of
from partner_center.changes.situation import look
from partner_center.changes.states import ItemState
from partner_center.changes.workload import Workload
from partner_center.licensing.deeds import DeedKind
from partner_center.licensing.holders import Context
from partner_center.licensing.seats import SeatLedger


@dataclass(frozen=True, slots=True)
class Briefing:
    """What the sender is told. `done` users are settled; `is_bulk`: nobody waits for it at the screen."""

    change_id: int
    customer_id: int
    tenant_id: str
    context: Context
    ledger: SeatLedger
    work: Workload
    done: int
    is_bulk: bool


def brief(session: Session, change: Change, tenant_id: str) -> Briefing:
    """Read it all, and begin to count. Users sent before a crash come first: looked up, not sent.

    Licences that those may have been given are taken from the ledger until it is known.
    """
    asked = {sku_id for ask in unpack_asks(change.asks) for sku_id in ask.wish.products}
    begin_counting(session, change.customer_id, asked)
    situation = look(session, change.customer_id, saved=change)
    pending = _open_pairs(session, change.id, DeedKind.REVOKE)
    needed = _open_pairs(session, change.id, DeedKind.ASSIGN)
    scarce = [sku for sku in needed if needed[sku] > situation.available.get(sku, 0)]
    promised = {sku: claim.left for sku, claim in claims_of(session, change).items()}
    ledger = SeatLedger(situation.available, pending, promised)
    return Briefing(
        change_id=change.id,
        customer_id=change.customer_id,
        tenant_id=tenant_id,
        context=situation.context,
        ledger=ledger,
        work=_workload(session, change.id, ledger, [sku for sku in scarce if sku in pending]),
        done=_settled(session, change.id),
        is_bulk=change.user_total > REVIEW_ABOVE,
    )


def _workload(session: Session, change_id: int, ledger: SeatLedger, scarce: list[str]) -> Workload:
    waiting = rows.positions_in(session, change_id, ItemState.WAITING)
    first = _freeing(session, change_id, scarce) if scarce else set()
    ready = [p for p in waiting if p in first] + [p for p in waiting if p not in first]
    work = Workload(ready)
    lost = rows.positions_in(session, change_id, ItemState.SENT)
    for start in range(0, len(lost), rows.AT_ONCE):
        for item in rows.load_items(session, change_id, lost[start : start + rows.AT_ONCE]):
            item.reserve(ledger)
            work.note(item, Judgement(Then.LOOK, item.not_before))
    return work


def _freeing(session: Session, change_id: int, skus: list[str]) -> set[int]:
    """Users who give back a licence that others of the change need: they go first."""
    wanted = select(ChangeEntry.position).where(
        ChangeEntry.change_id == change_id,
        ChangeEntry.outcome.is_(None),
        ChangeEntry.deed == DeedKind.REVOKE,
        ChangeEntry.sku_id.in_(skus),
    )
    return set(session.scalars(wanted))


def _open_pairs(session: Session, change_id: int, deed: DeedKind) -> dict[str, int]:
    counts = (
        select(ChangeEntry.sku_id, func.count())
        .where(ChangeEntry.change_id == change_id, ChangeEntry.outcome.is_(None), ChangeEntry.deed == deed)
        .group_by(ChangeEntry.sku_id)
    )
    return dict(session.execute(counts).all())


def _settled(session: Session, change_id: int) -> int:
    count = select(func.count()).where(
        ChangeItem.change_id == change_id, ChangeItem.state == ItemState.SETTLED
    )
    return session.scalar(count) or 0
