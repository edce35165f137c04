"""The processes of a gate: a sandbox with its own doors, and workers that are born, killed and stopped."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.faults.tampering import Life

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 30.0
"""Seconds that a process is given to start, to die, to answer."""


class Sandbox:
    """The doors of a running sandbox that Microsoft does not have."""

    def __init__(self, url: str) -> None:
        self.url = url

    def ask(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """One call; a POST when there is a body."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            f"{self.url}/sandbox/{path}", data, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return json.load(answer)

    def fault(self, fault: str, **rule: Any) -> None:
        """Switch one on."""
        self.ask("faults", {"faults": [{"fault": fault, **rule}]})

    def clear_faults(self) -> dict[str, int]:
        """Switch all off; how often each kind struck."""
        struck: dict[str, int] = {}
        for rule in self.ask("faults/clear", {})["faults"]:
            name = rule["edit"]["do"] if rule["fault"] == "edit" else rule["fault"]
            name += f" {rule['status']}" if rule["fault"] == "error" else ""
            name += f" {rule['when']}" if rule["fault"] in ("drop", "error", "throttle", "slow") else ""
            struck[name] = struck.get(name, 0) + rule["fired"]
        return struck

    def writes(self, after: int = 0) -> list[dict[str, Any]]:
        """The whole log of writes, in order."""
        found: list[dict[str, Any]] = []
        while page := self.ask(f"writes?after={after}")["writes"]:
            found += page
            after = page[-1]["seq"]
        return found

    def wait_until_quiet(self, seconds: float = 0.5) -> None:
        """Until no write has come for so long."""
        last, since = -1, time.monotonic()
        while time.monotonic() - since < seconds:
            time.sleep(0.1)
            writes = self.ask(f"writes?after={max(last, 0)}")["writes"]
            if writes:
                last, since = writes[-1]["seq"], time.monotonic()


@dataclass
class Nursery:
    """Worker processes by pid, and what became of those that ended."""

    process: subprocess.Popen[str]
    alive: set[int] = field(default_factory=set)
    _births: queue.Queue[int] = field(default_factory=queue.Queue)
    _ended: threading.Condition = field(default_factory=threading.Condition)

    def listen(self) -> None:
        """Take down births and deaths until the process ends."""
        for line in self.process.stdout or ():
            told = json.loads(line)
            if "born" in told:
                self._births.put(told["born"])
                continue
            with self._ended:
                self.alive.discard(told["died"])
                self._ended.notify_all()

    def start(self, life: Life | None = None) -> int:
        """A worker process; its pid."""
        self._order({"life": (life or Life()).to_json()})
        pid = self._births.get(timeout=PATIENCE)
        with self._ended:
            self.alive.add(pid)
        return pid

    def kill(self, pid: int) -> None:
        """kill -9, and wait until it is gone."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        self.wait(pid)

    def wake(self, pid: int) -> None:
        """Let one go on that stands still."""
        os.kill(pid, signal.SIGCONT)

    def stop(self, pid: int) -> None:
        """As an operator stops it, and wait."""
        self._order({"stop": pid})
        self.wait(pid)

    def fill_disk(self, pid: int, largest: int | None) -> None:
        """Let it make no file larger than so many bytes, as a full disk would; None mends it."""
        _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (hard if largest is None else largest, hard))

    def wait(self, pid: int, seconds: float = PATIENCE) -> None:
        """Until it has ended."""
        with self._ended:
            assert self._ended.wait_for(lambda: pid not in self.alive, seconds), f"worker {pid} lives on"

    def kill_all(self) -> None:
        """Nobody is left."""
        for pid in list(self.alive):
            self.kill(pid)

    def _order(self, what: Mapping[str, Any]) -> None:
        assert self.process.stdin
        self.process.stdin.write(json.dumps(what) + "\n")
        self.process.stdin.flush()


def free_port() -> int:
    """One that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@contextmanager
def sandbox_process(folder: Path) -> Iterator[Sandbox]:
    port = free_port()
    command = [sys.executable, "-m", "partner_center", "sandbox", "--while-stdin-open"]
    command += ["--port", str(port), "--data", str(folder / "sandbox.sqlite")]
    with (folder / "sandbox.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=log, stderr=log)
    try:
        sandbox = Sandbox(f"http://127.0.0.1:{port}")
        _await_answer(sandbox, process)
        yield sandbox
    finally:
        process.terminate()
        process.wait(PATIENCE)
        assert process.stdin
        process.stdin.close()


def _await_answer(sandbox: Sandbox, process: subprocess.Popen[bytes]) -> None:
    give_up = time.monotonic() + PATIENCE
    while True:
        try:
            sandbox.ask("switches")
        except OSError:
            assert process.poll() is None, "the sandbox ended by itself"
            assert time.monotonic() < give_up, "the sandbox does not answer"
            time.sleep(0.05)
        else:
            return


@contextmanager
def nursery_process(config: Mapping[str, Any], folder: Path) -> Iterator[Nursery]:
    command = [sys.executable, "-m", "tests.faults.nursery", json.dumps(config)]
    with (folder / "nursery.log").open("w") as log:
        process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True
        )
    workers = Nursery(process)
    listener = threading.Thread(target=workers.listen, daemon=True)
    listener.start()
    try:
        yield workers
    finally:
        assert process.stdin
        process.stdin.close()
        process.wait(PATIENCE)
        listener.join(PATIENCE)
        assert process.stdout
        process.stdout.close()
