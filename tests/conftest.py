"""Shared by all tests: no network but loopback, one migrated database, emptied after each test that used it.

Fixtures import what they need themselves: a unit test of a pure module loads neither Flask nor the mirror.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pytest_socket import socket_allow_hosts
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.orm import Session, sessionmaker

from partner_center import schema
from partner_center.config import Config
from partner_center.jobs.context import job_sessions
from partner_center.shared.orm import prepare_engine, with_driver
from tests import servers

if TYPE_CHECKING:
    from flask import Flask

    from partner_center.cloud.port import Cloud
    from tests.cast import Cast
    from tests.make import Make
    from tests.page import PageClient

pytest_plugins = ("tests.upstream",)
SECRET = "a key for tests alone, 0123456789 abcdefghijklmnop"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="the long forms of tests/faults: an hour or so")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """No test talks to anything but this machine."""
    socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """The PostgreSQL server that TEST_DATABASE_URL names; where it just says `postgresql`, one of our own.
    Empty without it: the tests run on SQLite."""
    given = os.environ.get("TEST_DATABASE_URL", "")
    if given != "postgresql":
        yield given
        return
    with servers.postgres() as server:
        yield server.url


@pytest.fixture(scope="session")
def database_url(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A fresh SQLite file, or a fresh database on the server."""
    if not server_url:
        yield f"sqlite:///{tmp_path_factory.mktemp('db') / 'test.db'}"
        return
    with servers.new_database(server_url) as url:
        yield url


@pytest.fixture(scope="session")
def engine(database_url: str) -> Iterator[Engine]:
    """The database at this version's shape."""
    engine = open_engine(database_url)
    schema.upgrade(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: Engine, clean: None) -> Iterator[Session]:
    """A plain session; commit what others shall see."""
    with Session(engine, expire_on_commit=False) as session:
        yield session


@pytest.fixture
def sessions(engine: Engine, clean: None) -> sessionmaker[Session]:
    """What jobs get: sessions that take SQLite's write lock at once."""
    return job_sessions(engine)


@pytest.fixture
def clean(engine: Engine) -> Iterator[None]:
    """Leave an empty database behind."""
    yield
    empty(engine)


@pytest.fixture
def make(session: Session) -> Make:
    """Factories; each commits what it made."""
    from tests.make import Make

    return Make(session)


@pytest.fixture
def cast(make: Make) -> Cast:
    """The people and customers of tests/cast.py."""
    from tests.cast import assemble

    return assemble(make)


@pytest.fixture(scope="session")
def config(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Config:
    """A demo on loopback, without Microsoft."""
    return Config(
        database_url=database_url,
        secret_key=SECRET,
        demo=True,
        development=True,
        secure_cookies=False,
        var_dir=tmp_path_factory.mktemp("var"),
    )


@pytest.fixture(scope="session")
def app(config: Config, engine: Engine) -> Iterator[Flask]:
    """The application, made once."""
    with contextlib.closing(Apps()) as apps:
        yield apps.open(config)


@pytest.fixture
def apps(engine: Engine, clean: None) -> Iterator[Apps]:
    """Opens further applications, of other configurations."""
    with contextlib.closing(Apps()) as apps:
        yield apps


@pytest.fixture
def page(app: Flask, clean: None) -> PageClient:
    """A browser without script that checks each page it gets."""
    from tests.page import PageClient

    return PageClient(app)


@pytest.fixture
def scratch_url(server_url: str, tmp_path: Path) -> Iterator[str]:
    """The address of a database of one's own, with nothing in it."""
    if not server_url:
        yield f"sqlite:///{tmp_path / 'scratch.db'}"
        return
    with servers.new_database(server_url) as url:
        yield url


class Apps:
    """Applications that let go of their database when the test is over."""

    def __init__(self) -> None:
        self._open: list[Flask] = []

    def open(self, config: Config, cloud: Cloud | None = None) -> Flask:
        """An application of `config`."""
        from partner_center.app import create_app

        app = create_app(config, cloud)
        self._open.append(app)
        return app

    def close(self) -> None:
        """Close the connections of all of them."""
        from partner_center.extensions import db

        for app in self._open:
            with app.app_context():
                db.engine.dispose()


def open_engine(url: str) -> Engine:
    """An engine as the product opens it, but without waiting for the disk."""
    engine = create_engine(with_driver(url))
    prepare_engine(engine)
    if engine.dialect.name == "sqlite":

        @event.listens_for(engine, "connect")
        def _hurry(connection: object, _record: object) -> None:
            connection.execute("PRAGMA synchronous=OFF")  # type: ignore[attr-defined]

    return engine


def empty(engine: Engine) -> None:
    """Delete every row, every text of the search, and what the process remembers of them: ids come again."""
    from partner_center.directory import shelf

    shelf.forget_everything()
    tables = schema.metadata().sorted_tables
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
            connection.exec_driver_sql("INSERT INTO directory_search(directory_search) VALUES ('delete-all')")
            with rewritable(connection):
                for table in reversed(tables):
                    connection.execute(table.delete())
        else:
            names = ", ".join(f'"{table.name}"' for table in tables)
            with rewritable(connection):
                connection.execute(text(f"TRUNCATE {names} CASCADE"))


@contextlib.contextmanager
def rewritable(connection: Connection) -> Iterator[None]:
    """Let the audit's table be changed, as who owns the database can: its triggers are off in here."""
    if connection.dialect.name != "sqlite":
        connection.exec_driver_sql("ALTER TABLE audit_entry DISABLE TRIGGER USER")
        yield
        connection.exec_driver_sql("ALTER TABLE audit_entry ENABLE TRIGGER USER")
        return
    wanted = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit_entry'"
    triggers = connection.exec_driver_sql(wanted).all()
    written = connection.exec_driver_sql("SELECT 1 FROM audit_entry LIMIT 1").first()
    for name, _sql in triggers if written else ():
        connection.exec_driver_sql(f"DROP TRIGGER {name}")
    yield
    for _name, sql in triggers if written else ():
        connection.exec_driver_sql(sql)
