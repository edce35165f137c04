"""What of a finished change is worth doing again."""

from __future__ import annotations

from collections import defaultdict

from pyroaring import BitMap
from sqlalchemy import select
from sqlalchemy.orm import Session

from partner_center.changes.models import Change, ChangeEntry, ChangeItem
from partner_center.changes.states import Outcome

AGAIN = (Outcome.FAILED, Outcome.NOT_ATTEMPTED, Outcome.UNKNOWN)


def scope_of_failures(session: Session, change: Change) -> dict[str, BitMap]:
    """Per product (`LOCATION` for the location) the users for whom it did not work."""
    rows = session.execute(
        select(ChangeEntry.sku_id, ChangeItem.user_number)
        .join(
            ChangeItem,
            (ChangeItem.change_id == ChangeEntry.change_id) & (ChangeItem.position == ChangeEntry.position),
        )
        .where(ChangeEntry.change_id == change.id, ChangeEntry.outcome.in_(AGAIN))
    )
    found: dict[str, BitMap] = defaultdict(BitMap)
    for sku_id, number in rows:
        found[sku_id].add(number)
    return dict(found)
