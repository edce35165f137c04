"""Starts an app under gunicorn, one worker and one thread, and asks it one page after another.

One worker on one connection: requests a second are then the inverse of the server's time for a page,
without the load generator and the scheduler of a small machine in the figure.
"""

from __future__ import annotations

import http.client
import os
import re
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Self


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Browser:
    """One kept-alive connection with a cookie jar; knows no redirects."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self.cookies: dict[str, str] = {}

    def ask(self, path: str, form: str | None = None) -> tuple[int, bytes]:
        """The status and body of one request; a POST when `form` is given."""
        headers = {"Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())}
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self._connection.request("GET" if form is None else "POST", path, form, headers)
        answer = self._connection.getresponse()
        body = answer.read()
        for header in answer.msg.get_all("Set-Cookie") or ():
            name, _, value = header.split(";", 1)[0].partition("=")
            self.cookies[name] = value
        return answer.status, body

    def sign_in(self, email: str) -> Self:
        """As one of the demo's people."""
        _, body = self.ask("/sign-in")
        found = re.search(rb'name="csrf_token"[^>]*value="([^"]+)"', body)
        assert found, "the sign-in page has no token"
        status, _ = self.ask("/sign-in/demo", f"csrf_token={found[1].decode()}&email={email}")
        assert status == 303, f"sign-in answered {status}"
        return self

    def median_ms(self, path: str, times: int) -> float:
        """Milliseconds from request to whole answer, the median of `times` after two to warm up."""
        return statistics.median(self.all_ms(path, times))

    def all_ms(self, path: str, times: int) -> list[float]:
        """The same, each of `times`."""
        spent = []
        for turn in range(times + 2):
            begun = time.perf_counter()
            status, body = self.ask(path)
            assert status == 200, f"{path} answered {status}: {body[:200]!r}"
            if turn >= 2:
                spent.append(time.perf_counter() - begun)
        return [1000 * seconds for seconds in spent]


@contextmanager
def served(module: str, environment: Mapping[str, str]) -> Iterator[int]:
    """`module:create_app()` behind gunicorn; gives the port."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "-w", "1", "-k", "gthread", "--threads", "1"]
    command += [
        "--log-level",
        "error",
        "--keep-alive",
        "60",
        "-b",
        f"127.0.0.1:{port}",
        f"{module}:create_app()",
    ]
    process = subprocess.Popen(
        command, env={**os.environ, **environment}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait_for(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(20)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}")
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the server did not start within a minute")
