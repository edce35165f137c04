"""Serving from one process: the socket, waitress, and an end that leaves nothing half done."""

from __future__ import annotations

import errno
import os
import signal
import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from waitress.server import create_server

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
"""A WSGI application."""

LARGEST_BODY = 64 * 1024 * 1024
"""Bytes of a request that waitress takes in; the console refuses with a page of its own long before."""


class PortTaken(Exception):
    """Something else listens there; the text says what to do."""


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes any free one. Raises PortTaken.

    It listens at once, so that nobody else takes the port while the rest is prepared; who connects early
    waits for the first answer.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        if os.name == "posix":  # elsewhere it would let two servers share one port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(128)
    except OSError as problem:
        listener.close()
        raise PortTaken(_why(problem, host, port)) from problem
    return listener


def port_of(listener: socket.socket) -> int:
    """The port a socket is bound to."""
    return int(listener.getsockname()[1])


def serve(application: Application, listener: socket.socket, *, threads: int = 8) -> None:
    """Answer requests until KeyboardInterrupt; then let those under way finish, for 5 seconds at most."""
    server = create_server(
        application,
        sockets=[listener],
        threads=threads,
        ident="",
        max_request_body_size=LARGEST_BODY,
        clear_untrusted_proxy_headers=False,  # the application decides, by the number of proxies it is told
    )
    server.run()


@contextmanager
def interruptible() -> Iterator[None]:
    """Let SIGTERM interrupt as Ctrl-C does, so that one way out cleans up after both.

    SIGINT is set too: a shell starts what runs in its background with SIGINT ignored.
    """

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _why(problem: OSError, host: str, port: int) -> str:
    if problem.errno == errno.EADDRINUSE:
        return f"Port {port} is taken by another program. Choose another one, for example --port {port + 1}."
    if problem.errno == errno.EACCES:
        return f"Port {port} is reserved for the system. Choose one above 1023, for example --port 5000."
    return f"{host} can't be listened on: {problem.strerror or problem}."
