"""The scene of these tests: Fjord and its three products, an admin agent signed in."""

from __future__ import annotations

import pytest
from pyroaring import BitMap
from sqlalchemy.orm import Session

from partner_center.directory import selection
from partner_center.directory.desks import assign_desk, unassign_desk
from partner_center.staff.queries import find_actor
from tests.cast import Cast
from tests.make import Make
from tests.page import PageClient
from tests.web.changes.scene import Scene, set_up


class Licenses:
    """Fjord's **Licenses**, and what lies on the admin's desks there."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.alpha, self.beta, self.gamma = scene.alpha, scene.beta, scene.gamma
        self.path = f"/customers/{scene.customer_id}/licenses"
        self.product = f"{self.path}/{scene.alpha}"
        self.assign = f"{self.product}/assign"

    def ticked(self, sku_id: str = "") -> set[int]:
        """Whom the admin has ticked to lose the product."""
        return self._on(unassign_desk(sku_id or self.alpha))

    def picked(self, sku_id: str = "") -> set[int]:
        """Whom the admin has picked to get the product."""
        return self._on(assign_desk(sku_id or self.alpha))

    def pick(self, *numbers: int, sku_id: str = "") -> None:
        """Have these picked."""
        desk = assign_desk(sku_id or self.alpha)
        session, actor = self.scene.session, self._actor()
        selection.change(session, actor, self.scene.customer_id, add=BitMap(numbers), desk=desk)
        session.commit()

    def _on(self, desk: str) -> set[int]:
        session, actor = self.scene.session, self._actor()
        return set(selection.get_selection(session, actor, self.scene.customer_id, desk=desk).members)

    def _actor(self):  # type: ignore[no-untyped-def]
        self.scene.session.rollback()
        actor = find_actor(self.scene.session, self.scene.cast.admin.id)
        assert actor
        return actor


@pytest.fixture
def scene(session: Session, make: Make, cast: Cast, page: PageClient) -> Scene:
    """The admin agent has Anna and Åse selected for the main job."""
    scene = set_up(session, make, cast)
    scene.select(cast.admin, 1, 4)
    page.sign_in(cast.admin)
    return scene


@pytest.fixture
def licenses(scene: Scene) -> Licenses:
    return Licenses(scene)
