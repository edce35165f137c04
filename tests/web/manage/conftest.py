"""The scene of these tests, with a helpdesk agent signed in."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from tests.cast import Cast
from tests.make import Make
from tests.page import PageClient
from tests.web.changes.scene import ANNA, ASE, BO, Scene, set_up


@pytest.fixture
def scene(session: Session, make: Make, cast: Cast, page: PageClient) -> Scene:
    """Fjord, with Anna, Bo and Åse selected by an admin agent and a helpdesk agent, the latter signed in."""
    scene = set_up(session, make, cast)
    for member in (cast.admin, cast.helpdesk, cast.sales):
        scene.select(member, ANNA, BO, ASE)
    page.sign_in(cast.helpdesk)
    return scene
