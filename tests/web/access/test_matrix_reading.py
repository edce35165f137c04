"""Who gets through to what only reads: the matrix's GET and HEAD.

No case here may change a row, which each test proves, so all of them look at one stage.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from tests.cast import assemble
from tests.conftest import empty
from tests.make import Make
from tests.page import PageClient
from tests.web.access.asking import enter, rule_of, send, staged, told_by, wrong_answers
from tests.web.access.cases import Stage, cases_of, of_session, read_table
from tests.web.routing import READING

ROWS = read_table()
READ = [key for key in ROWS if key[0] in READING]


@pytest.fixture(scope="module")
def stage(app: Flask, engine: Engine) -> Iterator[Stage]:
    """One for all; the database is empty before and after."""
    with Session(engine, expire_on_commit=False) as session:
        make = Make(session)
        with staged(app, make, assemble(make)) as stage:
            yield stage
    empty(engine)


@pytest.fixture
def reader(app: Flask) -> PageClient:
    """A browser that leaves the database alone when the test is over."""
    return PageClient(app)


@pytest.mark.parametrize("key", READ, ids=" ".join)
def test_each_case_is_answered_as_the_table_says(
    app: Flask, reader: PageClient, stage: Stage, key: tuple[str, str]
) -> None:
    assert not wrong_answers(app, reader, stage, key, ROWS[key])


@pytest.mark.parametrize("path", [path for _method, path in READ])
def test_head_answers_as_get_does(app: Flask, reader: PageClient, stage: Stage, path: str) -> None:
    rule = rule_of(app, "GET", path)
    stage.session.rollback()
    with of_session(stage.session).connect() as watch:
        for case in cases_of(path, ROWS["GET", path]):
            enter(reader, stage, case)
            before = stage.fingerprint(watch)
            answer = send(reader, stage, rule, "HEAD", case)
            assert told_by(answer, stage, case) == case.expected, case
            assert not answer.get_data()
            assert stage.fingerprint(watch) == before, "the database changed"
