"""The scene of these tests, with an admin agent signed in who has selected Anna, Bo and Åse."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from tests.cast import Cast
from tests.make import Make
from tests.page import PageClient
from tests.web.changes.scene import ANNA, ASE, BO, Scene, set_up


@pytest.fixture
def scene(session: Session, make: Make, cast: Cast, page: PageClient) -> Scene:
    """Fjord, with people selected."""
    scene = set_up(session, make, cast)
    for member in (cast.admin, cast.helpdesk):
        scene.select(member, ANNA, BO, ASE)
    page.sign_in(cast.admin)
    return scene
