"""Broken connections on a real socket: what is repeated, what is left in doubt, what never happened."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
import time_machine

from partner_center.cloud.connect import Microsoft, connect
from partner_center.cloud.errors import Unreachable
from partner_center.cloud.port import LicenseRequest, Reason, Verdict
from partner_center.shared import clock
from tests.unit.cloud.recorded import ADA, CUSTOMER, settings, token

GIVE = [LicenseRequest(ADA, (), ())]
GOOD = json.dumps({"value": []}).encode()
KEY = json.dumps({"access_token": token(CUSTOMER), "expires_in": 3599}).encode()

Fault = Callable[[socket.socket], None]


def answer(body: bytes, status: str = "200 OK", cut: int = 0) -> Fault:
    """Answer and keep the connection; with `cut`, leave out that many bytes of what was promised."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    whole = head.encode() + body
    return lambda connection: connection.sendall(whole[: len(whole) - cut])


def drop(connection: socket.socket) -> None:
    """Close without a word."""
    connection.shutdown(socket.SHUT_RDWR)


@dataclass
class Line:
    """A server that does to each request what it is told, and counts. Tokens always come."""

    listener: socket.socket
    plan: list[Fault] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    connections: int = 0

    def close(self) -> None:
        """Nobody is here any more."""
        if self.listener.fileno() >= 0:
            self.listener.shutdown(socket.SHUT_RDWR)  # wakes the accept that would still take one more
            self.listener.close()

    def serve(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with closing(connection):
            while request := _read_request(connection):
                if "/token" in request:
                    answer(KEY)(connection)
                    continue
                self.requests.append(request)
                fault = self.plan.pop(0) if self.plan else answer(GOOD)
                fault(connection)
                if fault is drop:
                    return


def _read_request(connection: socket.socket) -> str:
    """The first line of the next request, after all of it came; empty when there is none."""
    text = b""
    while b"\r\n\r\n" not in text:
        more = connection.recv(65536)
        if not more:
            return ""
        text += more
    head, _, body = text.partition(b"\r\n\r\n")
    lengths = [
        line.split(b":")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")
    ]
    while lengths and len(body) < int(lengths[0]):
        body += connection.recv(65536)
    return head.split(b"\r\n")[0].decode()


@pytest.fixture
def line() -> Iterator[Line]:
    with closing(Line(socket.create_server(("127.0.0.1", 0)))) as line:
        threading.Thread(target=line.serve, daemon=True).start()
        yield line


@pytest.fixture
def cloud(line: Line) -> Iterator[Microsoft]:
    base = f"http://127.0.0.1:{line.listener.getsockname()[1]}"
    with closing(
        connect(settings(graph_url=base, partner_center_url=base, login_url=base, read_timeout=0.2))
    ) as cloud:
        yield cloud


def silence(connection: socket.socket) -> None:
    """Never answer: the client gives up."""
    connection.recv(1)


def test_a_read_that_breaks_is_repeated(line: Line, cloud: Microsoft) -> None:
    line.plan = [drop, drop]
    assert cloud.skus(CUSTOMER) == []
    assert len(line.requests) == 3


def test_a_read_that_keeps_breaking_ends(line: Line, cloud: Microsoft) -> None:
    line.plan = [drop] * 10
    with pytest.raises(Unreachable):
        cloud.skus(CUSTOMER)
    assert len(line.requests) == 4


def test_half_an_answer_to_a_read_is_none(line: Line, cloud: Microsoft) -> None:
    def half(connection: socket.socket) -> None:
        answer(GOOD, cut=5)(connection)
        connection.shutdown(socket.SHUT_RDWR)

    line.plan = [half]
    with pytest.raises(Unreachable):
        cloud.skus(CUSTOMER)


FAULTS = [drop, silence, answer(b"<html>"), answer(b"", "502 Bad Gateway")]


@pytest.mark.parametrize("fault", FAULTS, ids=["dropped", "silent", "junk", "502"])
def test_a_send_that_breaks_is_in_doubt_and_never_repeated(
    line: Line, cloud: Microsoft, fault: Fault
) -> None:
    line.plan = [fault]
    (judged,) = cloud.send_licenses(CUSTOMER, GIVE)
    assert (judged.verdict, judged.reason) == (Verdict.UNKNOWN, Reason.BUSY)
    assert line.requests == ["POST /$batch HTTP/1.1"]


def test_half_an_answer_to_a_send_is_in_doubt(line: Line, cloud: Microsoft) -> None:
    def half(connection: socket.socket) -> None:
        answer(b'{"responses": []}', cut=5)(connection)
        connection.shutdown(socket.SHUT_RDWR)

    line.plan = [half]
    assert cloud.send_licenses(CUSTOMER, GIVE)[0].verdict is Verdict.UNKNOWN
    assert len(line.requests) == 1


def test_a_send_that_finds_nobody_has_not_been_done(line: Line, cloud: Microsoft) -> None:
    cloud.skus(CUSTOMER)  # the key is here
    line.close()
    cloud.close()
    (judged,) = cloud.send_licenses(CUSTOMER, GIVE)
    assert (judged.verdict, judged.reason) == (Verdict.THROTTLED, Reason.BUSY)
    with pytest.raises(Unreachable):
        cloud.skus(CUSTOMER)


def test_a_connection_that_went_stale_between_two_sends_is_no_doubt(line: Line, cloud: Microsoft) -> None:
    left = threading.Event()

    def answer_and_leave(connection: socket.socket) -> None:
        answer(b'{"responses": []}')(connection)
        connection.shutdown(socket.SHUT_RDWR)
        left.set()

    done = json.dumps({"responses": [{"id": "1", "status": 404, "body": None}]}).encode()
    line.plan = [answer_and_leave, answer(done)]
    cloud.send_licenses(CUSTOMER, GIVE)
    assert left.wait(10)
    assert cloud.send_licenses(CUSTOMER, GIVE)[0].reason is Reason.USER_GONE


def test_an_open_connection_serves_the_next_thread_for_a_while(line: Line, cloud: Microsoft) -> None:
    def ask_from_another_thread() -> None:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(cloud.skus, CUSTOMER).result()

    ask_from_another_thread()
    ask_from_another_thread()
    assert line.connections == 1
    with time_machine.travel(clock.now() + timedelta(seconds=31)):
        ask_from_another_thread()
    assert line.connections == 2
