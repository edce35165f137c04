"""`partner-center demo` as a person meets it: a process that prints an address and ends on Ctrl-C."""

from __future__ import annotations

import json
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.run.conftest import ROOT

pytestmark = pytest.mark.slow
PATIENCE = 120.0
FEW = "8"  # users a customer: the demo's logic is the same, its start is quick


@dataclass(slots=True)
class Demo:
    """A running demo and what it has printed so far."""

    process: subprocess.Popen[str]
    data: Path
    said: str = ""

    @property
    def url(self) -> str:
        found = re.search(r"http://127\.0\.0\.1:\d+", self.said)
        assert found, self.said
        return found.group()

    @property
    def sandbox_port(self) -> int:
        return int(json.loads((self.data / "sandbox.json").read_text())["port"])

    def read_until(self, words: str) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.said += line
            if words in line:
                return
        raise AssertionError(f"the demo ended with {self.process.wait()}:\n{self.said}")

    def end(self, number: int) -> int:
        self.process.send_signal(number)
        rest, _ = self.process.communicate(timeout=PATIENCE)
        self.said += rest
        return self.process.returncode


@contextmanager
def demo(data: Path, *arguments: str) -> Iterator[Demo]:
    """A demo on a free port, killed at the end whatever happened."""
    command = [sys.executable, "-m", "partner_center", "demo", "--data", str(data), "--max-users", FEW]
    process = subprocess.Popen(
        [*command, "--port", "0", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield Demo(process, data)
    finally:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a first start leaves behind."""
    folder = tmp_path_factory.mktemp("prepared")
    with demo(folder) as first:
        first.read_until("Ctrl-C")
        assert "Making up" in first.said
        first.end(signal.SIGTERM)
    return folder


@pytest.fixture
def data(prepared: Path, tmp_path: Path) -> Path:
    """A copy of it, so that starts are quick."""
    return shutil.copytree(prepared, tmp_path / "data")


def test_it_prints_the_address_and_the_five_sign_ins_and_serves_them(data: Path) -> None:
    with demo(data) as started:
        started.read_until("Ctrl-C")
        assert started.said.count("@partner.example") == 5
        with urllib.request.urlopen(f"{started.url}/sign-in", timeout=30) as answer:
            assert answer.status == 200
            assert b"<h1" in answer.read()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_well_and_leaves_no_sandbox_behind(data: Path, number: int) -> None:
    with demo(data) as started:
        started.read_until("Ctrl-C")
        port = started.sandbox_port
        assert is_listening(port)
        assert started.end(number) == 0
        assert "Traceback" not in started.said
        assert "What you did is kept in" in started.said
        assert not is_listening(port)


def test_a_demo_that_is_killed_takes_its_sandbox_with_it(data: Path) -> None:
    with demo(data) as started:
        started.read_until("Ctrl-C")
        with socket.create_connection(("127.0.0.1", started.sandbox_port), timeout=PATIENCE) as line:
            started.process.kill()
            assert line.recv(1) == b""  # the sandbox closes the connection when it ends


def test_the_second_start_keeps_what_was_done(data: Path) -> None:
    change_name(data, "Renamed by hand")
    before = json.loads((data / "sandbox.json").read_text())
    with demo(data) as second:
        second.read_until("Ctrl-C")
        assert "Making up" not in second.said
        second.end(signal.SIGTERM)
    assert names(data).count("Renamed by hand") == 1
    assert json.loads((data / "sandbox.json").read_text()) == before


def test_a_fresh_start_forgets_what_was_done_and_nothing_else_in_the_folder(data: Path) -> None:
    change_name(data, "Renamed by hand")
    (data / "notes.txt").write_text("mine")
    with demo(data, "--fresh") as anew:
        anew.read_until("Ctrl-C")
        assert "Making up" in anew.said
        anew.end(signal.SIGTERM)
    assert "Renamed by hand" not in names(data)
    assert (data / "notes.txt").read_text() == "mine"


def test_the_sandbox_moves_when_its_port_is_taken_and_all_is_copied_again(data: Path) -> None:
    port = json.loads((data / "sandbox.json").read_text())["port"]
    before = troubles(data)
    with socket.create_server(("127.0.0.1", port)), demo(data) as moved:
        moved.read_until("Ctrl-C")
        assert moved.sandbox_port != port
        moved.end(signal.SIGTERM)
    assert troubles(data) == before


def test_a_taken_port_is_one_sentence_and_touches_nothing(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with demo(tmp_path / "data", "--port", str(port)) as refused:
            said, _ = refused.process.communicate(timeout=PATIENCE)
    assert refused.process.returncode == 2
    assert said.startswith(f"Error: Port {port} is taken by another program.")
    assert said.count("\n") == 1
    assert not (tmp_path / "data").exists()


def test_a_second_demo_on_the_same_data_is_refused(data: Path) -> None:
    with demo(data) as first:
        first.read_until("Ctrl-C")
        with demo(data) as second:
            said, _ = second.process.communicate(timeout=PATIENCE)
        assert second.process.returncode == 1
        assert said.startswith("Error: Another demo uses")


def is_listening(port: int) -> bool:
    """Whether anybody answers there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def change_name(data: Path, name: str) -> None:
    """Leave a mark in the console's database."""
    with sqlite3.connect(data / "console.db") as database:
        database.execute("UPDATE staff_member SET display_name = ? WHERE id = 1", (name,))


def names(data: Path) -> list[str]:
    """Everybody who signs in."""
    with sqlite3.connect(data / "console.db") as database:
        return [row[0] for row in database.execute("SELECT display_name FROM staff_member")]


def troubles(data: Path) -> list[str]:
    """The customers whose copy could not be renewed."""
    with sqlite3.connect(data / "console.db") as database:
        return [row[0] for row in database.execute("SELECT customer_id FROM mirror WHERE error IS NOT NULL")]
