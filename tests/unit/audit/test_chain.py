"""The chain: one line without gaps or forks, whoever writes at the same time, and only what was committed."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from partner_center.audit import sealing
from partner_center.audit.chain import GENESIS, Content, hash_of
from partner_center.audit.models import AuditEntry
from partner_center.audit.service import Action, record
from partner_center.audit.verify import Walk
from tests.make import Make

WORDS = Content(
    at=datetime(2026, 11, 25, 10, 0, tzinfo=UTC),
    action="signed_in",
    actor_id=7,
    actor_name="Åse Øye",
    customer_id=None,
    subject="ase@partner.example",
    result="done",
    details={"b": [1, 2.5, None], "a": "ı"},
    request_id="r-1",
)


def entries(session: Session) -> list[AuditEntry]:
    return list(session.scalars(select(AuditEntry).order_by(AuditEntry.id)))


def subjects(session: Session) -> list[str]:
    return [entry.subject for entry in entries(session)]


def note(session: Session, subject: str) -> None:
    record(session, None, Action.CHANGE_SAVED, subject=subject)


def test_the_hash_is_the_same_for_ever() -> None:
    """Changing how it is made would make every log that was ever written look altered."""
    assert hash_of(WORDS, GENESIS) == "6470ec31dc3a59269926a55b6b2c82b0562b73002cb410058a30598062f32f31"


def test_the_hash_speaks_for_every_word_and_for_what_went_before() -> None:
    whole = hash_of(WORDS, GENESIS)
    others: dict[str, object] = {
        "at": WORDS.at + timedelta(microseconds=1),
        "actor_id": None,
        "customer_id": 0,
        "details": {"b": [1, 2.5, None], "a": "i"},
    }
    for name in Content._fields:
        changed = WORDS._replace(**{name: others.get(name, "other")})
        assert hash_of(changed, GENESIS) != whole, name
    assert hash_of(WORDS, "1" * 64) != whole


def test_the_hash_does_not_depend_on_time_zone_or_order_of_keys() -> None:
    oslo = WORDS.at.astimezone(timezone(timedelta(hours=1)))
    same = WORDS._replace(at=oslo, details={"a": "ı", "b": [1, 2.5, None]})
    assert hash_of(same, GENESIS) == hash_of(WORDS, GENESIS)


def test_entries_are_numbered_and_tied_in_the_order_they_were_recorded(session: Session) -> None:
    for word in ("one", "two"):
        note(session, word)
    session.commit()
    note(session, "three")
    session.commit()
    found = entries(session)
    assert [(entry.id, entry.subject) for entry in found] == [(1, "one"), (2, "two"), (3, "three")]
    assert [entry.prev_hash for entry in found] == [GENESIS, found[0].hash, found[1].hash]
    assert [list(Walk(session).findings())] == [[]]


def test_what_is_rolled_back_leaves_no_gap(session: Session) -> None:
    note(session, "kept")
    session.commit()
    note(session, "lost")
    session.rollback()
    note(session, "kept too")
    session.commit()
    assert [(entry.id, entry.subject) for entry in entries(session)] == [(1, "kept"), (2, "kept too")]


def test_a_session_that_is_closed_takes_its_entries_along(engine: Engine, session: Session) -> None:
    with Session(engine) as other:
        note(other, "lost")
        other.close()
        note(other, "kept")
        other.commit()
    assert subjects(session) == ["kept"]


def test_a_savepoint_that_is_rolled_back_takes_its_entries_along(session: Session) -> None:
    note(session, "before")
    outer = session.begin_nested()
    note(session, "outer, lost")
    with session.begin_nested():
        note(session, "inner, lost with the outer")
    outer.rollback()
    with session.begin_nested():
        note(session, "kept")
        inner = session.begin_nested()
        note(session, "inner, lost")
        inner.rollback()
    session.commit()
    assert subjects(session) == ["before", "kept"]


def test_details_are_hashed_as_they_are_read_back(session: Session) -> None:
    odd = {1: ("a", Action.REFUSED), "float": 0.1 + 0.2, "big": 2**60, "text": "İ\u2028\x00<b>"}
    record(session, None, Action.CHANGE_SAVED, odd=odd, subject="\ud800\x00")
    session.commit()
    session.expire_all()
    assert list(Walk(session).findings()) == []
    assert entries(session)[0].details["odd"]["1"] == ["a", "refused"]


def test_what_no_json_can_hold_is_refused_at_once(session: Session) -> None:
    for value in (object(), float("nan")):
        with pytest.raises((TypeError, ValueError)):
            record(session, None, Action.CHANGE_SAVED, value=value)


WRITERS, EACH = 6, 15


def hammer(sessions: sessionmaker[Session], make: Make) -> list[Exception]:
    """Several writers at once, each with a deed of its own in the same transaction; what went wrong."""
    wrong: list[Exception] = []

    def write(name: str) -> None:
        for number in range(EACH):
            try:
                with sessions() as session:
                    note(session, f"{name}.{number}")
                    if number % 3 == 2:
                        session.rollback()
                    session.commit()
            except Exception as problem:
                wrong.append(problem)

    threads = [threading.Thread(target=write, args=(f"w{n}",)) for n in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    return wrong


def test_writers_at_the_same_time_make_one_line(
    sessions: sessionmaker[Session], session: Session, make: Make
) -> None:
    assert hammer(sessions, make) == []
    found = entries(session)
    assert [entry.id for entry in found] == list(range(1, WRITERS * EACH * 2 // 3 + 1))
    assert list(Walk(session).findings()) == []
    for name in (f"w{n}" for n in range(WRITERS)):
        own = [entry.subject for entry in found if entry.subject.startswith(name)]
        assert own == sorted(own, key=lambda subject: int(subject.split(".")[1])), (
            "nobody's deeds change places"
        )


def test_without_the_lock_writers_get_in_each_others_way_but_no_fork_is_made(
    sessions: sessionmaker[Session],
    session: Session,
    make: Make,
    engine: Engine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The control of the test above; the primary key is the second lock."""
    if engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer at a time, so there is no lock to leave out")
    monkeypatch.setattr(sealing, "lock_chain", lambda _session: None)
    wrong = hammer(sessions, make)
    assert wrong
    assert all(isinstance(problem, IntegrityError) for problem in wrong)
    assert list(Walk(session).findings()) == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET subject = 'other' WHERE id = 1",
        "UPDATE audit_entry SET hash = 'other'",
        "DELETE FROM audit_entry WHERE id = 1",
        "DELETE FROM audit_entry",
    ],
)
def test_the_database_itself_refuses_to_rewrite(session: Session, statement: str) -> None:
    note(session, "one")
    session.commit()
    with pytest.raises(DBAPIError, match="never changed or deleted"):
        session.execute(text(statement))
    session.rollback()
    assert subjects(session) == ["one"]


def test_postgresql_refuses_to_empty_the_table(session: Session, engine: Engine) -> None:
    if engine.dialect.name != "postgresql":
        pytest.skip("only PostgreSQL has TRUNCATE")
    note(session, "one")
    session.commit()
    with pytest.raises(DBAPIError, match="never changed or deleted"):
        session.execute(text("TRUNCATE audit_entry"))
    session.rollback()
    assert subjects(session) == ["one"]
