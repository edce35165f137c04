"""Writing many rows at once, the same on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from partner_center.shared.orm import BEGIN_IMMEDIATE, Base


def begin_writing(session: Session) -> None:
    """Take SQLite's write lock before anything is read, unless a transaction has begun already.

    Between a read and a later lock another writer could slip in, and SQLite would have to refuse.
    """
    if not session.in_transaction() and session.get_bind().dialect.name == "sqlite":
        session.connection(execution_options=BEGIN_IMMEDIATE)


def table_of(model: type[Base]) -> Table:
    """The table of a model, for statements that pass the session's objects by."""
    table = model.__table__
    assert isinstance(table, Table)  # noqa: S101 - a mapped class has one
    return table


def upsert(session: Session, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows; where the primary key is there, the other columns that are given replace the old."""
    if not rows:
        return
    table = table_of(model)
    keys = [column.name for column in table.primary_key]
    statement = _insert(session)(table)
    changes = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    session.execute(statement.on_conflict_do_update(index_elements=keys, set_=changes), list(rows))


def insert_missing(session: Session, model: type[Base], row: Mapping[str, Any]) -> None:
    """Insert the row unless its primary key is there."""
    session.execute(_insert(session)(table_of(model)).values(row).on_conflict_do_nothing())


def _insert(session: Session) -> Any:
    return sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
