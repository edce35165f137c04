"""The broker carries a hint from process to process; nobody waits for it and nothing depends on it."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from structlog.testing import capture_logs

from partner_center.jobs.broker import BrokerWaker, answers
from tests import servers

LISTENER = """
import sys
from partner_center.jobs.broker import BrokerWaker, work_until_told

class Loud(BrokerWaker):
    def hear(self):
        super().hear()
        print("heard", self.calls, flush=True)

work_until_told(Loud(sys.argv[1]))
print("ended", flush=True)
"""
PATIENCE = 60


@pytest.fixture(scope="module")
def redis() -> Iterator[servers.Server]:
    with servers.redis() as server:
        yield server


def url_of(redis: servers.Server) -> str:
    return f"redis://127.0.0.1:{redis.port}/0"


@contextmanager
def listening(url: str) -> Iterator[subprocess.Popen[str]]:
    """A Celery worker in a process of its own that prints what it hears."""
    command = [sys.executable, "-c", LISTENER, url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def speak_until_heard(waker: BrokerWaker, process: subprocess.Popen[str]) -> str:
    """Wake again and again, as savers do, until a line comes: the other side may still be connecting."""
    assert process.stdout
    lines: list[str] = []
    reader = threading.Thread(target=lambda: lines.append(process.stdout.readline()))
    reader.start()
    for _ in range(PATIENCE * 5):
        waker.wake()
        reader.join(0.2)
        if not reader.is_alive():
            break
    return lines[0]


def test_what_is_saved_in_one_process_wakes_the_workers_of_another(redis: servers.Server) -> None:
    with listening(url_of(redis)) as process:
        assert speak_until_heard(BrokerWaker(url_of(redis)), process) == "heard 1\n"
        process.terminate()
        said, _ = process.communicate(timeout=PATIENCE)
        assert said.endswith("ended\n")
        assert process.returncode == 0


def test_both_find_each_other_again_after_the_broker_was_away(redis: servers.Server) -> None:
    waker = BrokerWaker(url_of(redis))
    with listening(url_of(redis)) as process, capture_logs() as log:
        speak_until_heard(waker, process)
        redis.stop()
        assert not answers(url_of(redis))
        waker.wake()
        redis.start()
        assert answers(url_of(redis))
        assert speak_until_heard(waker, process).startswith("heard")
    assert all("127.0.0.1" not in str(line) for line in log), "an address may hold a password"


def test_a_broker_that_is_away_keeps_nobody_waiting() -> None:
    waker = BrokerWaker(f"redis://127.0.0.1:{servers.free_port()}/0")
    seen = waker.calls
    waker.wake()
    waker.wait(seen, timeout=3600)
    assert waker.calls == seen + 1
