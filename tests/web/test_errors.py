"""Pages of things that went wrong: in the shell while it works, without it when it does not."""

from __future__ import annotations

import json

import pytest
from flask import Blueprint, abort
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import OperationalError

from partner_center.catalog.models import Product
from partner_center.extensions import db
from partner_center.shared.errors import Conflict, Forbidden, NotFound, Refusal, Unavailable
from partner_center.web import errors
from partner_center.web.guards import public, signed_in
from tests.cast import Cast
from tests.page import Page, PageClient
from tests.web.probe import ProbeApp

SECRET = "hunter2-hunter2"


def page_of(probe: ProbeApp, view: object, cast: Cast | None = None) -> PageClient:
    """A browser of an app whose `/wrong` is `view`."""
    area = Blueprint("wrong", __name__)
    area.add_url_rule("/wrong", "wrong", (signed_in if cast else public)(view), methods=["GET", "POST"])  # type: ignore[type-var]
    client = PageClient(probe.build(area))
    return client.sign_in(cast.admin) if cast else client


@pytest.mark.parametrize("status", [400, 403, 404, 405, 409, 413, 414, 415, 422, 429, 500, 503])
def test_every_status_has_a_page_in_the_shell(probe: ProbeApp, cast: Cast, status: int) -> None:
    shown = page_of(probe, lambda: abort(status), cast).get("/wrong", status=status)
    assert shown.h1 == str(errors.HEADINGS[status])
    assert str(errors.SENTENCES[status]) in shown.text
    assert str(status) not in shown.title, "a number in the title helps nobody"
    assert shown.response.headers["X-Request-ID"] in shown.text
    assert shown.link("Go to customers") == "/customers"


def test_a_status_without_words_of_its_own_has_a_page_too(probe: ProbeApp) -> None:
    assert page_of(probe, lambda: abort(418)).get("/wrong", status=418).link("Go to sign-in") == "/sign-in"


@pytest.mark.parametrize(
    ("refusal", "status"),
    [
        (Refusal, 422),
        (NotFound, 404),
        (Forbidden, 403),
        (Conflict, 409),
        (Unavailable, 503),
    ],
)
def test_a_refusal_is_shown_with_its_sentence(
    probe: ProbeApp, cast: Cast, refusal: type[Refusal], status: int
) -> None:
    def refuse() -> ResponseReturnValue:
        raise refusal("Two licenses are missing. Buy two more.")

    shown = page_of(probe, refuse, cast).get("/wrong", status=status)
    assert "Two licenses are missing. Buy two more." in shown.text


def test_a_refusal_without_a_sentence_gets_the_status_own(probe: ProbeApp) -> None:
    def refuse() -> ResponseReturnValue:
        raise NotFound

    assert str(errors.SENTENCES[404]) in page_of(probe, refuse).get("/wrong", status=404).text


def test_a_sentence_is_text_and_never_markup(probe: ProbeApp) -> None:
    def refuse() -> ResponseReturnValue:
        raise Refusal("<img src=x onerror=alert(1)>")

    shown = page_of(probe, refuse).get("/wrong", status=422)
    assert "<img src=x onerror=alert(1)>" in shown.text
    assert not shown.all("img", src="x")


def test_an_exception_is_noted_with_its_trace_and_told_to_nobody(
    probe: ProbeApp, capsys: pytest.CaptureFixture[str]
) -> None:
    def explode() -> ResponseReturnValue:
        password = SECRET
        raise RuntimeError("boom" if password else "")

    shown = page_of(probe, explode).get("/wrong", status=500)
    assert "boom" not in shown.html
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    (noted,) = [line for line in lines if line["event"] == "request failed"]
    assert "RuntimeError: boom" in noted["exception"]
    assert SECRET not in noted["exception"], "local variables stay out of the log"
    assert noted["request_id"] == shown.response.headers["X-Request-ID"]


def test_scripts_get_the_sentence_as_json(probe: ProbeApp) -> None:
    def refuse() -> ResponseReturnValue:
        raise Conflict("Something moved.")

    answer = page_of(probe, refuse).client.get("/wrong", headers={"Accept": "application/json"})
    assert answer.status_code == 409
    assert answer.get_json() == {
        "error": "Something moved.",
        "request_id": answer.headers["X-Request-ID"],
    }


def test_a_busy_database_is_503(probe: ProbeApp, cast: Cast) -> None:
    def busy() -> ResponseReturnValue:
        raise OperationalError("UPDATE", {}, Exception("database is locked"))

    assert "Try again in a minute" in page_of(probe, busy, cast).get("/wrong", status=503).text


def test_a_statement_that_failed_does_not_spoil_the_page_about_it(probe: ProbeApp, cast: Cast) -> None:
    def break_off() -> ResponseReturnValue:
        db.session.add(Product(sku_id=None, part_number="P", name="N"))
        db.session.flush()
        return "never reached"

    client = page_of(probe, break_off).sign_in(cast.admin)
    assert client.post("/wrong", status=500).link("Go to customers") == "/customers"


def standalone(shown: Page) -> None:
    """The page that needs nothing: it has our name, a reference and a way out."""
    assert shown.h1 == "Something went wrong here"
    assert shown.response.headers["X-Request-ID"] in shown.text
    assert shown.link("Go to the start page") == "/"
    assert shown.response.headers["Content-Security-Policy"]


def test_when_templates_are_broken_a_page_without_them_is_shown(
    probe: ProbeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    def explode() -> ResponseReturnValue:
        raise RuntimeError("boom")

    client = page_of(probe, explode)
    monkeypatch.setattr(errors, "render_template", lambda *_names, **_values: 1 / 0)
    standalone(client.get("/wrong", status=500))


def test_when_the_database_is_gone_a_page_without_it_is_shown(
    probe: ProbeApp, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = page_of(probe, lambda: "never reached", cast)

    def gone(*_args: object) -> None:
        raise OperationalError("SELECT", {}, Exception("unable to open database file"))

    monkeypatch.setattr("partner_center.staff.queries.find_profile", gone)
    standalone(client.get("/wrong", status=503))


def test_an_unknown_address_is_404_for_everybody(page: PageClient, cast: Cast) -> None:
    page.get("/wp-login.php", status=404)
    page.sign_in(cast.admin).get("/customers/1/nothing-here", status=404)
