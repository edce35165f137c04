#!/usr/bin/env python3
"""Run the product from a checkout: `python3 run.py demo` or `python3 run.py test`.

Needs Python 3.11 or newer with pip, nothing else. Makes `.venv`, installs the pinned and hashed packages of
`requirements/` into it whenever their list has changed, and hands over to the Python in there. pip is called
as the machine has it set up, so a mirror, a proxy or a folder of wheels is honoured.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036  # whoever starts this may have an older one
    sys.exit("This needs Python 3.11 or newer; here it runs on {}.{}.".format(*sys.version_info[:2]))

import hashlib
import importlib.util
import os
import shutil
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
USAGE = """usage: python3 run.py COMMAND [ARGUMENTS]

  demo [--fresh] [--port N] [--data DIR]   the product with a made-up partner, on this machine
  test [pytest's arguments]                all tests, journeys in Chromium included
  check                                    lint, types, import contracts, migration drift
  bench [names]                            the README's figures, measured here"""
COMMANDS: dict[str, tuple[str, list[list[str]]]] = {
    "demo": ("demo", [["-m", "partner_center", "demo"]]),
    "test": ("test", [["-m", "pytest"]]),
    "bench": ("bench", [["-m", "bench"]]),
    "check": (
        "dev",
        [
            ["-m", "ruff", "check", "."],
            ["-m", "ruff", "format", "--check", "."],
            ["-m", "mypy"],
            ["-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
            ["-m", "partner_center", "migrate", "--check"],
            ["-m", "bandit", "-q", "-ll", "--ini", "requirements/bandit.ini", "-r", "partner_center"],
            ["requirements/judge"],
        ],
    ),
}
UNREACHABLE = (
    "No matching distribution",
    "Could not find a version",
    "NewConnectionError",
    "NameResolutionError",
    "ConnectTimeoutError",
    "Failed to establish a new connection",
)


class Stop(Exception):
    """Something a person has to mend; the text says what and how."""


def main(arguments: Sequence[str]) -> int:
    """Prepare the environment that the command needs, then become that command."""
    if not arguments or arguments[0] not in COMMANDS:
        asked = bool(arguments) and arguments[0] in {"-h", "--help"}
        print(USAGE, file=sys.stdout if asked else sys.stderr)
        return 0 if asked else 2
    lock, steps = COMMANDS[arguments[0]]
    try:
        python = prepare(ROOT / "requirements" / f"{lock}.txt")
    except Stop as stop:
        print(stop, file=sys.stderr)
        return 1
    for step in steps[:-1]:
        print("+ python", *step, flush=True)
        if failed := subprocess.run([python, *step], cwd=ROOT, check=False).returncode:
            return failed
    return become([str(python), *steps[-1], *arguments[1:]])


def become(command: list[str]) -> int:
    """Replace this process, so that Ctrl-C and signals reach the command itself."""
    sys.stdout.flush()
    os.chdir(ROOT)
    if os.name == "posix":
        os.execv(command[0], command)  # noqa: S606  # our own interpreter
    return subprocess.run(command, check=False).returncode


def prepare(lock: Path) -> Path:
    """The Python of `.venv`, made if need be, with the packages of `lock` in it."""
    python = make_environment()
    stamp = VENV / f"installed-{lock.stem}"
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    if not stamp.is_file() or stamp.read_text(encoding="ascii") != wanted:
        install(find_pip(python), lock)
        stamp.write_text(wanted, encoding="ascii")
    return python


def make_environment() -> Path:
    """`.venv` with a working Python; one that was moved or lost its Python is made anew."""
    python = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if runs(python, "import sys; sys.exit(sys.version_info < (3, 11))"):
        return python
    if importlib.util.find_spec("venv") is None:
        raise Stop("Python's venv module is missing. On Debian and Ubuntu: apt-get install python3-venv")
    print(f"Making .venv with Python {sys.version.split()[0]}", flush=True)
    shutil.rmtree(VENV, ignore_errors=True)
    made = subprocess.run(
        [sys.executable, "-m", "venv", "--without-pip", VENV], capture_output=True, text=True, check=False
    )
    if made.returncode:
        raise Stop(f"{VENV} could not be made: {last_line(made.stdout + made.stderr)}")
    return python


def find_pip(python: Path) -> list[str]:
    """How to call pip for the environment: its own, one made by ensurepip, or the one outside it.

    Debian's Python comes without ensurepip unless python3-venv is installed; pip since 22.3 can install
    into another Python.
    """
    if runs(python, "import pip"):
        return [str(python), "-m", "pip"]
    if runs(python, "import ensurepip") and calls([str(python), "-m", "ensurepip", "--default-pip"]):
        return [str(python), "-m", "pip"]
    for outer in ([sys.executable, "-m", "pip"], ["pip3"], ["pip"]):
        if calls([*outer, "--python", str(python), "--version"]):
            return [*outer, "--python", str(python)]
    raise Stop(
        "pip 22.3 or newer is missing. On Debian and Ubuntu: apt-get install python3-venv\n"
        "Elsewhere: python3 -m ensurepip. Then run this again."
    )


def install(pip: list[str], lock: Path) -> None:
    """Install exactly what `lock` lists: wheels only, each with a hash it must match."""
    total = sum("==" in line for line in lock.read_text(encoding="utf-8").splitlines())
    print(f"Installing the {total} packages of {lock.relative_to(ROOT)}; later starts skip this.", flush=True)
    command = [*pip, "install", "--require-hashes", "--only-binary", ":all:", "--no-deps"]
    command += ["--no-input", "--disable-pip-version-check", "--requirement", str(lock)]
    began, seen, said = time.monotonic(), 0, []
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as process:
        for line in process.stdout or ():
            said.append(line)
            if line.startswith(("Collecting ", "Requirement already satisfied")):
                seen += 1
                show(f"{seen} of {total}")
    show("")
    if process.returncode:
        raise Stop(explain("".join(said)))
    print(f"Installed in {time.monotonic() - began:.0f} s.", flush=True)


def explain(said: str) -> str:
    """A sentence for pip's failure, with pip's own last word."""
    own_word = f"pip said: {last_line(said)}"
    if any(sign in said for sign in UNREACHABLE):
        return (
            "The packages could not be fetched: no package index answers, or it has none for this Python.\n"
            "Connect this machine once, or set PIP_FIND_LINKS to a folder of wheels. Then run this again.\n"
            + own_word
        )
    return f"The packages could not be installed. {own_word}"


def runs(python: Path, code: str) -> bool:
    """Whether `python` is there and ends `code` well."""
    return calls([str(python), "-c", code])


def calls(command: list[str]) -> bool:
    """Whether `command` is there and ends well; what it prints is dropped."""
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def show(text: str) -> None:
    """A line that the next one overwrites; nothing where output is not a terminal."""
    if sys.stdout.isatty():
        print(f"\r\033[K{text}", end="", flush=True)


def last_line(text: str) -> str:
    """The last line that says something; pip's own ERROR line before its notices."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR")]
    return (errors or lines or ["nothing"])[-1]


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
