"""Who gets through: every route × method × role × relation, asked of the running application.

A route without a row fails, a row without a route fails. What is refused, and what only reads, leaves every
table as it was. What is allowed is the page itself, never the way to sign in.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from partner_center.web import guards
from tests.cast import Cast
from tests.make import Make
from tests.page import PageClient
from tests.web.access.asking import staged, wrong_answers
from tests.web.access.cases import TABLE, Stage, cases_of, read_table
from tests.web.routing import READING, routes

ROWS = read_table()
WRITING = [key for key in ROWS if key[0] not in READING]
FEWEST_CASES = 32
"""Of a route that belongs to a customer and has things of its own below it."""


@pytest.fixture
def stage(app: Flask, make: Make, cast: Cast, page: PageClient) -> Iterator[Stage]:
    """One for each test: what is allowed changes it."""
    with staged(app, make, cast) as stage:
        yield stage


def test_every_route_has_a_row_and_every_row_a_route(app: Flask) -> None:
    now = {(method, rule.rule) for rule, method in routes(app) if method != "HEAD"}
    assert now == set(ROWS), f"bring {TABLE.name} up to date: {sorted(now ^ set(ROWS))}"


def test_public_routes_alone_answer_strangers(app: Flask) -> None:
    for rule, method in routes(app):
        if method != "HEAD":
            access = guards.access_of(app.view_functions[rule.endpoint])
            assert access is not None
            assert access.public == (ROWS[method, rule.rule].out not in {"in", "401"}), rule.rule


@pytest.mark.parametrize("key", WRITING, ids=" ".join)
def test_each_case_is_answered_as_the_table_says(
    app: Flask, page: PageClient, stage: Stage, key: tuple[str, str]
) -> None:
    assert not wrong_answers(app, page, stage, key, ROWS[key])


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
