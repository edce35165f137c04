"""Where templates and migrations are."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent


def find_folder(name: str) -> Path:
    """`templates` or `migrations`: inside an installed package, or beside it in a checkout."""
    installed = _PACKAGE / f"_{name}"
    return installed if installed.is_dir() else _PACKAGE.parent / name
