"""What machines ask for: is it alive, can it work, how much did it do. And who may know."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from partner_center import schema
from partner_center.config import Config
from partner_center.extensions import db
from partner_center.jobs.queue import enqueue
from partner_center.shared import clock
from tests import servers
from tests.cast import Cast
from tests.conftest import Apps
from tests.page import PageClient

TOKEN = "a token for tests alone 0123456789 abc"


def figures(client: FlaskClient, **given: object) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Every sample by name and labels."""
    answer = client.get("/metrics", **given)
    assert answer.status_code == 200
    families = text_string_to_metric_families(answer.get_data(as_text=True))
    return {(one.name, frozenset(one.labels.items())): one.value for each in families for one in each.samples}


def labels(**values: str) -> frozenset[tuple[str, str]]:
    return frozenset(values.items())


@pytest.fixture
def without_database(app: Flask) -> Callable[[], None]:
    """Lets the database be away for the rest of the test."""
    with app.app_context():
        engine = db.engine

    def refuse(*_told: object) -> None:
        raise OperationalError("", {}, Exception("away"))

    event.listen(engine, "begin", refuse)
    yield  # type: ignore[misc]
    event.remove(engine, "begin", refuse)


def test_up_needs_nothing(page: PageClient, without_database: None) -> None:
    assert page.client.get("/up").get_data(as_text=True) == "up\n"


def test_ready_says_what_it_found(page: PageClient) -> None:
    answer = page.client.get("/up/ready")
    assert answer.status_code == 200
    assert answer.get_data(as_text=True) == "database answers\nmigrations are all there\n"


def test_without_its_database_it_is_not_ready(page: PageClient, without_database: None) -> None:
    answer = page.client.get("/up/ready")
    assert (answer.status_code, answer.get_data(as_text=True)) == (503, "database does not answer\n")


def test_with_another_versions_tables_it_is_not_ready(
    page: PageClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "is_current", lambda _engine: False)
    answer = page.client.get("/up/ready")
    assert answer.status_code == 503
    assert "partner-center migrate" in answer.get_data(as_text=True)


def test_a_broker_that_is_away_is_told_and_stops_nobody(config: Config, apps: Apps) -> None:
    app = apps.open(config)
    away = f"redis://127.0.0.1:{servers.free_port()}/0"
    app.extensions["config"] = replace(config, broker_url=away)
    answer = app.test_client().get("/up/ready")
    assert answer.status_code == 200
    assert "broker is away; workers look for work every second" in answer.get_data(as_text=True)


def test_jobs_changes_and_copies_are_counted(page: PageClient, session: Session, cast: Cast) -> None:
    for kind, minutes in (("change", 3), ("change", -3), ("sync-all", 1)):
        enqueue(session, kind, {}, run_after=clock.now() - timedelta(minutes=minutes))
    session.commit()
    found = figures(page.client)
    assert found["partner_center_jobs", labels(kind="change", state="waiting")] == 2
    assert 180 <= found["partner_center_oldest_waiting_job_seconds", labels()] < 240
    assert found["partner_center_copies", labels(younger_than="inf")] > 0
    assert found["partner_center_unknown_outcomes", labels()] == 0


def test_requests_are_counted_by_pattern_and_never_by_address(page: PageClient, cast: Cast) -> None:
    key = (
        "partner_center_requests_total",
        labels(method="GET", route="/customers/<int:customer_id>", status="404"),
    )
    before = figures(page.client).get(key, 0)
    page.sign_in(cast.stranger).get(f"/customers/{cast.fjord.id}", 404)
    after = figures(page.client)
    assert after[key] == before + 1
    assert not any(str(cast.fjord.id) in dict(named).get("route", "") for _name, named in after)


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"environ_base": {"REMOTE_ADDR": "192.0.2.7"}},
        {"headers": {"X-Forwarded-For": "192.0.2.7"}},
        {"headers": {"Forwarded": "for=192.0.2.7"}},
    ],
)
def test_others_find_no_metrics(page: PageClient, elsewhere: dict[str, object]) -> None:
    assert page.client.get("/metrics", **elsewhere).status_code == 404


def test_a_token_opens_them_from_anywhere_and_then_nothing_else_does(config: Config, apps: Apps) -> None:
    client = apps.open(replace(config, metrics_token=TOKEN)).test_client()
    far = {"REMOTE_ADDR": "192.0.2.7"}
    assert figures(client, environ_base=far, headers={"Authorization": f"Bearer {TOKEN}"})
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 404
