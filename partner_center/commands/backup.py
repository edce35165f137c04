"""`partner-center backup` and `restore`: the default database, a SQLite file, whole and verified.

PostgreSQL brings its own tools for this, and they are better.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

from click import ClickException, echo
from sqlalchemy import make_url

from partner_center import schema
from partner_center.commands.console import open_console
from partner_center.commands.workers import ON_RESTORED
from partner_center.config import Config
from partner_center.jobs import queue
from partner_center.shared import clock


def run_backup(config: Config, file: Path) -> None:
    """Copy the database into `file` while the console runs. Nothing is left there unless it is whole."""
    database = _file_of(config)
    if not database.exists():
        raise ClickException(f"There is no database at {database}.")
    if file.exists():
        raise ClickException(f"{file} exists already. Choose another name; nothing was changed.")
    unfinished = file.with_name(file.name + ".unfinished")
    unfinished.unlink(missing_ok=True)
    try:
        _copy(database, unfinished)
        _demand_whole(unfinished)
        unfinished.rename(file)
    finally:
        unfinished.unlink(missing_ok=True)
    _keep(file.parent)
    echo(f"Backed up to {file}, {file.stat().st_size / 1e6:.1f} MB, read again and whole.")


def run_restore(config: Config, file: Path) -> None:
    """Put the content of `file` in the database's place, at once or not at all; the old one is kept.

    Changes that were under way when the backup was made are not taken up again: how far they got since is
    not in it.
    """
    database = _file_of(config)
    _demand_whole(file)
    database.parent.mkdir(parents=True, exist_ok=True)
    old = database.with_name(f"{database.name}.before-restore-{clock.now():%Y%m%dT%H%M%SZ}")
    staged = database.with_name(f"{database.name}.restoring")
    try:
        _forget(staged)
        _copy(file, staged)
        stopped = _prepare(config, staged)
        _demand_whole(staged)
        with _nobody_else(database) as connection:
            _put(staged, connection, database, old)
    finally:
        _forget(staged)
    echo(f"Restored {file}.")
    if old.exists():
        echo(f"The database as it was is in {old}")
    if stopped:
        echo(f"{stopped} changes and orders were under way in it and are ended now: look at their results.")


def _prepare(config: Config, staged: Path) -> int:
    """Bring a copy up to this version and end what was under way in it: how many changes and orders."""
    console = open_console(replace(config, database_url=f"sqlite:///{staged}"))
    schema.upgrade(console.engine)
    with console.sessions.begin() as session:
        stopped = queue.give_up(session, list(ON_RESTORED), "A backup was restored.")
        for job in stopped:
            ON_RESTORED[job.kind](session, job)
        count = len(stopped)
    console.engine.dispose()
    with closing(sqlite3.connect(staged)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
    _keep(staged)
    return count


def _put(staged: Path, connection: sqlite3.Connection | None, database: Path, old: Path) -> None:
    """Into the open database, so that whoever comes meanwhile waits; or in the place of a damaged one."""
    if connection is None:
        os.replace(database, old)
        _forget(database)
        os.replace(staged, database)
        return
    if connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        with closing(_create(old)) as kept:
            connection.backup(kept)
        _keep(old)
    with closing(_open(staged)) as source:
        source.backup(connection)


def _file_of(config: Config) -> Path:
    url = make_url(config.database_url)
    if url.get_backend_name() != "sqlite" or not url.database:
        raise ClickException("This is for the SQLite default. With PostgreSQL use pg_dump and pg_restore.")
    return Path(url.database)


@contextmanager
def _nobody_else(database: Path) -> Iterator[sqlite3.Connection | None]:
    """A connection to the database that keeps everybody else out; None where it is damaged, a sentence where
    somebody is in.

    In WAL mode each open connection holds a lock for as long as it is open, so that the mode can't be left.
    """
    with closing(sqlite3.connect(database, timeout=0, isolation_level=None)) as connection:
        try:
            connection.execute("PRAGMA locking_mode=EXCLUSIVE")
            connection.execute("PRAGMA journal_mode=DELETE")
            connection.execute("BEGIN EXCLUSIVE")
            connection.execute("COMMIT")
        except sqlite3.OperationalError as problem:
            raise ClickException(
                "The console is running on this database. Stop serve and worker first; nothing was changed."
            ) from problem
        except sqlite3.DatabaseError:  # the very reason to restore
            yield None
        else:
            yield connection


def _copy(source: Path, target: Path) -> None:
    with closing(_open(source)) as reading, closing(_create(target)) as writing:
        reading.backup(writing)
        writing.execute("PRAGMA journal_mode=DELETE")  # one file, nothing beside it
    _keep(target)


def _create(path: Path) -> sqlite3.Connection:
    """An empty database that only its owner may read: it holds everybody's password hashes."""
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    return sqlite3.connect(path, isolation_level=None)


def _open(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=15)


def _demand_whole(file: Path) -> None:
    """Raise a sentence unless `file` is a whole database of this console, of this version or an older one."""
    if not file.exists():
        raise ClickException(f"There is no {file}.")
    try:
        with closing(_open(file)) as connection:
            said = connection.execute("PRAGMA integrity_check").fetchone()[0]
            orphans = connection.execute("PRAGMA foreign_key_check").fetchone()
            versions = {row[0] for row in connection.execute("SELECT version_num FROM alembic_version")}
    except sqlite3.DatabaseError as problem:
        raise ClickException(f"{file} is no whole database of this console: {problem}.") from problem
    if said != "ok" or orphans:
        raise ClickException(f"{file} is damaged: {said if said != 'ok' else 'rows without their parents'}.")
    if not versions or not versions <= schema.known_revisions():
        raise ClickException(f"{file} is of a later version of the console. Install that one first.")


def _forget(database: Path) -> None:
    for end in ("", "-wal", "-shm", "-journal"):
        database.with_name(database.name + end).unlink(missing_ok=True)


def _keep(path: Path) -> None:
    """Have the disk keep it before anybody is told that it is there."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
