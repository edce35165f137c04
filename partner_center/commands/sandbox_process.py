"""The sandbox as a child process: started, found again on the same port, and never left behind."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from click import ClickException

from partner_center.serving import PortTaken, listen, port_of

HOST = "127.0.0.1"
START_WITHIN = 120.0
"""Seconds. The first start makes up the partner's customers and people, on a slow machine too."""
STOP_WITHIN = 10.0
WHILE_STDIN_OPEN = "--while-stdin-open"


@dataclass(frozen=True, slots=True)
class SandboxFiles:
    """What the sandbox keeps in the data folder."""

    folder: Path

    @property
    def data(self) -> Path:
        """Its customers, users and licenses."""
        return self.folder / "sandbox.sqlite"

    @property
    def port(self) -> Path:
        """The port of the last start: links that Microsoft's API hands out, and we keep, carry it."""
        return self.folder / "sandbox.json"

    @property
    def log(self) -> Path:
        """What it printed since the last start."""
        return self.folder / "sandbox.log"

    def last_port(self) -> int:
        """That port; 0 where none is written down."""
        try:
            return int(json.loads(self.port.read_text("utf-8"))["port"])
        except (OSError, ValueError, KeyError, TypeError):
            return 0


@dataclass(frozen=True, slots=True)
class StartedSandbox:
    """A child that is starting; there is time to do something else before it answers."""

    child: subprocess.Popen[bytes]
    port: int
    log: Path

    @property
    def url(self) -> str:
        """Its address, such as `http://127.0.0.1:41234`."""
        return f"http://{HOST}:{self.port}"

    def wait_until_ready(self) -> None:
        """Return once it answers; a sentence where it does not."""
        give_up = time.monotonic() + START_WITHIN
        while self.child.poll() is None and time.monotonic() < give_up:
            try:
                socket.create_connection((HOST, self.port), timeout=1).close()
            except OSError:
                time.sleep(0.05)  # another process: nothing here could wake us
            else:
                return
        lines = self.log.read_text("utf-8", "replace").strip().splitlines()
        said = lines[-1] if lines else f"nothing within {START_WITHIN:.0f} seconds"
        raise ClickException(f"The sandbox did not start. It said: {said}")


@contextmanager
def sandbox_process(files: SandboxFiles, max_users: int | None = None) -> Iterator[StartedSandbox]:
    """A sandbox that ends with the block.

    `max_users` caps each customer's people when they are made up, for a quick look. It also
    ends when this process dies without a word: it watches the pipe that is its standard input.
    """
    port = _choose_port(files)
    command = [sys.executable, "-m", "partner_center", "sandbox", WHILE_STDIN_OPEN]
    command += ["--port", str(port), "--data", str(files.data)]
    command += ["--max-users", str(max_users)] if max_users else []
    with files.log.open("wb") as log:
        child = subprocess.Popen(  # noqa: S603  # our own interpreter and arguments
            command,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is for us: the last calls of a save still need it
        )
    try:
        yield StartedSandbox(child, port, files.log)
    finally:
        _stop(child)


def end_with_stdin() -> None:
    """In the child: end this process as SIGTERM would, once nobody holds the other end of its stdin."""

    def watch() -> None:
        while os.read(0, 1):  # not sys.stdin: its lock would be held at the interpreter's end
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="stdin-watch", daemon=True).start()


def _choose_port(files: SandboxFiles) -> int:
    """The port of the last start if it is free, else another free one; written down."""
    try:
        listener = listen(HOST, files.last_port())
    except PortTaken:
        listener = listen(HOST, 0)
    with listener:
        port = port_of(listener)
    files.port.write_text(json.dumps({"port": port}), "utf-8")
    return port


def _stop(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is None:
        child.terminate()
    try:
        child.wait(STOP_WITHIN)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    if child.stdin:
        child.stdin.close()
