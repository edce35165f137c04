"""The lock that every writer of a customer's mirror takes first."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from partner_center.directory.models import Mirror
from partner_center.directory.rowsets import begin_writing, insert_missing
from partner_center.directory.shelf import keep_apart

_EMPTY: dict[str, Any] = {
    "version": 0,
    "order_version": 0,
    "next_number": 1,
    "user_count": 0,
    "generation": 0,
}


def lock_mirror(session: Session, customer_id: int) -> Mirror:
    """The mirror's row, made when it is missing, locked until the transaction ends."""
    begin_writing(session)
    session.flush()
    keep_apart(session)
    mirror = session.get(Mirror, customer_id, with_for_update=True, populate_existing=True)
    if mirror is None:
        insert_missing(session, Mirror, _EMPTY | {"customer_id": customer_id})
        mirror = session.get_one(Mirror, customer_id, with_for_update=True)
    return mirror
