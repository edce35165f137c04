"""Whatever is typed, uploaded or made up: no 500, nothing slow, nothing of other customers, no refusal that
changes anything.

The short form puts a few texts into every field; `--long` puts all of them into each, then lets hypothesis
write, until 50,000 inputs were sent.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import FileStorage, MultiDict

from partner_center.web import waiting
from tests.cast import Cast
from tests.fuzz.corpus import RAW, TEXTS, uploads
from tests.fuzz.doors import Door, Judge, doors, texts_of
from tests.make import Make
from tests.page import PageClient
from tests.web.access.cases import Stage
from tests.web.changes.scene import set_up

pytestmark = pytest.mark.slow
LONG = 50_000
SHORT_TEXTS, SHORT_EXAMPLES = 4, 300


@pytest.fixture
def judge(
    app: Flask, page: PageClient, make: Make, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Judge]:
    """A console with something of everything in it."""
    if make.session.get_bind().dialect.name != "sqlite":
        pytest.skip("the database is put back as SQLite lets one: run without TEST_DATABASE_URL")
    monkeypatch.setattr(waiting, "PATIENCE", timedelta(0))
    scene = set_up(make.session, make, cast)
    monkeypatch.setitem(app.extensions, "cloud", scene.tenant)
    with closing(Judge(app, page, Stage(scene, make))) as judge:
        yield judge


@pytest.fixture
def is_long(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--long"))


def test_odd_texts_in_every_field(judge: Judge, is_long: bool, capfd: pytest.CaptureFixture[str]) -> None:
    for place, (door, name) in enumerate(texts_of(doors(judge.app, judge.page, judge.stage))):
        judge.put_back()
        some = (
            TEXTS if is_long else [TEXTS[(place * SHORT_TEXTS + n) % len(TEXTS)] for n in range(SHORT_TEXTS)]
        )
        for text in some:
            judge.be(door.public)
            fields = door.filled()
            fields.setlist(name, [text])
            judge.send(door, fields, f"{name}={text[:40]!r}")
        for raw in RAW if is_long else RAW[place % len(RAW) :][:1]:
            judge.be(door.public)
            judge.send(door, name.encode() + b"=" + raw, f"{name}={raw!r}")
        _bend(judge, door, name)
    _tell(judge, capfd)
    assert not judge.wrong[:10]


def test_odd_files(judge: Judge, capfd: pytest.CaptureFixture[str]) -> None:
    found = [door for door in doors(judge.app, judge.page, judge.stage) if door.files]
    assert found
    for door in found:
        files = [FileStorage(file, name, content_type="text/csv") for name, file in uploads().items()]
        for file in (*files, "a text and no file"):
            judge.put_back()
            judge.be(door.public)
            fields: MultiDict[str, object] = MultiDict(door.filled())
            fields.setlist(door.files[0], [file])
            judge.send(door, fields, str(getattr(file, "filename", file))[:40])
    _tell(judge, capfd)
    assert not judge.wrong[:10]


def test_hypothesis_writes_the_fields(judge: Judge, is_long: bool, capfd: pytest.CaptureFixture[str]) -> None:
    found = [door for door in doors(judge.app, judge.page, judge.stage) if door.names]
    texts = st.one_of(st.text(max_size=60), st.sampled_from(TEXTS), st.from_regex(r"[0-9,.\-+e]{0,12}"))

    @settings(
        max_examples=LONG // 2 if is_long else SHORT_EXAMPLES,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def write(data: st.DataObject) -> None:
        door = data.draw(st.sampled_from(found))
        if judge.sent % 200 == 0:
            judge.put_back()
        judge.be(door.public)
        fields = door.filled()
        chosen = data.draw(st.lists(st.sampled_from(door.names), min_size=1, max_size=4, unique=True))
        for name in chosen:
            fields.setlist(name, data.draw(st.lists(texts, max_size=3)))
        judge.send(door, fields, f"{[(name, fields.getlist(name)) for name in chosen]!r:.200}")
        assert not judge.wrong

    write()
    _tell(judge, capfd)


def _bend(judge: Judge, door: Door, name: str) -> None:
    """The field twice, and not at all."""
    for values in (["a", "b"], []):
        judge.be(door.public)
        fields = door.filled()
        fields.setlist(name, values)
        judge.send(door, fields, f"{name} {len(values)} times")


def _tell(judge: Judge, capfd: pytest.CaptureFixture[str]) -> None:
    said = ", ".join(f"{status} {count:,}" for status, count in sorted(judge.statuses.items()))
    with capfd.disabled():
        print(f"\n  {judge.sent:,} inputs: {said}; wrong {len(judge.wrong)}")  # noqa: T201
