"""The scene of these tests: Fjord's group Sales gives Alpha; an admin agent is signed in.

Anna, Bo, Cem and Åse are in it. Cem has Alpha from it, Anna and Bo directly; the group has Calls off for
nobody until a test says so.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from partner_center.cloud.port import RemoteGroup
from partner_center.groups.models import GroupOrder
from partner_center.jobs.models import Job
from partner_center.shared import clock
from tests.cast import Cast
from tests.make import Make
from tests.page import PageClient
from tests.web.changes.scene import ANNA, ASE, BO, CEM, SALES_GROUP, Scene, set_up


class Groups:
    """Fjord's **Groups**."""

    def __init__(self, scene: Scene) -> None:
        self.scene, self.tenant = scene, scene.tenant
        self.path = f"/customers/{scene.customer_id}/groups"
        self.sales = f"{self.path}/{SALES_GROUP}"

    def give(
        self, *licenses: tuple[str, tuple[str, ...]], members: tuple[int, ...] = (ANNA, BO, CEM, ASE)
    ) -> None:
        """The group gives these, and has worked them off; the copy knows."""
        self.tenant.groups[SALES_GROUP] = RemoteGroup(SALES_GROUP, "Sales", tuple(sorted(licenses)))
        self.tenant.members_of[SALES_GROUP] = [self.scene.graph_ids[number] for number in members]
        self.tenant.work_off(SALES_GROUP)
        self.scene.sync()

    def lose_direct_service(self, number: int, plan: str) -> None:
        """Somebody has a service on by the direct license alone."""
        graph_id = self.scene.graph_ids[number]
        user = self.tenant.users[graph_id]
        licenses = tuple(replace(one, direct_only=(plan,)) if one.direct else one for one in user.licenses)
        self.tenant.users[graph_id] = replace(user, licenses=licenses)
        self.scene.sync()

    def run_short(self, *numbers: int) -> None:
        """No group can serve these: nothing is left."""
        self.tenant.short = {self.scene.graph_ids[number] for number in numbers}

    def order(self) -> GroupOrder:
        """The latest order."""
        self.scene.session.rollback()
        found = self.scene.session.scalars(select(GroupOrder).order_by(-GroupOrder.id)).first()
        assert found
        return found

    def work(self, turns: int = 4) -> None:
        """Do what is to be done, and let time pass until the job looks again; so often."""
        for _ in range(turns):
            self.scene.work()
            self.scene.session.execute(update(Job).values(run_after=clock.now()))
            self.scene.session.commit()

    def orders(self) -> int:
        """How many there are."""
        self.scene.session.rollback()
        return len(self.scene.session.scalars(select(GroupOrder)).all())


@pytest.fixture
def scene(session: Session, make: Make, cast: Cast, page: PageClient) -> Scene:
    scene = set_up(session, make, cast)
    page.sign_in(cast.admin)
    return scene


@pytest.fixture
def groups(scene: Scene) -> Groups:
    found = Groups(scene)
    found.give((scene.alpha, ()))
    return found
