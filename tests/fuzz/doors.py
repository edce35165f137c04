"""The forms that the pages really show, filled in as a browser would; and a judge of every answer."""

from __future__ import annotations

import sqlite3
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from flask import Flask
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse, encode_multipart

from partner_center.directory import shelf
from partner_center.staff.roles import Role
from tests.markup import Element, parse
from tests.page import PageClient, filled
from tests.web.access.cases import Case, Relation, Stage, of_session
from tests.web.routing import routes

MINE = Case(Relation.BOUND, Role.GLOBAL_ADMIN, "")
"""A global admin who sees one customer: all doors but those of other customers are open."""
SLOWEST = 2.0
"""Seconds of the processor for one answer."""
LEFT_ALONE = frozenset({"/sign-out"})


@dataclass(frozen=True, slots=True)
class Door:
    """A form as it stands on a page: where it goes, what it holds, what else may be sent."""

    action: str
    method: str
    fields: tuple[tuple[str, str], ...]
    names: tuple[str, ...]
    files: tuple[str, ...]
    public: bool

    def filled(self) -> MultiDict[str, str]:
        """What a browser would send untouched."""
        return MultiDict(self.fields)


@dataclass
class Judge:
    """Sends, counts, and keeps what was wrong."""

    app: Flask
    page: PageClient
    stage: Stage
    sent: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Keep the database as it is, to put it back; look at it from a connection of its own."""
        engine = of_session(self.stage.session)
        self.stage.session.rollback()
        self._file = sqlite3.connect(str(engine.url.database), isolation_level=None, timeout=30)
        self._snapshot = sqlite3.connect(":memory:")
        self._file.backup(self._snapshot)
        self._secrets = (self.stage.anatolia.name, self.stage.anatolia.domain, "Foreign 1")
        self._watch = engine.connect()

    def put_back(self) -> None:
        """The database as it was at first."""
        self._snapshot.backup(self._file)
        shelf.forget_everything()

    def close(self) -> None:
        """Let go of the database."""
        self._watch.close()
        self._file.close()
        self._snapshot.close()

    def be(self, public: bool) -> None:
        """Sign in, or out for the doors of strangers; what is changed from here on is the answer's doing."""
        self.page.sign_out()
        if not public:
            member = self.stage.member(MINE)
            assert member is not None
            self.page.sign_in(member)
        self._before = self.stage.fingerprint(self._watch)

    def send(self, door: Door, fields: MultiDict[str, object] | bytes, what: str) -> TestResponse:
        """One request from the form, judged."""
        options: dict[str, object] = {"headers": {"X-CSRFToken": self.page.token()}}
        if door.method == "GET":
            options["query_string"] = fields.decode("latin-1") if isinstance(fields, bytes) else fields
        else:
            options["data"] = fields
            if isinstance(fields, bytes):
                options["content_type"] = "application/x-www-form-urlencoded"
            elif door.files:
                boundary, options["data"] = encode_multipart(fields)
                options["content_type"] = f"multipart/form-data; boundary={boundary}"
        began = time.process_time()
        answer = self.page.client.open(urlsplit(door.action).path, method=door.method, **options)  # type: ignore[arg-type]
        body = answer.get_data()
        answer.close()  # its upload, too, which is a file where it is large
        self._judge(answer, body, time.process_time() - began, f"{door.method} {door.action} {what}")
        return answer

    def _judge(self, answer: TestResponse, body: bytes, seconds: float, what: str) -> None:
        self.sent += 1
        self.statuses[answer.status_code] += 1
        if answer.status_code >= 500:
            self.wrong.append(f"{answer.status_code}: {what}")
        if seconds > SLOWEST:
            self.wrong.append(f"{seconds:.1f} s: {what}")
        text = body.decode("utf-8", "replace")
        self.wrong += [f"speaks of {secret}: {what}" for secret in self._secrets if secret in text]
        if answer.status_code >= 400 and self.stage.fingerprint(self._watch) != self._before:
            self.wrong.append(f"{answer.status_code} and yet changed something: {what}")


def doors(app: Flask, page: PageClient, stage: Stage) -> list[Door]:
    """Every form of every page, once."""
    found: dict[tuple[str, str, tuple[str, ...]], Door] = {}
    for public in (True, False):
        member = stage.member(MINE)
        assert member is not None
        page.sign_out()
        if not public:
            page.sign_in(member)
        for door in _shown(app, page, stage, public):
            found.setdefault((door.method, _shape(door.action), door.names), door)
    return list(found.values())


def _shown(app: Flask, page: PageClient, stage: Stage, public: bool) -> Iterator[Door]:
    for rule, method in routes(app):
        if method != "GET" or rule.endpoint == "style_guide.show":
            continue
        answer = page.client.get(stage.address(rule, MINE))
        if answer.status_code == 200 and answer.mimetype == "text/html":
            for form in parse(answer.get_data(as_text=True))[0].all("form"):
                if form.attrs.get("action") not in LEFT_ALONE:
                    yield _door(form, public)


def _door(form: Element, public: bool) -> Door:
    controls = form.all("input", "select", "textarea", "button")
    named = [control for control in controls if control.attrs.get("name")]
    files = [one.attrs["name"] for one in named if one.attrs.get("type") == "file"]
    names = dict.fromkeys(
        one.attrs["name"] for one in named if one.attrs["name"] not in ("csrf_token", *files)
    )
    values = filled(form)
    values.pop("csrf_token", None)
    return Door(
        action=form.attrs["action"],
        method=form.attrs.get("method", "get").upper(),
        fields=tuple(values.items(multi=True)),
        names=tuple(names),
        files=tuple(files),
        public=public,
    )


def _shape(action: str) -> str:
    """The address without its numbers and references: one form of each kind is enough."""
    path = urlsplit(action).path
    return "/".join("#" if any(c.isdigit() for c in part) else part for part in path.split("/"))


def texts_of(found: Iterable[Door]) -> list[tuple[Door, str]]:
    """Every field of every door."""
    return [(door, name) for door in found for name in door.names]
