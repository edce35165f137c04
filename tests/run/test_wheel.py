"""The wheel in an environment of its own, outside the checkout."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import urllib.request
import zipfile
from pathlib import Path

import pytest

import run
from tests.run.conftest import ROOT
from tests.run.test_demo import Demo

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from the checkout as it is."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the demo's locked packages and the wheel, nothing of the checkout."""
    folder = tmp_path_factory.mktemp("installed")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    pip = run.find_pip(folder / "bin" / "python")
    try:
        run.install(pip, ROOT / "requirements" / "demo.txt")
    except run.Stop as stop:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(stop))
    subprocess.run([*pip, "install", "--quiet", "--no-deps", "--no-index", str(wheel)], check=True)
    return folder


def test_it_carries_what_a_checkout_has_beside_the_package(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for folder, inside in (("templates", "_templates"), ("migrations", "_migrations")):
        wanted = {
            f"partner_center/{inside}/{path.relative_to(ROOT / folder).as_posix()}"
            for path in (ROOT / folder).rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        }
        assert wanted
        assert wanted <= names
    data = [path for path in (ROOT / "partner_center").rglob("*") if path.is_file()]
    for path in data:
        if path.suffix in {".css", ".js", ".svg", ".json", ".sql", ".mo"}:
            assert path.relative_to(ROOT).as_posix() in names
    assert not [name for name in names if name.split("/")[0] in {"tests", "bench", "docs"}]


def test_its_demo_runs_outside_the_checkout(environment: Path, tmp_path: Path) -> None:
    command = [str(environment / "bin" / "partner-center"), "demo", "--port", "0", "--max-users", "8"]
    elsewhere = {**os.environ, "HOME": str(tmp_path), "PYTHONPATH": ""}
    with subprocess.Popen(
        command, cwd=tmp_path, env=elsewhere, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        started = Demo(process, tmp_path / ".local" / "share" / "partner-center")
        try:
            started.read_until("Ctrl-C")
            with urllib.request.urlopen(f"{started.url}/sign-in", timeout=30) as answer:
                assert b"<h1" in answer.read()
            assert started.end(signal.SIGINT) == 0
        finally:
            process.kill()
    assert (started.data / "console.db").is_file()
