"""Where the demo keeps what it made, and that only one demo at a time uses it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from click import ClickException

from partner_center.commands.sandbox_process import SandboxFiles

CONSOLE_DATABASE = "console.db"
_KEY_FILE = "secret_key"  # as config.secret_from names it
_SQLITE_PARTS = ("", "-wal", "-shm", "-journal")


def default_folder() -> Path:
    """`var` of the checkout; for an installed package a folder of the user's own."""
    root = Path(__file__).resolve().parents[2]
    if (root / "pyproject.toml").is_file() and (root / "run.py").is_file():
        return root / "var"
    return Path.home() / ".local" / "share" / "partner-center"


@contextmanager
def only_user_of(folder: Path) -> Iterator[None]:
    """Hold the folder; another demo on it would have two sandboxes write one file."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "demo.lock").open("w") as lock:
        if not _lock(lock.fileno()):
            raise ClickException(
                f"Another demo uses {folder}. Stop it first, or give this one its own folder with --data."
            )
        yield


def forget(folder: Path) -> None:
    """Delete what earlier demos made in `folder`, and nothing else."""
    sandbox = SandboxFiles(folder)
    for database in (folder / CONSOLE_DATABASE, sandbox.data):
        for part in _SQLITE_PARTS:
            database.with_name(database.name + part).unlink(missing_ok=True)
    for file in (sandbox.port, sandbox.log, folder / _KEY_FILE):
        file.unlink(missing_ok=True)


def _lock(handle: int) -> bool:
    if sys.platform == "win32":
        return True  # there a database in use can't be deleted, which is what matters most
    import fcntl  # noqa: PLC0415 - not on Windows

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
