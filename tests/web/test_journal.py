"""The log: ids to follow a request, a person and a change by; never a name, a body or what stood in a row."""

from __future__ import annotations

import json

import pytest
from flask import Blueprint, Flask
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from partner_center.catalog.models import Product
from partner_center.extensions import db
from partner_center.web.guards import signed_in
from tests.cast import Cast
from tests.page import PageClient
from tests.web.probe import ProbeApp

CANARY = "a-person-s-name"


def store_twice() -> ResponseReturnValue:
    for _ in range(2):
        db.session.add(Product(sku_id=CANARY, part_number="P", name=CANARY))
        db.session.flush()
        db.session.expunge_all()
    raise AssertionError("the second one is refused")


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


@pytest.fixture
def app(probe: ProbeApp) -> Flask:
    area = Blueprint("twice", __name__)
    area.add_url_rule("/twice", view_func=signed_in(store_twice), methods=["POST"])
    return probe.build(area)


def test_what_the_database_refused_is_noted_without_the_row(
    app: Flask, cast: Cast, session: Session, capsys: pytest.CaptureFixture[str]
) -> None:
    PageClient(app).sign_in(cast.admin).post("/twice", status=500)
    log = lines(capsys)
    failed = next(line for line in log if line["level"] == "error")
    assert "IntegrityError" in str(failed["exception"])
    assert CANARY not in json.dumps(log)
    assert failed["staff_id"] == cast.admin.id
    assert failed["request_id"]


def test_a_line_names_the_person_the_customer_and_the_change_by_their_ids(
    page: PageClient, cast: Cast, capsys: pytest.CaptureFixture[str]
) -> None:
    page.sign_in(cast.admin).get(f"/customers/{cast.fjord.id}/changes/CH-NONE", 404)
    line = next(line for line in lines(capsys) if line["event"] == "request")
    known = (line["staff_id"], line["customer_id"], line["ref"])
    assert known == (cast.admin.id, cast.fjord.id, "CH-NONE")
    assert cast.admin.display_name not in json.dumps(line)
