"""Entries wait in their session and are chained as the last thing before its commit.

The lock that keeps the chain one line is taken then and ends with the commit, so that it is short, and no
row is locked after it, so that it can't be part of a deadlock. A number is given under the lock: what is
rolled back leaves no gap. Two entries can never follow the same one: the number is the primary key.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import event, select, text
from sqlalchemy.orm import Session, SessionTransaction

from partner_center.audit.chain import GENESIS, Content, hash_of
from partner_center.audit.models import AuditEntry

CHAIN_LOCK = 7_214_506_332  # any number of our own
_PENDING = "audit.pending"


@dataclass(frozen=True, slots=True)
class _Pending:
    entry: AuditEntry
    within: tuple[SessionTransaction, ...]
    """The savepoints it was recorded in: rolling one back takes it along."""


def append(session: Session, entry: AuditEntry) -> None:
    """Have `entry` end the chain when the session commits; it is gone when the session does not."""
    if not session.in_transaction():
        session.begin()
    session.info.setdefault(_PENDING, []).append(_Pending(entry, _savepoints(session)))


def lock_chain(session: Session) -> None:
    """Let nobody else append until this transaction ends.

    SQLite has one writer at a time, and a transaction that read before another wrote can't write any more.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": CHAIN_LOCK})


def content_of(entry: AuditEntry) -> Content:
    """What the entry's hash speaks for."""
    return Content(**{name: getattr(entry, name) for name in Content._fields})


@event.listens_for(Session, "before_commit")
def _seal(session: Session) -> None:
    if session.in_nested_transaction() or not session.info.get(_PENDING):
        return
    session.flush()  # the deed's own rows and locks come first
    lock_chain(session)
    newest = select(AuditEntry.id, AuditEntry.hash).order_by(AuditEntry.id.desc()).limit(1)
    last, prev_hash = session.execute(newest).first() or (0, GENESIS)
    for number, pending in enumerate(session.info.pop(_PENDING), last + 1):
        entry = pending.entry
        entry.id, entry.prev_hash = number, prev_hash
        entry.hash = prev_hash = hash_of(content_of(entry), prev_hash)
        session.add(entry)
    session.flush()


@event.listens_for(Session, "after_soft_rollback")
def _forget_savepoint(session: Session, ended: SessionTransaction) -> None:
    if pending := session.info.get(_PENDING):
        session.info[_PENDING] = [one for one in pending if ended not in one.within]


@event.listens_for(Session, "after_transaction_end")
def _forget_all(session: Session, ended: SessionTransaction) -> None:
    if ended.parent is None:
        session.info.pop(_PENDING, None)


def _savepoints(session: Session) -> tuple[SessionTransaction, ...]:
    found = []
    step = session.get_nested_transaction()
    while step is not None:
        if step.nested:
            found.append(step)
        step = step.parent
    return tuple(found)
