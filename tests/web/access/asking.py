"""A case of the matrix, asked of the running application, and what its answer says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from flask import Flask
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from partner_center.web import waiting
from tests.cast import Cast
from tests.make import Make
from tests.page import PageClient
from tests.web.access.cases import Case, Relation, Row, Stage, cases_of, is_refusal, of_session
from tests.web.changes.scene import set_up
from tests.web.routing import READING


@contextmanager
def staged(app: Flask, make: Make, cast: Cast) -> Iterator[Stage]:
    """Everything a route can name."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(waiting, "PATIENCE", timedelta(0))
        scene = set_up(make.session, make, cast)
        patch.setitem(app.extensions, "cloud", scene.tenant)
        yield Stage(scene, make)


def rule_of(app: Flask, method: str, path: str) -> Rule:
    """The route of a row."""
    return next(one for one in app.url_map.iter_rules() if one.rule == path and method in (one.methods or ()))


def wrong_answers(
    app: Flask, page: PageClient, stage: Stage, key: tuple[str, str], row: Row
) -> list[tuple[object, ...]]:
    """The cases of a row that are answered otherwise, and those that change what they must not."""
    method, path = key
    rule = rule_of(app, method, path)
    stage.session.rollback()
    wrong: list[tuple[object, ...]] = []
    with of_session(stage.session).connect() as watch:
        for case in cases_of(path, row):
            if rule.endpoint == "purchases.place_order":
                stage.settle_orders()
            enter(page, stage, case)
            before = stage.fingerprint(watch)
            answer = send(page, stage, rule, method, case)
            told = told_by(answer, stage, case)
            if told != case.expected:
                wrong.append((case.relation.value, case.role, told, f"not {case.expected}"))
            changes_nothing = method in READING or is_refusal(case.expected)
            if changes_nothing and stage.fingerprint(watch) != before:
                wrong.append((case.relation.value, case.role, "the database changed"))
    return wrong


def enter(page: PageClient, stage: Stage, case: Case) -> None:
    """Have the case's person sign in, which writes: so it is done before the database is looked at."""
    page.sign_out()
    member = stage.member(case)
    if member is not None:
        page.sign_in(member)


def send(page: PageClient, stage: Stage, rule: Rule, method: str, case: Case) -> TestResponse:
    """The request of the case, from the session of who entered."""
    address, endpoint = stage.address(rule, case), rule.endpoint
    if endpoint in ("users.send_ticks", "licenses.send_holder_ticks"):
        headers = {"X-CSRFToken": page.token(), "Accept": "application/json"}
        return page.client.post(address, json={"add": [3], "remove": [], "version": 0}, headers=headers)
    form = {"data": stage.sent(endpoint, case) | {"csrf_token": page.token()}} if method == "POST" else {}
    return page.client.open(address, method=method, **form)


def told_by(answer: TestResponse, stage: Stage, case: Case) -> str:
    """The status; `in` for being sent to sign in. Nothing of a foreign customer may be in the answer."""
    body = answer.get_data(as_text=True)
    if case.relation is not Relation.OWN:
        for secret in (stage.anatolia.name, stage.anatolia.domain, "Foreign 1"):
            assert secret not in body, f"{case}: the answer speaks of {secret}"
    if (
        answer.status_code == 303
        and answer.location.startswith("/sign-in")
        and case.relation
        in (
            Relation.SIGNED_OUT,
            Relation.SUSPENDED,
        )
    ):
        return "in"
    return str(answer.status_code)
