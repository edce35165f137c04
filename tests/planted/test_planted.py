"""Bugs planted one at a time: does a test notice?

Each is put into a copy of the checkout, where the tests that should catch it are run as anybody runs them.
The short form plants a few that differ with the day of the suite's seed; `--long` plants all.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.planted.bug import Bug
from tests.planted.bugs import BUGS, MUST

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
COPIED = ("partner_center", "templates", "migrations", "tests", "bench", "docs", "requirements")
FILES = ("pyproject.toml", "README.md", "run.py", "babel.cfg")
SHORT_FORM = 4
PART = 0.95
"""Of all bugs; of the kinds in `MUST` every one."""
FOUND, NOTHING_FAILED = 1, 0  # pytest's own exit codes


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_each_bug_still_fits_its_file(bug: Bug) -> None:
    text = (ROOT / bug.file).read_text(encoding="utf-8")
    assert text.count(bug.old) == 1, f"{bug.file} has changed: plant this bug anew"
    for part in bug.tests.split():
        assert (ROOT / part).exists(), f"{part} is gone"


def test_there_are_enough_bugs_of_every_kind_that_must_be_caught() -> None:
    kinds = Counter(bug.kind for bug in BUGS)
    assert len(BUGS) >= 40
    assert len({bug.name for bug in BUGS}) == len(BUGS)
    assert kinds.keys() >= MUST


def test_planted_bugs_are_caught(
    request: pytest.FixtureRequest, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    is_long = bool(request.config.getoption("--long"))
    planted = BUGS if is_long else random.Random(20261125).sample(BUGS, SHORT_FORM)
    copy = copy_checkout(tmp_path / "checkout")
    missed = [bug for bug in planted if not _is_caught(copy, bug)]
    with capfd.disabled():
        print(f"\n  planted {len(planted)}, caught {len(planted) - len(missed)}")  # noqa: T201
        for bug in missed:
            print(f"  not caught: {bug.kind}: {bug.name}")  # noqa: T201
    assert len(missed) <= (1 - PART) * len(planted)
    assert not [bug for bug in missed if bug.kind in MUST]


def test_without_a_bug_the_same_tests_pass(tmp_path: Path) -> None:
    """The control: a copy in which the tests fail anyway would catch everything."""
    copy = copy_checkout(tmp_path / "checkout")
    bug = next(bug for bug in BUGS if bug.tests == "tests/unit/audit")
    assert run(copy, bug.tests) == NOTHING_FAILED


def copy_checkout(target: Path) -> Path:
    """What the tests need of the checkout, at `target`."""
    for name in COPIED:
        if (ROOT / name).is_dir():
            ignore = shutil.ignore_patterns("__pycache__", "pictures")
            shutil.copytree(ROOT / name, target / name, ignore=ignore)
    for name in FILES:
        if (ROOT / name).is_file():
            shutil.copy(ROOT / name, target / name)
    return target


@contextmanager
def planted(copy: Path, bug: Bug) -> Iterator[None]:
    """The copy has the bug in here."""
    file = copy / bug.file
    text = file.read_text(encoding="utf-8")
    assert text.count(bug.old) == 1
    file.write_text(text.replace(bug.old, bug.new), encoding="utf-8")
    try:
        yield
    finally:
        file.write_text(text, encoding="utf-8")


def run(copy: Path, tests: str) -> int:
    """pytest's exit code, at the first failure."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider"]
    command += ["-m", "not slow and not browser", *tests.split()]
    environment: dict[str, str] = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, check=False)
    return done.returncode


def _is_caught(copy: Path, bug: Bug) -> bool:
    with planted(copy, bug):
        return run(copy, bug.tests) == FOUND
