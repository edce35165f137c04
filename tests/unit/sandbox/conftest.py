"""A sandbox in this process: one plain customer, and the whole demo seeded once and copied."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from partner_center.sandbox.seed.partner import seed_partner
from partner_center.sandbox.storage import State
from tests.unit.sandbox.asking import TENANT, Asking, seed_plain


@pytest.fixture(scope="session")
def demo_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo with at most 60 users a customer, closed."""
    path = tmp_path_factory.mktemp("demo") / "demo.sqlite"
    state = State(path)
    seed_partner(state, max_users=60)
    state.close()
    return path


@pytest.fixture
def demo(demo_file: Path, tmp_path: Path) -> Iterator[Asking]:
    """A fresh copy of the demo; `at(tenant)` asks in one of its customers."""
    state = State(shutil.copy(demo_file, tmp_path / "sandbox.sqlite"))
    yield Asking(state)
    state.close()


@pytest.fixture(scope="session")
def plain_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The plain customer, closed."""
    path = tmp_path_factory.mktemp("plain") / "plain.sqlite"
    state = State(path)
    seed_plain(state)
    state.close()
    return path


@pytest.fixture
def plain(plain_file: Path, tmp_path: Path) -> Iterator[Asking]:
    """One Norwegian customer with ten users and a few products; asks there."""
    state = State(shutil.copy(plain_file, tmp_path / "sandbox.sqlite"))
    yield Asking(state, TENANT)
    state.close()
