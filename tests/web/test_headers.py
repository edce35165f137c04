"""Headers, on four kinds of answers: a page, a redirect, an error, a file."""

from __future__ import annotations

from dataclasses import replace

import pytest

from partner_center.config import Config
from tests.cast import Cast
from tests.conftest import Apps
from tests.page import PageClient

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
EVERYWHERE = {
    "Content-Security-Policy": POLICY,
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
ANSWERS = [("/settings", 200), ("/sign-in", 303), ("/nothing-here", 404), ("/static/theme.css", 200)]


@pytest.mark.parametrize(("path", "status"), ANSWERS)
def test_every_answer_has_exactly_these_headers(page: PageClient, cast: Cast, path: str, status: int) -> None:
    answer = page.sign_in(cast.admin).client.get(path)
    answer.close()  # a file is open until then
    assert answer.status_code == status
    assert {name: answer.headers.get_all(name) for name in EVERYWHERE} == {
        name: [value] for name, value in EVERYWHERE.items()
    }
    assert "Server" not in answer.headers
    assert "Strict-Transport-Security" not in answer.headers, "not without TLS"


@pytest.mark.parametrize(("path", "status"), ANSWERS[:3])
def test_pages_are_kept_by_nobody(page: PageClient, cast: Cast, path: str, status: int) -> None:
    answer = page.sign_in(cast.admin).client.get(path)
    assert answer.headers["Cache-Control"] == "no-store"
    assert len(answer.headers["X-Request-ID"]) == 36


def test_files_may_be_kept_and_carry_no_cookie(page: PageClient, cast: Cast) -> None:
    answer = page.sign_in(cast.admin).client.get("/static/theme.css")
    answer.close()
    assert answer.headers["Cache-Control"] != "no-store"
    assert answer.headers["ETag"]
    assert "Set-Cookie" not in answer.headers


def test_behind_tls_browsers_are_told_to_stay_there(apps: Apps, config: Config) -> None:
    client = apps.open(replace(config, secure_cookies=True)).test_client()
    answer = client.get("/sign-in", base_url="https://localhost")
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


def test_two_requests_have_two_references(page: PageClient) -> None:
    references = {page.get("/sign-in").response.headers["X-Request-ID"] for _ in range(3)}
    assert len(references) == 3


def test_the_log_has_no_query_no_body_and_no_cookie(
    page: PageClient, capsys: pytest.CaptureFixture[str]
) -> None:
    page.client.get("/sign-in?query=a-person-s-name")
    page.post("/sign-in", {"email": "a-person-s-name", "password": "hunter2"}, status=422)
    log = capsys.readouterr().err
    assert '"path": "/sign-in"' in log
    assert "a-person-s-name" not in log
    assert "hunter2" not in log
    assert "csrf_token" not in log
