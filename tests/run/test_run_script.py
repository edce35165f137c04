"""`run.py` on a machine that has Python, and perhaps pip."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.run.conftest import ROOT, Checkout

pytestmark = pytest.mark.slow


def test_first_start_installs_the_list_and_hands_the_arguments_over(checkout: Checkout) -> None:
    done = checkout.run("demo", "--port", "0")
    assert done.returncode == 0, done.stderr
    assert "Making .venv" in done.stdout
    assert "Installing the 1 packages" in done.stdout
    assert done.stdout.endswith("tiny 1.0 demo --port 0\n")


def test_second_start_installs_nothing_and_a_changed_list_is_installed(checkout: Checkout) -> None:
    checkout.hide("ensurepip")  # the outer pip is quicker
    checkout.run("demo")
    again = checkout.run("demo")
    assert again.stdout == "tiny 1.0 demo\n"
    checkout.require("2.0")
    changed = checkout.run("demo")
    assert "Making .venv" not in changed.stdout
    assert changed.stdout.endswith("tiny 2.0 demo\n")


def test_without_ensurepip_the_outer_pip_fills_the_environment(checkout: Checkout) -> None:
    checkout.hide("ensurepip")
    done = checkout.run("demo")
    assert done.stdout.endswith("tiny 1.0 demo\n"), done.stderr
    assert not list((checkout.folder / ".venv").glob("bin/pip*"))


def test_without_any_pip_one_sentence_says_what_to_install(checkout: Checkout, tmp_path: Path) -> None:
    checkout.hide("ensurepip", "pip")
    done = checkout.run("demo", path=str(tmp_path))
    assert done.returncode == 1
    assert "apt-get install python3-venv" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_missing_wheel_is_one_sentence_and_the_next_start_tries_again(checkout: Checkout) -> None:
    checkout.hide("ensurepip")
    checkout.require("3.0", digest="0" * 64)
    offline = checkout.run("demo")
    assert offline.returncode == 1
    assert "Connect this machine once, or set PIP_FIND_LINKS" in offline.stderr
    assert "Traceback" not in offline.stderr
    checkout.require("3.0")
    assert checkout.run("demo").stdout.endswith("tiny 3.0 demo\n")


def test_a_wheel_that_is_not_the_one_in_the_list_is_refused(checkout: Checkout) -> None:
    checkout.hide("ensurepip")
    checkout.require("1.0", digest="0" * 64)
    done = checkout.run("demo")
    assert done.returncode == 1
    assert "could not be installed" in done.stderr
    assert "HASHES" in done.stderr


def test_an_environment_that_lost_its_python_is_made_anew(checkout: Checkout) -> None:
    checkout.hide("ensurepip")
    checkout.run("demo")
    python = checkout.folder / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to(checkout.folder / "python-that-went-away")
    done = checkout.run("demo")
    assert "Making .venv" in done.stdout
    assert done.stdout.endswith("tiny 1.0 demo\n"), done.stderr


def test_an_unknown_command_shows_the_usage_and_makes_nothing(checkout: Checkout) -> None:
    done = checkout.run("dmeo")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("usage: python3 run.py")
    assert not (checkout.folder / ".venv").exists()


def test_an_older_python_is_told_so_in_one_sentence() -> None:
    older = "import runpy, sys; sys.version_info = (3, 9, 2, 'final', 0); runpy.run_path('run.py')"
    done = subprocess.run(
        [sys.executable, "-c", older], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr == "This needs Python 3.11 or newer; here it runs on 3.9.\n"
