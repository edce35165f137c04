"""Each kind of tampering is found and named; what only an anchor can show is found with one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, select, text
from sqlalchemy.orm import Session

from partner_center.audit import anchors
from partner_center.audit.chain import GENESIS, hash_of
from partner_center.audit.models import AuditEntry
from partner_center.audit.sealing import content_of
from partner_center.audit.service import Action, record
from partner_center.audit.verify import Finding, Point, Walk, newest
from partner_center.directory.rowsets import table_of
from tests.conftest import rewritable

SECRET = "a key for tests alone, 0123456789 abcdefghijklmnop"
AT = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)
Tamper = Callable[[Connection], None]
TABLE = table_of(AuditEntry)


@pytest.fixture
def log(session: Session) -> Session:
    """Nine entries."""
    for number in range(1, 10):
        record(session, None, Action.CHANGE_SAVED, subject=f"CH-{number}", customer_id=number, users=number)
        session.commit()
    return session


def run(statement: str) -> Tamper:
    return lambda connection: connection.execute(text(statement)) and None


def change(connection: Connection, number: int, **values: object) -> None:
    connection.execute(TABLE.update().where(TABLE.c.id == number).values(values))


def move(*steps: tuple[int, int]) -> Tamper:
    """Give entries other numbers, through numbers that are free."""

    def tamper(connection: Connection) -> None:
        for old, _new in steps:
            change(connection, old, id=old + 1000)
        for old, new in steps:
            change(connection, old + 1000, id=new)

    return tamper


def copy_in(number: int, source: int, *, prev_of: int) -> Tamper:
    """Put a false entry in as `number`, whole in itself, after making room for it."""

    def tamper(connection: Connection) -> None:
        move(*((old, old + 1) for old in range(9, number - 1, -1)))(connection)
        row = connection.execute(select(TABLE).where(TABLE.c.id == source)).one()
        told = AuditEntry(**{**row._mapping, "subject": "CH-FALSE"})
        before = select(TABLE.c.hash).where(TABLE.c.id == prev_of)
        told.prev_hash = connection.execute(before).scalar_one()
        told.hash = hash_of(content_of(told), told.prev_hash)
        values = {column.key: getattr(told, column.key) for column in TABLE.columns}
        connection.execute(TABLE.insert().values(values | {"id": number}))

    return tamper


def rewrite_from(number: int) -> Tamper:
    """Change an entry and make every later hash right again: what an owner of the database can do."""

    def tamper(connection: Connection) -> None:
        change(connection, number, subject="CH-OTHER")
        prev_hash = GENESIS
        for row in connection.execute(select(TABLE).order_by(TABLE.c.id)).all():
            entry = AuditEntry(**row._mapping)
            digest = hash_of(content_of(entry), prev_hash)
            change(connection, row.id, prev_hash=prev_hash, hash=digest)
            prev_hash = digest

    return tamper


def re_hash(number: int) -> Tamper:
    """Change an entry and make its own hash right again."""

    def tamper(connection: Connection) -> None:
        change(connection, number, subject="CH-OTHER")
        row = connection.execute(select(TABLE).where(TABLE.c.id == number)).one()
        digest = hash_of(content_of(AuditEntry(**row._mapping)), row.prev_hash)
        change(connection, number, hash=digest)

    return tamper


def both(*tampers: Tamper) -> Tamper:
    def tamper(connection: Connection) -> None:
        for each in tampers:
            each(connection)

    return tamper


def findings(session: Session, *points: Point) -> list[tuple[str, int, int]]:
    session.rollback()
    found: list[Finding] = list(Walk(session, points).findings())
    assert all(str(one.first) in one.text for one in found)
    return [(one.fault.value, one.first, one.last) for one in found]


def plant(engine: Engine, tamper: Tamper) -> None:
    with engine.begin() as connection, rewritable(connection):
        tamper(connection)


UPDATE = "UPDATE audit_entry SET {} WHERE id = 5"


@pytest.mark.parametrize(
    "what",
    [
        "subject = 'CH-OTHER'",
        "actor_name = 'Somebody else'",
        "actor_id = 3",
        "customer_id = NULL",
        "action = 'signed_in'",
        "result = 'failed'",
        "request_id = 'r-2'",
        "details = '{\"users\": 6}'",
        "at = '2026-11-25 09:59:59.000000'",
        "hash = 'f' || substr(hash, 2, 62) || 'x'",
    ],
)
def test_an_altered_entry_is_named_whatever_was_altered(log: Session, engine: Engine, what: str) -> None:
    plant(engine, run(UPDATE.format(what)))
    assert ("altered", 5, 5) in findings(log)


@pytest.mark.parametrize("what", ["details = 'no JSON'", "at = 'never'"])
def test_a_value_that_can_not_be_read_is_a_finding_and_no_accident(
    log: Session, engine: Engine, what: str
) -> None:
    if engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL refuses such values")
    plant(engine, run(UPDATE.format(what)))
    assert findings(log) == [("altered", 5, 5)]


TAMPERINGS: dict[str, tuple[Tamper, list[tuple[str, int, int]]]] = {
    "one missing": (run("DELETE FROM audit_entry WHERE id = 5"), [("missing", 5, 5)]),
    "several missing": (run("DELETE FROM audit_entry WHERE id IN (4, 5, 6)"), [("missing", 4, 6)]),
    "the first missing": (run("DELETE FROM audit_entry WHERE id = 1"), [("missing", 1, 1)]),
    "missing and the gap closed": (
        both(
            run("DELETE FROM audit_entry WHERE id = 5"),
            move(*((old, old - 1) for old in range(6, 10))),
        ),
        [("replaced", 4, 4)],
    ),
    "the first missing and the gap closed": (
        both(
            run("DELETE FROM audit_entry WHERE id = 1"),
            move(*((old, old - 1) for old in range(2, 10))),
        ),
        [("missing", 1, 1)],
    ),
    "one inserted": (copy_in(5, 2, prev_of=4), [("inserted", 5, 5)]),
    "one inserted below the first number": (
        run(
            "INSERT INTO audit_entry (id, at, action, actor_name, subject, result, details, request_id, "
            "prev_hash, hash) SELECT 0, at, action, actor_name, subject, result, details, request_id, "
            "prev_hash, hash FROM audit_entry WHERE id = 1"
        ),
        [("altered", 0, 0), ("inserted", 0, 0)],
    ),
    "two changed places": (
        move((5, 6), (6, 5)),
        [("reordered", 5, 5), ("reordered", 6, 6), ("reordered", 7, 7)],
    ),
    "one moved to the end": (
        move((5, 9), (6, 5), (7, 6), (8, 7), (9, 8)),
        [("reordered", 5, 5), ("reordered", 9, 9)],
    ),
    "altered with its hash": (re_hash(5), [("replaced", 5, 5)]),
}


@pytest.mark.parametrize("kind", TAMPERINGS)
def test_each_kind_of_tampering_is_named(log: Session, engine: Engine, kind: str) -> None:
    tamper, expected = TAMPERINGS[kind]
    assert findings(log) == []
    plant(engine, tamper)
    assert findings(log) == expected


def test_cutting_off_the_end_is_seen_with_an_anchor_and_only_then(log: Session, engine: Engine) -> None:
    early, end = Point(4, entry_hash(log, 4)), newest(log)
    plant(engine, run("DELETE FROM audit_entry WHERE id > 6"))
    assert findings(log) == []
    assert findings(log, early) == []
    assert findings(log, early, end) == [("cut_off", 7, 9)]


def test_a_log_emptied_is_seen_with_an_anchor(log: Session, engine: Engine) -> None:
    end = newest(log)
    plant(engine, run("DELETE FROM audit_entry"))
    assert findings(log) == []
    assert findings(log, end) == [("cut_off", 1, 9)]


def test_a_log_written_anew_is_seen_with_an_anchor_behind_the_change(log: Session, engine: Engine) -> None:
    before, behind = Point(4, entry_hash(log, 4)), Point(7, entry_hash(log, 7))
    plant(engine, rewrite_from(5))
    assert findings(log) == []
    assert findings(log, before) == []
    assert findings(log, before, behind) == [("rewritten", 7, 7)]


def entry_hash(session: Session, number: int) -> str:
    return session.get_one(AuditEntry, number).hash


def test_an_anchor_is_worth_something_with_the_secret_only(log: Session) -> None:
    anchor = anchors.make(SECRET, newest(log), AT)
    assert anchors.is_ours(SECRET, anchor)
    assert not anchors.is_ours(SECRET + "x", anchor)
    for changed in (
        anchors.Anchor(8, anchor.hash, anchor.at, anchor.mac),
        anchors.Anchor(9, "0" * 64, anchor.at, anchor.mac),
        anchors.Anchor(9, anchor.hash, "2026-11-26T10:00:00+00:00", anchor.mac),
    ):
        assert not anchors.is_ours(SECRET, changed)


def test_anchors_are_kept_line_by_line(tmp_path: Path) -> None:
    file = tmp_path / "deep" / anchors.FILE_NAME
    assert anchors.newest_in(file) is None
    first, second = (anchors.make(SECRET, Point(n, str(n) * 64), AT) for n in (1, 2))
    for anchor in (first, second):
        anchors.append(file, anchor)
    with file.open("a") as out:
        out.write("half a li")
    assert list(anchors.read(file)) == [first, second, None]
    assert anchors.newest_in(file) == second
    assert file.stat().st_mode & 0o077 == 0
