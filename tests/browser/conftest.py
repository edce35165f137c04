"""Real Chromium against `partner-center demo`, started as the README says, on a free port.

The demo is started once, with customers cut to a few hundred users. Journeys share it: each chooses a
customer or a member of staff of its own, or asks the sandbox to put a customer back.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.person import Person

ROOT = Path(__file__).parents[2]
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
MISSING = "no Chromium here; on Debian: apt-get install chromium"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here needs the browser, and takes its time."""
    for item in items:
        if Path(item.path).is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.browser)


@dataclass(frozen=True, slots=True)
class Demo:
    """A running demo and the sandbox behind it."""

    url: str
    sandbox_url: str
    folder: Path

    def sandbox(self, path: str, body: object | None = None) -> object:
        """Ask the sandbox's own endpoints (switches, edits, write log); POST when there is a body."""
        data = None if body is None else json.dumps(body).encode()
        request = Request(self.sandbox_url + path, data, {"Content-Type": "application/json"})
        with urlopen(request, timeout=30) as answer:
            return json.load(answer)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """`partner-center demo` in a process of its own."""
    folder = tmp_path_factory.mktemp("demo")
    command = [sys.executable, "-m", "partner_center", "demo", "--port", "0", "--max-users", "240"]
    log = folder / "said.txt"
    with log.open("w") as said:
        process = subprocess.Popen(
            [*command, "--data", str(folder)], cwd=ROOT, stdout=said, stderr=subprocess.STDOUT
        )
    try:
        url = _address(process, log)
        settings = json.loads((folder / "sandbox.json").read_text())
        running = Demo(url, f"http://127.0.0.1:{settings['port']}", folder)
        yield running
        assert running.sandbox("/sandbox/strays") == {"strays": []}, "a call went with another tenant's token"
    finally:
        process.terminate()
        process.wait(30)


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    """The address the demo prints when it is ready."""
    until = time.monotonic() + 180
    while time.monotonic() < until and process.poll() is None:
        if found := re.search(r"Open (http://\S+)", log.read_text()):
            return found[1]
        time.sleep(0.2)
    pytest.fail("the demo did not start:\n" + log.read_text())


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The system's Chromium. Without one, journeys are skipped; in CI that is a failure."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not program:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(MISSING)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(QUIET))
        yield browser
        browser.close()


@pytest.fixture(params=["script on", "script off"])
def script(request: pytest.FixtureRequest) -> bool:
    """Each journey that asks for it is made twice."""
    return request.param == "script on"


@pytest.fixture
def person(chromium: Browser, demo: Demo, script: bool) -> Iterator[Person]:
    """Somebody in front of a fresh browser, 1280 px wide."""
    yield from _someone(chromium, demo, script)


@pytest.fixture
def scripted(chromium: Browser, demo: Demo) -> Iterator[Person]:
    """The same, with script on only: for what script adds."""
    yield from _someone(chromium, demo, True)


def _someone(chromium: Browser, demo: Demo, script: bool) -> Iterator[Person]:
    context = chromium.new_context(
        java_script_enabled=script, viewport={"width": 1280, "height": 900}, base_url=demo.url, locale="en-US"
    )
    context.set_default_timeout(20_000)
    person = Person(context, demo.url, script)
    yield person
    context.close()
    person.check_nothing_strange()
