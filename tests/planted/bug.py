"""Mistakes that would let somebody in, or something out. Each is one replacement in one file.

`old` must stand in the file exactly once: a bug that no longer fits its file is stale and says so. `tests`
are where it should be caught; they are run in a copy of the checkout that has this one bug.
"""

from __future__ import annotations

from dataclasses import dataclass

MATRIX = "tests/web/access"
AUTH = "tests/web/auth"
STAFF = "tests/unit/staff tests/web/staff tests/web/settings"
CLOUD = "tests/unit/cloud"
CHANGES = "tests/unit/changes"
HEADERS = "tests/web/test_headers.py"
MALFORMED = "tests/web/test_malformed.py"


@dataclass(frozen=True, slots=True)
class Bug:
    """`kind` is what it breaks. Those of `bugs.MUST` have to be caught, every one."""

    name: str
    kind: str
    file: str
    old: str
    new: str
    tests: str
