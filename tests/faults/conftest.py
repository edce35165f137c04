"""Gates: what must hold when anything breaks. Each prints its figures; `--long` runs the long forms."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

Print = Callable[[str], None]


@pytest.fixture
def is_long(request: pytest.FixtureRequest) -> bool:
    """Whether the long forms are asked for."""
    return bool(request.config.getoption("--long"))


@pytest.fixture
def figures(request: pytest.FixtureRequest, capfd: pytest.CaptureFixture[str]) -> Print:
    """Prints a gate's figures past pytest's capturing, so that a green run shows them too."""

    def show(text: str) -> None:
        with capfd.disabled():
            print(f"\n  {request.node.name}: {text}", flush=True)  # noqa: T201

    return show


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the gate's installation keeps its files."""
    return tmp_path / "gate"
