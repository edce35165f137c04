"""Since when people have a product, as far as this console gave it: Microsoft's lists tell no date."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from partner_center.changes.models import Change, ChangeEntry, ChangeItem
from partner_center.changes.states import Outcome
from partner_center.licensing.deeds import DeedKind


@dataclass(frozen=True, slots=True)
class Given:
    """The change that gave it, and when Microsoft had said so."""

    ref: str
    at: datetime


def last_given(session: Session, customer_id: int, sku_id: str, numbers: Iterable[int]) -> dict[int, Given]:
    """By user number: the change that last gave the product; nothing where one has taken it since."""
    same = (ChangeEntry.change_id == ChangeItem.change_id) & (ChangeEntry.position == ChangeItem.position)
    rows = session.execute(
        select(ChangeItem.user_number, Change.ref, ChangeItem.settled_at, ChangeEntry.deed)
        .join(ChangeEntry, same)
        .join(Change, Change.id == ChangeItem.change_id)
        .where(
            ChangeItem.customer_id == customer_id,
            ChangeItem.user_number.in_(list(numbers)),
            ChangeEntry.sku_id == sku_id,
            ChangeEntry.deed.in_((DeedKind.ASSIGN, DeedKind.REVOKE)),
            ChangeEntry.outcome == Outcome.DONE,
            ChangeItem.settled_at.is_not(None),
        )
        .order_by(ChangeItem.settled_at, ChangeItem.change_id)
    )
    last = {number: (Given(ref, at), deed) for number, ref, at, deed in rows if at}
    return {number: given for number, (given, deed) in last.items() if deed == DeedKind.ASSIGN}
