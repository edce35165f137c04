"""`partner-center backup` and `restore`: whole or not at all, and never under a running console."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select
from sqlalchemy.orm import Session

from partner_center import schema
from partner_center.cli import main
from partner_center.customers.models import Customer
from partner_center.jobs.models import Job
from partner_center.jobs.queue import enqueue
from partner_center.purchasing.models import SeatOrder
from partner_center.shared import clock
from tests.conftest import SECRET, open_engine
from tests.make import Make

Run = Callable[..., Result]


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A console's database with a customer in it, and nobody on it."""
    path = tmp_path / "var" / "console.db"
    path.parent.mkdir()
    with closing_engine(path) as session:
        schema.upgrade(session.get_bind().engine)
        Make(session).customer("Contoso")
    return path


@pytest.fixture
def run(database: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("PARTNER_CENTER_DATABASE_URL", f"sqlite:///{database}")
    monkeypatch.setenv("PARTNER_CENTER_SECRET_KEY", SECRET)
    monkeypatch.setenv("PARTNER_CENTER_VAR_DIR", str(database.parent))
    monkeypatch.setattr("partner_center.commands.console.configure_logging", lambda *_: None)
    return lambda *arguments: CliRunner().invoke(main, [str(part) for part in arguments])


class closing_engine:
    """A session on a file, and nothing left open after it."""

    def __init__(self, path: Path) -> None:
        self.engine = open_engine(f"sqlite:///{path}")

    def __enter__(self) -> Session:
        self.session = Session(self.engine, expire_on_commit=False)
        return self.session

    def __exit__(self, *_problem: object) -> None:
        self.session.close()
        self.engine.dispose()


def names(path: Path) -> list[str]:
    with closing_engine(path) as session:
        return list(session.scalars(select(Customer.name).order_by(Customer.name)))


def test_what_is_backed_up_comes_back_and_the_old_file_stays(
    run: Run, database: Path, tmp_path: Path
) -> None:
    backup = tmp_path / "monday.db"
    with closing_engine(database) as running:  # a console at work, with a connection open
        running.scalars(select(Customer)).all()
        said = run("backup", backup)
    assert said.exit_code == 0, said.output
    assert "whole" in said.output
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    with closing_engine(database) as session:
        Make(session).customer("Came later")

    said = run("restore", backup)

    assert said.exit_code == 0, said.output
    assert names(database) == ["Contoso"]
    kept = list(database.parent.glob("console.db.before-restore-*"))
    assert [names(old) for old in kept] == [["Came later", "Contoso"]]
    assert not list(database.parent.glob("*.restoring*"))


def test_a_running_console_is_not_pulled_away_from_under_its_users(
    run: Run, database: Path, tmp_path: Path
) -> None:
    backup = tmp_path / "monday.db"
    run("backup", backup)
    with closing_engine(database) as running:
        running.scalars(select(Customer)).all()
        running.rollback()  # idle, as between two requests
        Make(running).customer("Came later")
        said = run("restore", backup)
    assert said.exit_code == 1
    assert "Error: The console is running on this database." in said.output
    assert names(database) == ["Came later", "Contoso"]


def test_a_damaged_backup_is_refused_and_touches_nothing(run: Run, database: Path, tmp_path: Path) -> None:
    backup = tmp_path / "monday.db"
    run("backup", backup)
    whole = backup.read_bytes()
    for damaged in (whole[:-4096], whole[:8192] + b"\x13" * 4096 + whole[12288:], b"not a database at all"):
        backup.write_bytes(damaged)
        said = run("restore", backup)
        assert said.exit_code == 1, said.output
        assert str(backup) in said.output
    assert names(database) == ["Contoso"]


def test_a_damaged_database_can_be_replaced(run: Run, database: Path, tmp_path: Path) -> None:
    backup = tmp_path / "monday.db"
    run("backup", backup)
    database.write_bytes(b"a disk that failed" * 1000)
    said = run("restore", backup)
    assert said.exit_code == 0, said.output
    assert names(database) == ["Contoso"]


def test_a_backup_never_overwrites_and_never_stays_half_done(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup = tmp_path / "monday.db"
    backup.write_text("mine")
    assert run("backup", backup).exit_code == 1
    assert backup.read_text() == "mine"
    monkeypatch.setattr("partner_center.commands.backup._copy", lambda _source, target: target.touch())
    assert run("backup", tmp_path / "tuesday.db").exit_code == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["monday.db", "var"]


def test_a_backup_of_a_later_version_is_refused(run: Run, database: Path, tmp_path: Path) -> None:
    backup = tmp_path / "monday.db"
    run("backup", backup)
    with closing(sqlite3.connect(backup)) as later:
        later.execute("UPDATE alembic_version SET version_num = '20991231_2359'")
        later.commit()
    said = run("restore", backup)
    assert said.exit_code == 1
    assert "later version" in said.output


def test_what_was_under_way_in_a_backup_is_unknown_and_not_sent_again(
    run: Run, database: Path, tmp_path: Path
) -> None:
    with closing_engine(database) as session:
        under_way(session)
    backup = tmp_path / "monday.db"
    run("backup", backup)
    said = run("restore", backup)
    assert "1 changes and orders were under way" in said.output
    with closing_engine(database) as session:
        assert session.scalars(select(SeatOrder.state)).all() == ["unknown"]
        assert session.scalars(select(Job.state)).all() == ["failed"]


def test_with_postgresql_it_says_what_to_use(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PARTNER_CENTER_DATABASE_URL", "postgresql://console@127.0.0.1/console")
    for command in ("backup", "restore"):
        said = run(command, tmp_path / "monday.db")
        assert said.exit_code == 1
        assert "pg_dump" in said.output


def under_way(session: Session) -> None:
    """An order of licenses that waits for a worker."""
    make = Make(session)
    customer = session.scalars(select(Customer)).one()
    now = clock.now()
    order = SeatOrder(
        ref="OR-TEST",
        customer_id=customer.id,
        staff_id=make.member(customers=[customer]).id,
        staff_name="Ada",
        idempotency_key="key",
        sku_id="sku",
        subscription_id="subscription",
        subscription_name="Office 365 E3",
        quantity_before=50,
        quantity_after=58,
        state="waiting",
        ms_request_id="request",
        return_to="",
        created_at=now,
    )
    session.add(order)
    session.flush()
    enqueue(session, "seat-order", {"order_id": order.id}, key=f"seat-order:{order.id}")
    session.commit()
