"""What a process remembers of the mirror: bounded, shared by threads, never of an open transaction.

Everything on a shelf is derived from committed rows and is keyed by the version it belongs to, or can be
brought up to date from there. A session that writes gets a shelf of its own on top until its transaction
ends: a commit puts what is on it onto the shared one, a rollback throws it away.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Pool, event
from sqlalchemy.orm import Session, SessionTransaction

SHELF_BYTES = 256 * 1024 * 1024
"""About what one process may remember; a million users' order takes 4 MB, a filter's answer as much."""

_WRITING = "directory.shelf"


class Shelf:
    """Least recently used entries go when the sum of their costs passes the limit."""

    def __init__(self, limit: int = SHELF_BYTES, below: Shelf | None = None) -> None:
        self._limit = limit
        self._below = below
        self._entries: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._cost = 0
        self._lock = Lock()

    def find(self, key: Hashable) -> Any:
        """What was put under `key`, or None."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is not None:
                self._entries.move_to_end(key)
                return entry[0]
        return self._below.find(key) if self._below else None

    def put(self, key: Hashable, value: Any, cost: int) -> None:
        """Remember `value`, which takes about `cost` bytes."""
        with self._lock:
            self._forget(key)
            self._entries[key] = (value, cost)
            self._cost += cost
            while self._cost > self._limit and len(self._entries) > 1:
                self._forget(next(iter(self._entries)))

    def settle_down(self) -> None:
        """Put everything onto the shelf below, but for what is newer there."""
        if self._below is None:
            return
        for key, (value, cost) in self._entries.items():
            there = self._below.find(key)
            if there is None or _version_of(there) <= _version_of(value):
                self._below.put(key, value, cost)

    @property
    def cost(self) -> int:
        """The sum of what the entries take."""
        return self._cost

    def _forget(self, key: Hashable) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._cost -= entry[1]


_SHELVES: WeakKeyDictionary[Pool, Shelf] = WeakKeyDictionary()  # engines of one database share its pool
_SHELVES_LOCK = Lock()


def shelf_of(session: Session) -> Shelf:
    """The shelf that this session may read and fill."""
    own: Shelf | None = session.info.get(_WRITING)
    if own is not None:
        return own
    pool = session.get_bind().engine.pool
    with _SHELVES_LOCK:
        return _SHELVES.setdefault(pool, Shelf())


def forget_everything() -> None:
    """Begin as a fresh process does."""
    with _SHELVES_LOCK:
        _SHELVES.clear()


def keep_apart(session: Session) -> None:
    """From now to the end of its transaction the session remembers for itself: it is about to write."""
    if _WRITING not in session.info:
        session.info[_WRITING] = Shelf(below=shelf_of(session))


def _version_of(value: Any) -> int:
    """Copies that are brought up to date in place know their version; the others have it in their key."""
    return getattr(value, "version", 0)


@event.listens_for(Session, "after_commit")
def _share(session: Session) -> None:
    own: Shelf | None = session.info.get(_WRITING)
    if own is not None and not session.in_nested_transaction():
        own.settle_down()


@event.listens_for(Session, "after_transaction_end")
def _put_away(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        session.info.pop(_WRITING, None)
