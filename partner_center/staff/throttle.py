"""How often something may be tried. Counted in the database, so that all processes share the count.

A try is counted before it is judged: many at the same moment are no way around. A count ends with its
stretch of time, whatever is tried meanwhile, so nobody can keep somebody else out for longer.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import case, delete, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from partner_center.shared import clock
from partner_center.staff.models import Tries


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` tries in `within`."""

    kind: str
    most: int
    within: timedelta = timedelta(minutes=15)


PAIR = Limit("sign-in, account and address", 10)
ADDRESS = Limit("sign-in, address", 60)
ACCOUNT = Limit("sign-in, account, strange devices", 60)
DEVICE = Limit("sign-in, account and known device", 10)
CODE = Limit("second factor, account", 10)
CODE_DEVICE = Limit("second factor, account and known device", 10)
LINK = Limit("invitation, address", 60)
PASSWORD = Limit("password change, account", 10)
RENEWAL = Limit("new recovery codes, account", 10)


def take(session: Session, limit: Limit, *who: str | int) -> bool:
    """Count a try of `who`; whether it was within the limit."""
    now = clock.now()
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    over = Tries.began_at <= now - limit.within
    counted = insert(Tries).values(key=_key(limit, who), count=1, began_at=now)
    counted = counted.on_conflict_do_update(
        index_elements=[Tries.key],
        set_={
            "count": case((over, 1), else_=Tries.count + 1),
            "began_at": case((over, now), else_=Tries.began_at),
        },
    )
    count: int = session.execute(counted.returning(Tries.count)).scalar_one()
    if count == 1:
        session.execute(delete(Tries).where(Tries.began_at < now - timedelta(days=1)))
    return count <= limit.most


def give_back(session: Session, limit: Limit, *who: str | int) -> None:
    """Take one try off the count: it was a right one."""
    session.execute(
        update(Tries).where(Tries.key == _key(limit, who), Tries.count > 0).values(count=Tries.count - 1)
    )


def forget(session: Session, limit: Limit, *who: str | int) -> None:
    """Begin counting anew."""
    session.execute(delete(Tries).where(Tries.key == _key(limit, who)))


def _key(limit: Limit, who: tuple[str | int, ...]) -> str:
    words = "\x1f".join((limit.kind, *map(str, who)))
    return hashlib.sha256(words.encode("utf-8", "replace")).hexdigest()
