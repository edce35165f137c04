"""The emulator's own file: one SQLite database, written one transaction at a time."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path

Row = sqlite3.Row
_LATER = (
    ("write_log", "request_id", "TEXT NOT NULL DEFAULT ''"),
    ("user", "signed_in_at", "TEXT"),
    ("user", "mailbox_bytes", "INTEGER"),
    ("grp", "asked_at", "REAL"),
    ("grp", "due_at", "REAL"),
)


class State:
    """The rows of everything, safe for many threads.

    Each thread has its own connection. Reads see the last commit and never wait; writes take one lock
    in this process and `BEGIN IMMEDIATE` in the file, so that a reader-then-writer loses no update.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._local = threading.local()
        self._writing = threading.RLock()
        self._connections: list[sqlite3.Connection] = []
        schema = resources.files("partner_center.sandbox").joinpath("schema.sql").read_text("utf-8")
        self.db.executescript(schema)
        self._renew()

    @property
    def db(self) -> sqlite3.Connection:
        """This thread's connection, for reading."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._open()
            self._local.connection = connection
        return connection

    def _renew(self) -> None:
        """Give a file of an earlier version the columns that came later."""
        for table, column, kind in _LATER:
            columns = {row["name"] for row in self.db.execute(f"PRAGMA table_info({table})")}
            if column not in columns:
                self.db.execute(f"ALTER TABLE {table} ADD COLUMN {column} {kind}")

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, isolation_level=None, timeout=30, check_same_thread=False)
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")  # a killed process loses nothing; play data
        connection.execute("PRAGMA cache_size=-65536")
        connection.create_function("fold", 1, _fold, deterministic=True)
        connection.create_function("has_words", 2, _has_words, deterministic=True)
        with self._writing:
            self._connections.append(connection)
        return connection

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """One transaction; rolled back when the block raises."""
        with self._writing:
            db = self.db
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
            except BaseException:
                db.execute("ROLLBACK")
                raise
            db.execute("COMMIT")

    def close(self) -> None:
        """Close every thread's connection; the state is unusable afterwards."""
        with self._writing:
            for connection in self._connections:
                connection.close()
            self._connections.clear()


def next_change(db: sqlite3.Connection) -> int:
    """The next number in the order of all changes; inside a write."""
    row = db.execute("UPDATE counter SET value = value + 1 WHERE name = 'change' RETURNING value").fetchone()
    return int(row["value"])


def last_change(db: sqlite3.Connection) -> int:
    """The number of the latest change."""
    row = db.execute("SELECT value FROM counter WHERE name = 'change'").fetchone()
    return int(row["value"])


def _fold(text: str | None) -> str | None:
    return None if text is None else text.casefold()


def _has_words(text: str | None, wanted: str) -> bool:
    """Whether every word of `wanted` starts a word of `text`: how Graph's $search reads names."""
    words = (text or "").casefold().replace("-", " ").split()
    return all(any(word.startswith(part) for word in words) for part in wanted.casefold().split())
