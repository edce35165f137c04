"""An installation on several machines, in small: PostgreSQL, Redis, web and worker processes of their own.

Everything is started by the commands of docs/deployment.md, in processes that a test may stop or kill.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from partner_center.sandbox import demo_identity
from tests import servers
from tests.conftest import SECRET, open_engine

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 180.0
"""Seconds: a lease of a killed worker runs a minute, and the machine may be busy."""
PASSWORD = "a password for tests alone"


@dataclass(slots=True)
class Child:
    """A process of ours and what it wrote."""

    process: subprocess.Popen[bytes]
    log: Path

    def end(self, number: int = signal.SIGTERM) -> int:
        """Its exit code after this signal."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)

    @property
    def said(self) -> str:
        return self.log.read_text("utf-8", "replace")


@dataclass
class Estate:
    """What a test sees of it. `web` are the addresses of the web servers."""

    folder: Path
    postgres: servers.Postgres
    redis: servers.Server
    environment: dict[str, str]
    engine: Engine
    sandbox_url: str = ""
    web: list[str] = field(default_factory=list)
    children: list[Child] = field(default_factory=list)

    def command(self, *arguments: str, typed: str = "", code: int = 0) -> str:
        """Run `partner-center …` to its end with this exit code; what it printed."""
        ended = subprocess.run(
            [sys.executable, "-m", "partner_center", *arguments],
            cwd=ROOT,
            env=self.environment,
            input=typed,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert ended.returncode == code, ended.stdout + ended.stderr
        return ended.stdout

    def start(self, name: str, *command: str, **settings: str) -> Child:
        """A process that goes on, in the folder of the test."""
        log = self.folder / f"{name}.log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                command, cwd=ROOT, env=self.environment | settings, stdout=out, stderr=out
            )
        self.children.append(Child(process, log))
        return self.children[-1]

    def worker(self, name: str, **settings: str) -> Child:
        """One more `partner-center worker`; `settings` change its environment."""
        return self.start(name, sys.executable, "-m", "partner_center", "worker", **settings)

    def sandbox(self, path: str, body: object | None = None) -> Any:
        """The sandbox's own doors."""
        data = None if body is None else json.dumps(body).encode()
        request = Request(f"{self.sandbox_url}/sandbox/{path}", data, {"Content-Type": "application/json"})
        with urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def writes(self) -> list[dict[str, Any]]:
        """The whole log of what was written at Microsoft."""
        found: list[dict[str, Any]] = []
        while page := self.sandbox(f"writes?after={found[-1]['seq'] if found else 0}")["writes"]:
            found += page
        return found

    def crash_database(self) -> None:
        """Let PostgreSQL end at once, whoever is in the middle of something, and start again."""
        self.postgres.stop(signal.SIGQUIT)
        self.postgres.start()
        self.engine.dispose()

    def reading(self) -> Session:
        """A session to look with."""
        return Session(self.engine)

    def wait_until(self, what: str, seen: Callable[[Session], bool]) -> None:
        """Look every so often until it is so."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            with self.reading() as session:
                if seen(session):
                    return
            time.sleep(0.1)
        logs = "\n".join(f"{child.log.name}: …{child.said[-1500:]}" for child in self.children)
        raise AssertionError(f"never came: {what}\n{logs}")


@contextmanager
def estate(folder: Path, *, web: int, people: list[str]) -> Iterator[Estate]:
    """PostgreSQL, Redis, the sandbox with what its customers have copied, and `web` gunicorn servers."""
    with ExitStack() as stack:
        postgres = stack.enter_context(servers.postgres())
        redis = stack.enter_context(servers.redis())
        url = stack.enter_context(servers.new_database(postgres.url))
        engine = open_engine(url)
        stack.callback(engine.dispose)
        sandbox_port = servers.free_port()
        sandbox_url = f"http://127.0.0.1:{sandbox_port}"
        made = Estate(
            folder, postgres, redis, _environment(folder, url, redis, sandbox_url), engine, sandbox_url
        )
        stack.callback(_end, made)
        _start_sandbox(made, sandbox_port)
        made.command("migrate")
        for email in people:
            made.command(
                "staff", "add", email, "--name", email, "--role", "global_admin", typed=PASSWORD + "\n"
            )
        made.command("sync", code=1)  # two of the partner's customers let nobody read
        for number in range(web):
            _start_web(made, number)
        yield made


def _environment(folder: Path, url: str, redis: servers.Server, sandbox_url: str) -> dict[str, str]:
    ours = {
        "SECRET_KEY": SECRET,
        "VAR_DIR": str(folder),
        "SECURE_COOKIES": "no",
        "DEVELOPMENT": "yes",
        "WORKER_THREADS": "1",
        "SAVE_PARALLEL": "1",
        "LOGIN_URL": f"{sandbox_url}/login",
        "GRAPH_URL": f"{sandbox_url}/graph/v1.0",
        "PARTNER_CENTER_URL": f"{sandbox_url}/partnercenter/v1",
        "PARTNER_TENANT_ID": demo_identity.PARTNER_TENANT_ID,
        "CLIENT_ID": demo_identity.CLIENT_ID,
        "CLIENT_SECRET": demo_identity.CLIENT_SECRET,
        "REFRESH_TOKEN": demo_identity.REFRESH_TOKEN,
    }
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    own = {f"PARTNER_CENTER_{name}": value for name, value in ours.items()}
    return kept | own | {"DATABASE_URL": url, "BROKER_URL": f"redis://127.0.0.1:{redis.port}/0"}


def _start_sandbox(made: Estate, port: int) -> None:
    child = made.start(
        "sandbox",
        *(sys.executable, "-m", "partner_center", "sandbox", "--port", str(port)),
        *("--data", str(made.folder / "sandbox.sqlite"), "--max-users", "240"),
    )
    _wait_for(child, f"{made.sandbox_url}/sandbox/state")


def _start_web(made: Estate, number: int) -> None:
    port = servers.free_port()
    child = made.start(
        f"web-{number}",
        *(
            sys.executable,
            "-m",
            "gunicorn",
            "--bind",
            f"127.0.0.1:{port}",
            "--workers",
            "1",
            "--threads",
            "4",
        ),
        "partner_center.cli:application()",
    )
    made.web.append(f"http://127.0.0.1:{port}")
    _wait_for(child, f"{made.web[-1]}/up")


def _wait_for(child: Child, url: str) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and child.process.poll() is None:
        try:
            with urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"{url} never answered:\n{child.said[-2000:]}")


def _end(made: Estate) -> None:
    for child in made.children:
        child.process.kill()
    for child in made.children:
        child.process.wait()
