"""Sessions are rows: ending one is deleting it. The browser holds the key, the row its hash."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from partner_center.shared import clock
from partner_center.shared.ids import new_token
from partner_center.staff.models import StaffMember, StaffSession

SEEN_EVERY = timedelta(minutes=1)
"""How often a session in use is written to."""
DOOR = timedelta(minutes=10)
"""So long a right password waits for its second factor."""


class Stage(StrEnum):
    """How far somebody came."""

    CODE = "code"
    IN = "in"


@dataclass(frozen=True, slots=True)
class Browser:
    """Where a session is used from: a network address, and the program's name in plain words."""

    address: str
    name: str


@dataclass(frozen=True, slots=True)
class Limits:
    """A session ends after `idle` without use, and after `absolute` in any case."""

    idle: timedelta
    absolute: timedelta

    def end_of(self, started_at: datetime, last_seen_at: datetime) -> datetime:
        """When the session ends if nothing happens."""
        return min(started_at + self.absolute, last_seen_at + self.idle)


def start(session: Session, staff_id: int, browser: Browser, *, stage: Stage = Stage.IN) -> str:
    """The key of a new session, which can't be had again. What is too old to matter goes."""
    key, now = new_token(), clock.now()
    row = StaffSession(
        key_hash=hash_of(key),
        staff_id=staff_id,
        stage=stage,
        started_at=now,
        last_seen_at=now,
        address=browser.address[:64],
        browser=browser.name[:80],
    )
    too_old = StaffSession.started_at < now - timedelta(days=8)  # no limit can be set to more than seven
    waited = (StaffSession.stage == Stage.CODE) & (StaffSession.started_at < now - DOOR)
    session.execute(delete(StaffSession).where(too_old | waited))
    session.add(row)
    session.flush()
    return key


def find_waiting(session: Session, key: str) -> StaffMember | None:
    """Whose right password still waits for the second factor, by the key of that wait."""
    wanted = (
        select(StaffMember)
        .join(StaffSession, StaffSession.staff_id == StaffMember.id)
        .where(
            StaffSession.key_hash == hash_of(key),
            StaffSession.stage == Stage.CODE,
            StaffSession.started_at > clock.now() - DOOR,
            StaffMember.suspended_at.is_(None),
        )
    )
    return session.scalar(wanted)


def list_sessions(session: Session, staff_id: int, limits: Limits) -> list[StaffSession]:
    """The person's sessions that are still good, the one used last first."""
    now = clock.now()
    wanted = select(StaffSession).where(
        StaffSession.staff_id == staff_id,
        StaffSession.stage == Stage.IN,
        StaffSession.started_at > now - limits.absolute,
        StaffSession.last_seen_at > now - limits.idle,
    )
    return list(session.scalars(wanted.order_by(StaffSession.last_seen_at.desc(), StaffSession.id.desc())))


def touch(session: Session, session_id: int) -> None:
    """Note that the session is in use."""
    session.execute(
        update(StaffSession).where(StaffSession.id == session_id).values(last_seen_at=clock.now())
    )


def end(session: Session, staff_id: int, session_id: int) -> bool:
    """End one session of the person's; whether there was one."""
    gone = delete(StaffSession).where(StaffSession.id == session_id, StaffSession.staff_id == staff_id)
    return session.execute(gone.returning(StaffSession.id)).first() is not None


def end_key(session: Session, key: str) -> None:
    """End the session, or the wait, of this key, if there is one."""
    session.execute(delete(StaffSession).where(StaffSession.key_hash == hash_of(key)))


def end_all(session: Session, staff_id: int, *, but: int | None = None) -> int:
    """End the person's sessions, all or all but one; how many."""
    gone = delete(StaffSession).where(StaffSession.staff_id == staff_id)
    if but is not None:
        gone = gone.where(StaffSession.id != but)
    return len(session.execute(gone.returning(StaffSession.id)).all())


def hash_of(key: str) -> str:
    """What is stored of a key. It is random and long, so a plain hash keeps it."""
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()
