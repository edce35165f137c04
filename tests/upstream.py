"""Every request that leaves the product in a test carries its own tenant's token: counted on the wire.

A plugin of the whole suite. It reads the token that is really sent, below everything that could be wrong, and
knows the tenant from the door that was asked; what a process of its own sends is watched by the sandbox
(`/sandbox/strays`). One mix-up ends the run red.
"""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import pytest


@dataclass
class Watch:
    """Requests with a token, by whether it was made for the tenant they were meant for."""

    sent: Counter[bool] = field(default_factory=Counter)
    mixed_up: list[str] = field(default_factory=list)

    def see(self, meant_for: str, headers: dict[str, str], url: str) -> None:
        """Judge one request by the token in its headers."""
        token = str(headers.get("Authorization") or "").removeprefix("Bearer ")
        if not token:
            return
        right = tenant_of(token) == meant_for.lower()
        self.sent[right] += 1
        if not right:
            self.mixed_up.append(f"{url} of {meant_for} went with the token of {tenant_of(token)}")


WATCH = Watch()
_MEANT_FOR: ContextVar[str] = ContextVar("meant_for", default="")
_CURRENT: list[Watch] = [WATCH]


@contextmanager
def watched_apart() -> Iterator[Watch]:
    """A watch of one's own, for a control that mixes tokens up on purpose."""
    own = Watch()
    _CURRENT.append(own)
    try:
        yield own
    finally:
        _CURRENT.remove(own)


def tenant_of(token: str) -> str:
    """The `tid` that a token says; empty for none. Read here anew, not by the product's own function."""
    try:
        payload = token.split(".")[1]
        return str(json.loads(base64.urlsafe_b64decode(payload + "=="))["tid"]).lower()
    except (IndexError, KeyError, ValueError):
        return ""


def pytest_configure() -> None:
    """Stand between the door and the wire."""
    import requests

    from partner_center.cloud.endpoint import Endpoint

    call: Callable[..., Any] = Endpoint.call
    send: Callable[..., Any] = requests.Session.send

    def watched_call(self: Endpoint, tenant_id: str, *args: Any, **more: Any) -> Any:
        mark = _MEANT_FOR.set(tenant_id)
        try:
            return call(self, tenant_id, *args, **more)
        finally:
            _MEANT_FOR.reset(mark)

    def watched_send(self: requests.Session, request: Any, **more: Any) -> Any:
        if meant_for := _MEANT_FOR.get():
            _CURRENT[-1].see(meant_for, request.headers, request.url)
        return send(self, request, **more)

    Endpoint.call = watched_call  # type: ignore[method-assign]
    requests.Session.send = watched_send  # type: ignore[method-assign]


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """A run in which one token went astray has failed, whatever its tests say."""
    if WATCH.mixed_up:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The figures, where anything was sent."""
    if WATCH.sent:
        right, wrong = WATCH.sent[True], WATCH.sent[False]
        terminalreporter.write_line(
            f"upstream: {right:,} requests with their tenant's token, {wrong} without"
        )
    for line in WATCH.mixed_up[:20]:
        terminalreporter.write_line(f"  {line}")
