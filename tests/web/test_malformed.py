"""Input that can't be meant is answered with a 4xx page and a sentence, on every address alike."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask

from partner_center.config import Config
from tests.cast import Cast
from tests.conftest import Apps
from tests.page import Page, PageClient
from tests.web.routing import fill, routes

MEGABYTE = 1024 * 1024


def refused(page: PageClient, status: int, path: str = "/sign-in", **sent: object) -> Page:
    """The page that `sent` is answered with; checked like any other."""
    return page._check(page.client.open(path, **sent), str(sent.get("method")), path, status)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "query", ["q=%00", "q=a%00b", "q=%ff", "q=%C3%28", "q=%ED%A0%80", "%FF=1", "q=%F5%80%80%80"]
)
def test_a_query_that_is_no_text_is_400(page: PageClient, query: str) -> None:
    assert "can't be read" in refused(page, 400, query_string=query).h1


@pytest.mark.parametrize("path", ["/sign-in\x00", "/\xff", "/customers/\xc3(", "/\x00"])
def test_an_address_that_is_no_text_is_400(page: PageClient, path: str) -> None:
    refused(page, 400, environ_overrides={"PATH_INFO": path})


@pytest.mark.parametrize("body", [b"email=%00", b"a%00b=1"])
def test_a_form_with_a_nul_is_400(page: PageClient, body: bytes) -> None:
    body += b"&csrf_token=" + page.token().encode()
    kind = "application/x-www-form-urlencoded"
    assert "can't be read" in refused(page, 400, method="POST", data=body, content_type=kind).text


def part(head: str, body: str = "x") -> bytes:
    return f"--cut\r\n{head}\r\n\r\n{body}\r\n--cut--\r\n".encode()


@pytest.mark.parametrize(
    "body",
    [
        part("Content-Disposition: form-data"),
        part('Content-Disposition: form-data; filename="a.csv"'),
        part("Content-Disposition: form-data; name"),
        part("Content-Type: text/plain"),
        part('Content-Disposition: form-data; name="a"\r\nContent-Transfer-Encoding: base64', "!!!"),
        b"--cut\r\n",
        b"--cut--\r\n",
        b"",
        b"\xff\xfe\x00",
    ],
)
def test_a_damaged_upload_is_400_and_never_500(page: PageClient, cast: Cast, body: bytes) -> None:
    page.sign_in(cast.admin)
    headers = {"X-CSRFToken": page.token()}
    kind = "multipart/form-data; boundary=cut"
    answer = page.client.post("/settings", data=body, content_type=kind, headers=headers)
    assert answer.status_code in {400, 422}


def test_a_part_without_a_name_says_so(page: PageClient) -> None:
    body, kind = part("Content-Disposition: form-data"), "multipart/form-data; boundary=cut"
    assert "has no name" in refused(page, 400, method="POST", data=body, content_type=kind).text


def test_a_megabyte_in_the_address_is_414(page: PageClient) -> None:
    assert "too long" in refused(page, 414, query_string="q=" + "x" * MEGABYTE).h1


def test_a_body_over_two_megabytes_is_413(page: PageClient) -> None:
    shown = refused(page, 413, method="POST", data={"email": "x" * (2 * MEGABYTE + 1)})
    assert shown.h1 == "This is too much at once"


def test_a_form_of_too_many_fields_is_413(page: PageClient) -> None:
    body = "&".join(f"f{number}=" for number in range(20_000))
    kind = "application/x-www-form-urlencoded"
    assert "too many fields" in refused(page, 413, method="POST", data=body, content_type=kind).text


def test_a_form_sent_by_another_site_is_400(page: PageClient) -> None:
    sent = {"csrf_token": page.token(), "email": "a", "password": "b"}
    shown = refused(page, 400, method="POST", data=sent, headers={"Sec-Fetch-Site": "cross-site"})
    assert "sent from another site" in shown.text


def test_a_host_that_is_not_ours_is_refused(page: PageClient) -> None:
    """A name of somebody else's that resolves to this machine must not reach the demo's buttons."""
    assert page.client.get("/sign-in", base_url="http://evil.example").status_code == 400


def test_behind_a_proxy_the_sites_own_name_is_served(apps: Apps, config: Config) -> None:
    client = apps.open(replace(config, proxies=1)).test_client()
    assert client.get("/sign-in", base_url="http://console.example").status_code == 200


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "OPTIONS", "BREW"])
def test_methods_that_no_address_has_are_405(page: PageClient, method: str) -> None:
    shown = refused(page, 405, method=method)
    assert {"GET", "POST"} <= set(shown.response.headers["Allow"].split(", "))


@pytest.mark.parametrize("number", ["0", "-1", "x", "1.5", "9" * 400, "٣", "1%20"])
def test_customer_numbers_that_are_none_are_404(page: PageClient, cast: Cast, number: str) -> None:
    page.sign_in(cast.admin)
    assert page.client.get(f"/customers/{number}/users").status_code == 404


NAMES = ["page", "size", "sort", "query", "next", "sku", "add", "return", "go", "u", "v", "wish"]
ODD = [
    "x" * 300,
    "🦊",
    "\u202eاسم",
    "<script>alert(1)</script>",
    "=1+1",
    "%",
    "'",
    "0x10",
    "-0",
    "NaN",
    "9" * 40,
]


@pytest.mark.parametrize("turn", range(3))
def test_no_address_answers_500_to_odd_values(app: Flask, page: PageClient, cast: Cast, turn: int) -> None:
    page.sign_in(cast.global_admin)
    headers = {"X-CSRFToken": page.token()}
    values = {name: ODD[(place + 4 * turn) % len(ODD)] for place, name in enumerate(NAMES)}
    for rule, method in routes(app):
        if rule.endpoint == "auth.sign_out" or method == "HEAD":
            continue
        path = fill(rule, customer_id=cast.fjord.id)
        sent = {"data": values} if method == "POST" else {"query_string": values}
        answer = page.client.open(path, method=method, headers=headers, **sent)  # type: ignore[arg-type]
        assert answer.status_code != 500, (method, path, values)  # 503: no Microsoft here
