"""What of a finished change is worth doing again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from pyroaring import BitMap
from sqlalchemy import select
from sqlalchemy.orm import Session

from partner_center.changes.models import Change, ChangeEntry, ChangeItem
from partner_center.changes.pins import unpack_asks
from partner_center.changes.plan import Ask
from partner_center.changes.states import Outcome

AGAIN = (Outcome.FAILED, Outcome.NOT_ATTEMPTED, Outcome.UNKNOWN)


def asks_again(session: Session, change: Change) -> tuple[Ask, ...]:
    """For each user what did not work, and nothing else. How they stand now decides what comes of it."""
    asks = unpack_asks(change.asks)
    return tuple(_narrowed(asks, _failures(session, change)))


def _narrowed(asks: tuple[Ask, ...], failures: dict[frozenset[str], BitMap]) -> Iterator[Ask]:
    for skus, users in failures.items():
        for ask in asks:
            wish, members = ask.wish.only(skus), ask.members & users
            if members and not wish.is_empty:
                yield Ask(wish, members)


def _failures(session: Session, change: Change) -> dict[frozenset[str], BitMap]:
    """Users by the products (`LOCATION` for the location) that did not work for them."""
    rows = session.execute(
        select(ChangeItem.user_number, ChangeEntry.sku_id)
        .join(
            ChangeItem,
            (ChangeItem.change_id == ChangeEntry.change_id) & (ChangeItem.position == ChangeEntry.position),
        )
        .where(ChangeEntry.change_id == change.id, ChangeEntry.outcome.in_(AGAIN))
        .order_by(ChangeEntry.position, ChangeEntry.sku_id)
    )
    of_user: dict[int, list[str]] = defaultdict(list)
    for number, sku_id in rows:
        of_user[number].append(sku_id)
    found: dict[frozenset[str], BitMap] = defaultdict(BitMap)
    for number, skus in of_user.items():
        found[frozenset(skus)].add(number)
    return dict(found)
