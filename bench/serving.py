"""Starts apps under gunicorn, one worker and one thread each, and asks them one page after another.

One worker on one connection: requests a second are then the inverse of the server's time for a page,
without the load generator and the scheduler of a small machine in the figure. What is compared takes turns,
so that whatever else the machine does meets all alike; the worker's CPU time tells the same story with less
noise, where the system counts it by the nanosecond (Linux).
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
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
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

    def spent_ms(self, path: str) -> float:
        """Milliseconds from request to whole answer."""
        begun = time.perf_counter()
        status, body = self.ask(path)
        spent = (time.perf_counter() - begun) * 1000
        assert status == 200, f"{path} answered {status}: {body[:200]!r}"
        return spent

    def all_ms(self, path: str, times: int) -> list[float]:
        """Milliseconds of each of `times` requests, after two to warm up."""
        return [self.spent_ms(path) for _ in range(times + 2)][2:]


@dataclass(frozen=True, slots=True)
class Server:
    """A gunicorn that listens on `port`."""

    port: int
    pid: int

    def cpu_ms(self) -> float | None:
        """CPU time of its workers so far; None where the system does not tell."""
        try:
            children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
            tasks = [task for child in children for task in Path(f"/proc/{child}/task").iterdir()]
            return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e6
        except OSError:
            return None


@dataclass(slots=True)
class Contestant:
    """One page of one server: `path` gives the address for each turn."""

    server: Server
    browser: Browser
    path: Callable[[int], str]
    times: int
    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    @property
    def wall_ms(self) -> float:
        """The median of all turns."""
        return statistics.median(self.wall)

    @property
    def cpu_ms(self) -> float | None:
        """CPU time for one page, the median of the rounds; None where it is not known."""
        return statistics.median(self.cpu) if self.cpu else None

    def run(self, turn: int) -> None:
        """Ask `times` times, from turn number `turn` on."""
        before = self.server.cpu_ms()
        self.wall += [self.browser.spent_ms(self.path(turn + number)) for number in range(self.times)]
        after = self.server.cpu_ms()
        if before is not None and after is not None:
            self.cpu.append((after - before) / self.times)


def take_turns(contestants: Mapping[str, Contestant], rounds: int) -> None:
    """Every contestant once to warm up, then all of them in every round."""
    for one in contestants.values():
        for number in range(2):
            one.browser.spent_ms(one.path(number))
    for number in range(rounds):
        for one in contestants.values():
            one.run(2 + number * one.times)


@contextmanager
def served(module: str, environment: Mapping[str, str]) -> Iterator[Server]:
    """`module:create_app()` behind gunicorn."""
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
        yield Server(port, process.pid)
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
