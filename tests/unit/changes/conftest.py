"""A stage for each test that wants one."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session, sessionmaker

from tests.cast import Cast
from tests.make import Make
from tests.unit.changes.stage import Stage

StageOf = Callable[..., Stage]


@pytest.fixture
def stage_of(make: Make, sessions: sessionmaker[Session], cast: Cast) -> StageOf:
    """Builds a stage of these users and products, with the admin agent before it."""
    return lambda users, skus, **fields: Stage.of(make, sessions, cast.admin, users, skus, **fields)
