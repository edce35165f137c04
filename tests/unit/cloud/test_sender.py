"""The one sender: what it repeats, what it makes of each answer, and whom it never calls."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests
import responses
import time_machine
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError, ProtocolError

from partner_center.cloud.errors import (
    AccessDenied,
    CloudError,
    DamagedAnswer,
    OutcomeUnknown,
    Rejected,
    Throttled,
    Unreachable,
    WrongTenant,
)
from partner_center.cloud.http import Key, Reply, Request, Sender
from tests.unit.cloud.recorded import CUSTOMER, GRAPH, OTHER_CUSTOMER, refusal, settings

URL = f"{GRAPH}/users"
KEY = Key(CUSTOMER, "canary-token")


def send(*, safe: bool = True, key: Key | None = KEY, url: str = URL) -> Reply:
    request = Request("GET" if safe else "POST", url, safe=safe, body=None if safe else {"canary": "body"})
    return Sender(settings()).send(request, tenant_id=CUSTOMER, key=key)


def record(mock: responses.RequestsMock, status: int = 200, **answer: object) -> None:
    for method in ("GET", "POST"):
        mock.add(method, URL, status=status, **answer)


def test_an_answer_comes_with_its_json_and_id(bare_wire: responses.RequestsMock) -> None:
    record(bare_wire, json={"value": []}, headers={"request-id": "ms-1"})
    reply = send()
    assert (reply.status, reply.body, reply.request_id) == (200, {"value": []}, "ms-1")


def test_every_call_carries_its_own_id_and_the_key(bare_wire: responses.RequestsMock) -> None:
    record(bare_wire, json={})
    first, second = send(), send()
    sent = [call.request.headers for call in bare_wire.calls]
    assert sent[0]["Authorization"] == "Bearer canary-token"
    assert [first.request_id, second.request_id] == [headers["client-request-id"] for headers in sent]
    assert first.request_id != second.request_id


def test_a_byte_order_mark_is_no_damage(bare_wire: responses.RequestsMock) -> None:
    record(bare_wire, body=b'\xef\xbb\xbf{"items": []}')
    assert send().body == {"items": []}


def test_no_content_is_no_damage(bare_wire: responses.RequestsMock) -> None:
    record(bare_wire, status=204)
    assert send(safe=False).body is None


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("safe", [True, False])
def test_throttling_tells_how_long_to_wait(
    bare_wire: responses.RequestsMock, status: int, safe: bool
) -> None:
    record(bare_wire, status, headers={"Retry-After": "2.5"}, json=refusal("TooManyRequests", "x"))
    with pytest.raises(Throttled) as caught:
        send(safe=safe)
    assert caught.value.retry_after == 2.5
    assert len(bare_wire.calls) == 1


@time_machine.travel(datetime(2026, 8, 1, 12, 0, tzinfo=UTC), tick=False)
def test_throttling_may_name_a_time(bare_wire: responses.RequestsMock) -> None:
    record(bare_wire, 429, headers={"Retry-After": "Sat, 01 Aug 2026 12:00:41 GMT"})
    with pytest.raises(Throttled) as caught:
        send()
    assert caught.value.retry_after == 41


def test_throttling_may_say_nothing(bare_wire: responses.RequestsMock) -> None:
    record(bare_wire, 429)
    with pytest.raises(Throttled) as caught:
        send()
    assert caught.value.retry_after is None


def test_a_refusal_keeps_microsofts_words(bare_wire: responses.RequestsMock) -> None:
    record(bare_wire, 400, json=refusal("Request_BadRequest", "No.", "ms-2"))
    with pytest.raises(Rejected) as caught:
        send(safe=False)
    error = caught.value
    assert (error.status, error.code, error.message, error.request_id) == (
        400,
        "Request_BadRequest",
        "No.",
        "ms-2",
    )
    assert not isinstance(error, AccessDenied)


@pytest.mark.parametrize("status", [401, 403])
def test_being_shut_out_is_a_refusal_of_its_own(bare_wire: responses.RequestsMock, status: int) -> None:
    record(bare_wire, status, headers={"request-id": "ms-3"})  # Partner Center's MFA 401 has no body
    with pytest.raises(AccessDenied) as caught:
        send()
    assert (caught.value.status, caught.value.request_id) == (status, "ms-3")


@pytest.mark.parametrize("status", [500, 502, 504])
def test_a_fault_is_asked_again_when_that_is_safe(bare_wire: responses.RequestsMock, status: int) -> None:
    bare_wire.get(URL, status=status)
    bare_wire.get(URL, json={"value": [1]})
    assert send().body == {"value": [1]}
    assert len(bare_wire.calls) == 2


def test_asking_again_has_an_end(bare_wire: responses.RequestsMock) -> None:
    record(bare_wire, 502)
    with pytest.raises(Unreachable):
        send()
    assert len(bare_wire.calls) == 4


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
def test_a_fault_after_an_unsafe_call_leaves_doubt_and_is_not_repeated(
    bare_wire: responses.RequestsMock, status: int
) -> None:
    record(bare_wire, status)
    with pytest.raises(OutcomeUnknown):
        send(safe=False)
    assert len(bare_wire.calls) == 1


LOST = [
    requests.ReadTimeout("canary"),
    requests.ConnectionError(ProtocolError("Connection aborted.", ConnectionResetError(104))),
    requests.exceptions.ChunkedEncodingError("cut"),
    requests.ConnectionError(MaxRetryError(None, "/", ProtocolError("cut"))),  # type: ignore[arg-type]
]


@pytest.mark.parametrize("loss", LOST, ids=lambda loss: type(loss).__name__)
def test_a_lost_answer_leaves_doubt_only_after_an_unsafe_call(
    bare_wire: responses.RequestsMock, loss: Exception
) -> None:
    record(bare_wire, body=loss)
    with pytest.raises(OutcomeUnknown):
        send(safe=False)
    with pytest.raises(Unreachable):
        send()


def test_a_lost_answer_is_logged_without_the_key(
    bare_wire: responses.RequestsMock, caplog: pytest.LogCaptureFixture
) -> None:
    record(bare_wire, body=requests.ReadTimeout("slow"))
    with pytest.raises(OutcomeUnknown):
        send(safe=False)
    assert "ReadTimeout" in caplog.text
    assert KEY.value not in caplog.text


NEVER_LEFT = [
    requests.ConnectTimeout("slow"),
    requests.ConnectionError(MaxRetryError(None, "/", NewConnectionError(None, "refused"))),  # type: ignore[arg-type]
    requests.ConnectionError(MaxRetryError(None, "/", ConnectTimeoutError("slow"))),  # type: ignore[arg-type]
]


@pytest.mark.parametrize("failure", NEVER_LEFT, ids=["timeout", "refused", "slow"])
def test_without_a_connection_nothing_was_done(bare_wire: responses.RequestsMock, failure: Exception) -> None:
    record(bare_wire, body=failure)
    with pytest.raises(Unreachable):
        send(safe=False)


def test_junk_is_damage_or_doubt(bare_wire: responses.RequestsMock) -> None:
    record(bare_wire, body="<html>")
    with pytest.raises(DamagedAnswer):
        send()
    with pytest.raises(OutcomeUnknown):
        send(safe=False)


def test_a_redirect_is_not_followed(bare_wire: responses.RequestsMock) -> None:
    elsewhere = bare_wire.get("https://evil.example/", json={})
    record(bare_wire, 302, headers={"Location": "https://evil.example/"})
    with pytest.raises(Rejected):
        send()
    assert elsewhere.call_count == 0


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/v1.0/users",
        "https://graph.microsoft.com.evil.example/v1.0/users",
        "https://graph.microsoft.com@evil.example/v1.0/users",
        "http://graph.microsoft.com/v1.0/users",
        "https://graph.microsoft.com:8443/v1.0/users",
    ],
)
def test_nobody_else_is_called(bare_wire: responses.RequestsMock, url: str) -> None:
    with pytest.raises(CloudError, match="not Microsoft's"):
        send(url=url)
    assert len(bare_wire.calls) == 0


def test_a_key_of_another_tenant_is_caught_before_anything_is_sent(bare_wire: responses.RequestsMock) -> None:
    record(bare_wire, json={})
    for wrong in (Key(OTHER_CUSTOMER, "canary-token"), Key(None, "canary-token")):
        with pytest.raises(WrongTenant):
            send(key=wrong)
    assert len(bare_wire.calls) == 0
    send(key=KEY)  # the control: the right key goes out
    assert len(bare_wire.calls) == 1


def test_timeouts_are_always_set(bare_wire: responses.RequestsMock) -> None:
    record(bare_wire, json={})
    send()
    assert bare_wire.calls[0].request.req_kwargs["timeout"] == (5.0, 1.0)


def test_nothing_on_the_machine_replaces_the_key(
    bare_wire: responses.RequestsMock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    passwords = tmp_path / "netrc"
    passwords.write_text("machine graph.microsoft.com login somebody password else\n")
    passwords.chmod(0o600)
    monkeypatch.setenv("NETRC", str(passwords))
    record(bare_wire, json={})
    send()
    assert bare_wire.calls[0].request.headers["Authorization"] == "Bearer canary-token"


def test_secrets_in_the_clear_are_refused() -> None:
    for field in ("graph_url", "partner_center_url", "login_url"):
        with pytest.raises(ValueError, match="https"):
            Sender(settings(**{field: "http://graph.example/v1.0"}))
    with pytest.raises(ValueError, match="no slash"):
        Sender(settings(graph_url="https://graph.microsoft.com/v1.0/"))
    local = settings(
        graph_url="http://127.0.0.1:1/v1.0",
        partner_center_url="http://localhost:1",
        login_url="http://[::1]:1",
    )
    assert local.is_sandbox
    assert not settings().is_sandbox
    Sender(local).close()
