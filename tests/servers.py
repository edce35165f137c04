"""Real servers for the tests: PostgreSQL and Redis, on loopback, in a folder that is gone afterwards.

Debian's packages are looked for (`postgresql`, `redis-server`). Without them tests are skipped with a
sentence; where CI is set they fail, since what was skipped proves nothing.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url

START_WITHIN = 60.0
_STOP_WITHIN = 30.0
_BINARIES = Path("/usr/lib/postgresql")


@dataclass(slots=True)
class Server:
    """A child process that listens on a port; it may be stopped, killed and started again on the same."""

    command: list[str]
    folder: Path
    port: int
    user: str | None = None
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(self) -> None:
        """Return once it takes connections."""
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                self.command, cwd=self.folder, stdout=log, stderr=log, user=self.user, start_new_session=True
            )
        until = time.monotonic() + START_WITHIN
        while time.monotonic() < until and self.process.poll() is None:
            if self.answers():
                return
            time.sleep(0.05)
        raise AssertionError("the server did not start:\n" + (self.folder / "log").read_text()[-2000:])

    def answers(self) -> bool:
        """Whether it takes connections."""
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self, number: int = signal.SIGINT) -> None:
        """End it by a signal: SIGINT in good order for both kinds of server; SIGQUIT makes PostgreSQL drop
        everything, as after a crash."""
        if self.process is None:
            return
        self.process.send_signal(number)
        try:
            self.process.wait(_STOP_WITHIN)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None


@dataclass(slots=True)
class Postgres(Server):
    """A PostgreSQL server that anybody on this machine may use as `console`."""

    @property
    def url(self) -> str:
        """The database that is always there, in the words an operator would use."""
        return f"postgresql://console@127.0.0.1:{self.port}/postgres"

    def answers(self) -> bool:
        """Whether it takes connections: while it recovers from a crash it only refuses politely."""
        if not Server.answers(self):
            return False
        try:
            _execute(self.url, "SELECT 1")
        except Exception:
            return False
        return True


@contextlib.contextmanager
def postgres() -> Iterator[Postgres]:
    """A server whose collation and time zone are nobody's default: what leans on them shows."""
    binaries = max(_BINARIES.glob("*/bin/postgres"), default=None)
    if binaries is None:
        missing("PostgreSQL", "postgresql")
    user = "postgres" if os.geteuid() == 0 else None  # the server refuses to run as root
    with _folder(user) as folder:
        data = folder / "data"
        make = [
            str(binaries.with_name("initdb")),
            "--pgdata",
            str(data),
            "--username=console",
            "--auth=trust",
        ]
        make += ["--no-sync", "--encoding=UTF8", "--locale=C.UTF-8"]
        make += ["--locale-provider=icu", "--icu-locale=en-US"]
        subprocess.run(make, check=True, capture_output=True, cwd=folder, user=user)
        port = free_port()
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(port),
            "unix_socket_directories": str(folder),
            "timezone": "Asia/Kathmandu",
            "fsync": "off",  # a test's database must survive its server's end, not a power cut
            "full_page_writes": "off",
        }
        command = [str(binaries), "-D", str(data)]
        command += [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        server = Postgres(command, folder, port, user)
        try:
            server.start()
            yield server
        finally:
            server.stop()


@contextlib.contextmanager
def redis() -> Iterator[Server]:
    """A server that keeps nothing: what was waiting in it is lost when it stops."""
    program = shutil.which("redis-server")
    if program is None:
        missing("Redis", "redis-server")
    with _folder(None) as folder:
        port = free_port()
        command = [program, "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--dir", str(folder)]
        server = Server(command, folder, port)
        try:
            server.start()
            yield server
        finally:
            server.stop()


@contextlib.contextmanager
def new_database(server_url: str) -> Iterator[str]:
    """The address of an empty database on that server, dropped afterwards."""
    name = f"test_{uuid.uuid4().hex}"
    _execute(server_url, f'CREATE DATABASE "{name}"')
    try:
        yield make_url(server_url).set(database=name).render_as_string(hide_password=False)
    finally:
        _execute(server_url, f'DROP DATABASE "{name}" WITH (FORCE)')


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def missing(what: str, package: str) -> None:
    """Skip the test for want of a program; in CI fail it."""
    sentence = f"no {what} here; on Debian: apt-get install {package}"
    (pytest.fail if os.environ.get("CI") else pytest.skip)(sentence)


def _execute(url: str, statement: str) -> None:
    address = make_url(url).set(drivername="postgresql+psycopg")
    engine = create_engine(address, isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 5})
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql(statement)
    finally:
        engine.dispose()


@contextlib.contextmanager
def _folder(user: str | None) -> Iterator[Path]:
    """A folder of that user's: pytest's own can't be entered by others."""
    folder = Path(tempfile.mkdtemp(prefix="partner-center-test-"))
    try:
        if user:
            import pwd  # not on every system

            owner = pwd.getpwnam(user)
            os.chown(folder, owner.pw_uid, owner.pw_gid)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
