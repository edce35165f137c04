"""Who gets through: every route × method × role × relation, asked of the running application.

A route without a row fails, a row without a route fails. What is refused, and what only reads, leaves every
table as it was. What is allowed is the page itself, never the way to sign in.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from partner_center.web import guards, waiting
from tests.cast import Cast
from tests.make import Make
from tests.page import PageClient
from tests.web.access.cases import TABLE, Case, Relation, Stage, cases_of, of_session, read_table
from tests.web.changes.scene import set_up
from tests.web.routing import READING, routes

ROWS = read_table()
FEWEST_CASES = 32
"""Of a route that belongs to a customer and has things of its own below it."""


@pytest.fixture
def stage(make: Make, cast: Cast, page: PageClient, app: Flask, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """Everything a route can name."""
    monkeypatch.setattr(waiting, "PATIENCE", timedelta(0))
    scene = set_up(make.session, make, cast)
    monkeypatch.setitem(app.extensions, "cloud", scene.tenant)
    return Stage(scene, make)


def test_every_route_has_a_row_and_every_row_a_route(app: Flask) -> None:
    now = {(method, rule.rule) for rule, method in routes(app) if method != "HEAD"}
    assert now == set(ROWS), f"bring {TABLE.name} up to date: {sorted(now ^ set(ROWS))}"


def test_public_routes_alone_answer_strangers(app: Flask) -> None:
    for rule, method in routes(app):
        if method != "HEAD":
            access = guards.access_of(app.view_functions[rule.endpoint])
            assert access is not None
            assert access.public == (ROWS[method, rule.rule].out not in {"in", "401"}), rule.rule


@pytest.mark.parametrize(("method", "path"), ROWS, ids=[" ".join(key) for key in ROWS])
def test_each_case_is_answered_as_the_table_says(
    app: Flask, page: PageClient, stage: Stage, method: str, path: str
) -> None:
    rule = next(one for one in app.url_map.iter_rules() if one.rule == path and method in (one.methods or ()))
    engine = of_session(stage.session)
    stage.session.rollback()
    before = stage.fingerprint(engine)
    wrong = []
    for case in cases_of(path, ROWS[method, path]):
        if rule.endpoint == "purchases.place_order":
            stage.settle_orders()
            before = stage.fingerprint(engine)
        answer = send(page, stage, rule, method, case)
        told = told_by(answer, stage, case)
        after = stage.fingerprint(engine)
        if told != case.expected:
            wrong.append((case.relation.value, case.role, told, f"not {case.expected}"))
        if after != before and (method in READING or is_refusal(case.expected)):
            wrong.append((case.relation.value, case.role, "the database changed"))
        before = after
    assert not wrong


@pytest.mark.parametrize("path", [path for method, path in ROWS if method == "GET"])
def test_head_answers_as_get_does(app: Flask, page: PageClient, stage: Stage, path: str) -> None:
    rule = next(one for one in app.url_map.iter_rules() if one.rule == path and "GET" in (one.methods or ()))
    for case in cases_of(path, ROWS["GET", path]):
        answer = send(page, stage, rule, "HEAD", case)
        assert told_by(answer, stage, case) == case.expected, case
        assert not answer.get_data()


def test_the_table_is_as_wide_as_it_says() -> None:
    counts = {
        path: 2 * len(list(cases_of(path, row))) for (method, path), row in ROWS.items() if method == "GET"
    }
    deep = [path for (method, path), row in ROWS.items() if method == "GET" and row.child != "."]
    assert deep
    assert min(counts[path] for path in deep) >= FEWEST_CASES


def gets(counts: dict[tuple[str, str], int]) -> int:
    """The cases of reading."""
    return sum(count for (method, _path), count in counts.items() if method == "GET")


def send(page: PageClient, stage: Stage, rule: Rule, method: str, case: Case) -> TestResponse:
    """The request of the case, from a fresh session of the case's person."""
    address, endpoint = stage.address(rule, case), rule.endpoint
    page.sign_out()
    member = stage.member(case)
    if member is not None:
        page.sign_in(member)
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


def is_refusal(expected: str) -> bool:
    """Whether the answer says that nothing was done."""
    return expected == "in" or expected.startswith("4") or expected.startswith("5")
