"""The declarative base, the column types every model uses, and how the database is opened."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from sqlalchemy import JSON, BigInteger, DateTime, Engine, Integer, MetaData, Text, event
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.orm import DeclarativeBase, registry
from sqlalchemy.types import TypeDecorator

BEGIN_IMMEDIATE = {"sqlite_immediate": True}
"""Execution options with which a SQLite transaction takes the write lock at once.

`session.connection(execution_options=BEGIN_IMMEDIATE)` before the first statement. SQLite's default
mode reads first and locks later, and loses updates between the two.
"""


class UtcDateTime(TypeDecorator[datetime]):
    """An aware `datetime` in UTC. Naive values are refused: a time without a zone is a guess."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a stored time needs a time zone")
        return value.astimezone(UTC).replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy calls it so
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


BigId = BigInteger().with_variant(Integer, "sqlite")
"""A 64-bit key; plain INTEGER on SQLite, where only that makes a row id."""


class Base(DeclarativeBase):
    """Base of every model. Flask-SQLAlchemy reads metadata and type map from its registry."""

    registry: ClassVar[registry] = registry(
        metadata=MetaData(
            naming_convention={
                "ix": "ix_%(table_name)s_%(column_0_N_name)s",
                "uq": "uq_%(table_name)s_%(column_0_N_name)s",
                "ck": "ck_%(table_name)s_%(constraint_name)s",
                "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
                "pk": "pk_%(table_name)s",
            }
        ),
        type_annotation_map={
            datetime: UtcDateTime(),
            str: Text(),
            dict[str, Any]: JSON(),
            list[Any]: JSON(),
        },
    )


_POSTGRESQL = frozenset({"postgres", "postgresql"})
LONGEST_WAIT = timedelta(seconds=15)
"""For another transaction's lock; then the statement fails and whoever waited is told."""
LONGEST_PAUSE = timedelta(minutes=5)
"""Inside a transaction: a machine that vanished with locks in its hands lets go of them after this."""


def with_driver(url: str) -> str:
    """The address of a database as SQLAlchemy wants it: PostgreSQL's own spelling names no driver."""
    scheme, colon, rest = url.partition("://")
    return f"postgresql+psycopg://{rest}" if colon and scheme in _POSTGRESQL else url


def prepare_engine(engine: Engine) -> None:
    """Open the database, SQLite or PostgreSQL, in the way the whole product counts on."""
    prepare_sqlite(engine)
    _prepare_postgresql(engine)


def _prepare_postgresql(engine: Engine) -> None:
    """Bound every wait, and let times come back in UTC whatever the server's own zone is."""
    if engine.dialect.name != "postgresql":
        return
    settings = {
        "timezone": "UTC",
        "lock_timeout": LONGEST_WAIT // timedelta(milliseconds=1),
        "idle_in_transaction_session_timeout": LONGEST_PAUSE // timedelta(milliseconds=1),
    }

    @event.listens_for(engine, "do_connect")
    def _settle(_dialect: Dialect, _record: Any, _arguments: Any, named: dict[str, Any]) -> None:
        given = named.get("options", "")
        named["options"] = " ".join([given, *(f"-c {name}={value}" for name, value in settings.items())])


def database_time(engine: Engine) -> datetime:
    """The present moment by the database's own clock, which all processes share."""
    is_sqlite = engine.dialect.name == "sqlite"
    query = "SELECT strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now')" if is_sqlite else "SELECT clock_timestamp()"
    with engine.connect() as connection:
        told = connection.exec_driver_sql(query).scalar_one()
    return datetime.fromisoformat(told) if isinstance(told, str) else told.astimezone(UTC)


def prepare_sqlite(engine: Engine) -> None:
    """Open SQLite so that an acknowledged commit survives a power cut and nobody loses an update."""
    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine, "connect")
    def _pragmas(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we begin transactions ourselves, below
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")  # NORMAL may lose a commit at power loss
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA busy_timeout=15000")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        immediate = connection.get_execution_options().get("sqlite_immediate")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")
