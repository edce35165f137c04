"""The emulator on a port: the only part of it that knows Flask."""

from __future__ import annotations

import contextlib
import ipaddress
import json
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from flask import Flask, Request, Response, request
from waitress import wasyncore
from waitress.server import BaseWSGIServer, create_server

from partner_center.sandbox import control, login
from partner_center.sandbox.calls import Call, Reply
from partner_center.sandbox.faults.acting import Dropped, around
from partner_center.sandbox.graph import api as graph
from partner_center.sandbox.partner import api as partner
from partner_center.sandbox.seed.large import seed_large
from partner_center.sandbox.seed.partner import is_seeded, seed_partner
from partner_center.sandbox.storage import State
from partner_center.sandbox.world import World
from partner_center.shared import ids

THREADS = 64
_METHODS = ["GET", "POST", "PATCH", "DELETE", "PUT"]


def create_sandbox(state: State) -> Flask:
    """The Flask application over `state`; its `World` is `app.extensions["world"]`."""
    world = World(state)
    app = Flask("partner_center.sandbox", static_folder=None)
    app.extensions["world"] = world

    @app.post("/login/<tenant>/oauth2/v2.0/token")
    @app.post("/login/<tenant>/oauth2/token", endpoint="token_v1")
    def token(tenant: str) -> Response:
        call = _call(request, request.path.removeprefix("/login"), "/login")
        return _within(world, call, "/login", lambda _call: login.answer(world, tenant, request.form))

    @app.get("/graph/beta/reports/getMailboxUsageDetail(period=<period>)")
    def report(period: str) -> Response:
        call = _call(request, f"/reports/getMailboxUsageDetail(period={period})", "/graph/beta")
        return _within(world, call, "/graph/beta/reports", lambda asked: graph.answer(world, asked))

    @app.route("/graph/v1.0/<path:path>", methods=_METHODS)
    def graph_call(path: str) -> Response:
        call = _call(request, f"/{path}", "/graph/v1.0")
        return _within(world, call, _template(path), lambda asked: graph.answer(world, asked))

    @app.route("/partnercenter/<path:path>", methods=_METHODS)
    def partner_call(path: str) -> Response:
        call = _call(request, f"/{path}", "/partnercenter")
        return _within(world, call, _template(path), lambda asked: partner.answer(world, asked))

    @app.route("/sandbox/<path:path>", methods=["GET", "POST"])
    def control_call(path: str) -> Response:
        body = request.get_json(silent=True)
        reply = control.answer(world, request.method, path, request.args.to_dict(), body)
        return _response(reply)

    return app


def _call(asked: Request, path: str, prefix: str) -> Call:
    return Call(
        method=asked.method,
        path=path,
        query=asked.args.to_dict(),
        headers={name.lower(): value for name, value in asked.headers.items()},
        body=_read(asked.get_data()),
        base=asked.host_url.rstrip("/") + prefix,
        outer_id=ids.new_guid(),
        raw_query=asked.query_string.decode("latin-1"),
    )


def _read(text: bytes) -> Any:
    """The JSON of a body; None for none, for what is no JSON, and for half characters (lone surrogates)."""
    try:
        body = json.loads(text) if text else None
        if b"\\u" in text:
            json.dumps(body, ensure_ascii=False).encode()
    except ValueError:
        return None
    return body


class _NoAnswer(Response):
    """Ends the connection: waitress closes it without a word when the application raises an OSError."""

    def __call__(self, _environ: Any, _start_response: Any) -> Any:
        raise ConnectionAbortedError("a fault was asked for")


def _within(world: World, call: Call, name: str, handle: Callable[[Call], Reply]) -> Response:
    world.count(f"{call.method} {name}")
    with world.answering(call.outer_id):
        try:
            return _response(around(world, call, handle))
        except Dropped:
            return _NoAnswer()


def _response(reply: Reply) -> Response:
    headers = dict(reply.headers)
    kind = headers.pop("Content-Type", "application/json")
    return Response(reply.encoded(), status=reply.status, headers=headers, content_type=kind)


def _template(path: str) -> str:
    """A path with its ids taken out, for counting."""
    return "/" + "/".join("{id}" if len(part) >= 32 or "@" in part else part for part in path.split("/"))


@dataclass(frozen=True, slots=True)
class RunningSandbox:
    """A sandbox that answers on loopback."""

    url: str
    state: State
    world: World

    @property
    def login_url(self) -> str:
        return f"{self.url}/login"

    @property
    def graph_url(self) -> str:
        return f"{self.url}/graph/v1.0"

    @property
    def partner_center_url(self) -> str:
        return f"{self.url}/partnercenter"


@contextlib.contextmanager
def running_sandbox(
    data_file: str | Path, *, port: int = 0, max_users: int | None = None, host: str = "127.0.0.1"
) -> Iterator[RunningSandbox]:
    """A sandbox in threads of this process; seeds a new file. `max_users` caps every customer."""
    listening = _listening(host, port)
    state = State(data_file)
    if not is_seeded(state):
        seed_partner(state, max_users=max_users)
    app = create_sandbox(state)
    channels: dict[int, Any] = {}
    server = cast(
        BaseWSGIServer,
        create_server(
            app,
            map=channels,
            sockets=[listening],
            threads=THREADS,
            channel_timeout=300,
            log_socket_errors=False,  # a connection that is dropped on request is none
        ),
    )
    stop = threading.Event()

    def loop() -> None:
        while not stop.is_set():
            wasyncore.loop(timeout=1, use_poll=True, map=channels, count=1)
        wasyncore.close_all(channels, ignore_all=True)

    thread = threading.Thread(target=loop, name="sandbox", daemon=True)
    thread.start()
    try:
        yield RunningSandbox(f"http://{host}:{listening.getsockname()[1]}", state, app.extensions["world"])
    finally:
        server.task_dispatcher.shutdown()
        stop.set()
        with contextlib.suppress(OSError):  # the loop woke by itself and has closed everything
            server.pull_trigger()
        thread.join(timeout=10)
        state.close()


def _listening(host: str, port: int) -> socket.socket:
    """A socket on loopback; the sandbox opens every door, so nobody else may reach it."""
    if not ipaddress.ip_address(host).is_loopback:
        raise ValueError(f"The sandbox listens on this machine only, so not on {host}. Use 127.0.0.1.")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind((host, port))
    return listening


def serve(port: int, data_file: str | Path, host: str = "127.0.0.1") -> None:
    """Serve until SIGTERM or Ctrl-C; raises OSError when the port is taken."""
    with running_sandbox(data_file, port=port, host=host):
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        stop.wait()


def main(
    port: int,
    data_file: str | Path,
    fresh: bool = False,
    users: int | None = None,
    max_users: int | None = None,
) -> None:
    """What `partner-center sandbox` runs: the file is seeded when new, or anew when `fresh`.

    With `users` the seed is one customer with so many plain users, for benches; needs no Faker.
    `max_users` caps every customer of the usual seed.
    """
    if fresh:
        for suffix in ("", "-wal", "-shm"):
            Path(f"{data_file}{suffix}").unlink(missing_ok=True)
    state = State(data_file)
    try:
        if not is_seeded(state):
            seed_partner(state, max_users=max_users) if users is None else seed_large(state, users)
    finally:
        state.close()
    serve(port, data_file)
