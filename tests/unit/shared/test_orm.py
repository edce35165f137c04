"""How the database is opened: waits are bounded, times are in UTC, whatever the server's own settings."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from partner_center.jobs.models import Job
from partner_center.shared import orm
from tests.conftest import open_engine


@pytest.fixture
def postgresql(engine: Engine) -> Engine:
    if engine.dialect.name != "postgresql":
        pytest.skip("SQLite bounds its wait with busy_timeout; TEST_DATABASE_URL=postgresql runs this")
    return engine


def test_a_moment_comes_back_as_it_was_stored_and_in_utc(session: Session) -> None:
    moment = datetime(2026, 11, 25, 8, 30, tzinfo=timezone(timedelta(hours=5, minutes=45)))
    session.add(Job(kind="work", run_after=moment, created_at=moment))
    session.commit()
    session.expire_all()
    job = session.query(Job).one()
    assert job.run_after == moment
    assert job.run_after.tzinfo is UTC


def test_a_time_without_a_zone_is_refused(session: Session) -> None:
    moment = datetime(2026, 11, 25, 8, 30)  # noqa: DTZ001 - that is the point
    session.add(Job(kind="work", run_after=moment, created_at=moment))
    with pytest.raises(Exception, match="needs a time zone"):
        session.flush()
    session.rollback()


def test_nobody_waits_for_a_lock_without_end(
    postgresql: Engine, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(orm, "LONGEST_WAIT", timedelta(milliseconds=50))
    impatient = open_engine(postgresql.url.render_as_string(hide_password=False))
    session.execute(text("LOCK TABLE job IN ACCESS EXCLUSIVE MODE"))
    try:
        with impatient.connect() as other, pytest.raises(OperationalError, match="lock timeout"):
            other.execute(text("SELECT count(*) FROM job"))
    finally:
        impatient.dispose()
        session.rollback()
