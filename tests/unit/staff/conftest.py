"""For tests of people who change people."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from tests.make import Make
from tests.unit.staff.office import Office


@pytest.fixture
def office(session: Session, make: Make) -> Office:
    """Three people to change each other."""
    return Office(session, make)
