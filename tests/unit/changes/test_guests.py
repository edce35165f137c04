"""Guests are a global admin's: at saving, at saving a plan, and when the work is done (S4.2)."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from partner_center.changes import service
from partner_center.changes.models import Change
from partner_center.staff.actor import RoleForbids
from partner_center.staff.models import StaffRole
from partner_center.staff.permissions import Permission
from partner_center.staff.queries import actor_of
from partner_center.staff.roles import Role
from tests.cast import Cast
from tests.make import Make
from tests.unit.changes.conftest import StageOf
from tests.unit.changes.stage import E3, Stage, assign, revoke, sku


@pytest.fixture
def stage(make: Make, stage_of: StageOf) -> Stage:
    """A member and a guest, before an admin agent."""
    people = [make.user("Ada", E3), make.user("Guy Guest", E3, user_type="Guest")]
    return stage_of(people, [sku(E3)])


def test_with_a_guest_among_the_users_others_are_refused_and_nothing_is_stored(stage: Stage) -> None:
    with pytest.raises(RoleForbids) as refused:
        stage.submit(revoke(E3))
    assert refused.value.permission is Permission.LICENSE_GUESTS
    stage.session.rollback()
    assert stage.session.scalars(select(Change)).all() == []


def test_a_global_admin_changes_guests(stage: Stage, cast: Cast) -> None:
    stage.member, stage.actor = cast.global_admin, actor_of(cast.global_admin)
    change = stage.submit_and_save(revoke(E3))
    stage.run()
    assert stage.result(change).users_ok == 2


def test_a_role_lost_between_plan_and_save_refuses_the_save(stage: Stage, cast: Cast) -> None:
    stage.actor = actor_of(cast.global_admin)
    change = stage.submit(revoke(E3))
    digest = stage.plan(change).digest
    stage.actor = stage.actor.__class__(
        cast.global_admin.id, "g@p.example", "Grace", frozenset({Role.ADMIN_AGENT})
    )
    with pytest.raises(RoleForbids):
        service.save(stage.session, stage.actor, stage.customer.id, change.ref, digest=digest)


def test_a_role_lost_between_save_and_work_stops_the_work(stage: Stage, cast: Cast) -> None:
    stage.member, stage.actor = cast.global_admin, actor_of(cast.global_admin)
    change = stage.submit_and_save(revoke(E3))
    cast.global_admin.roles = [StaffRole(role=Role.ADMIN_AGENT.value)]
    stage.session.commit()
    stage.run()
    assert stage.result(change).head.stop_reason == "role_lost"
    assert stage.cloud.count("licenses") == 0


def test_without_guests_nobody_is_asked(make: Make, stage_of: StageOf) -> None:
    stage = stage_of([make.user("Ada")], [sku(E3)])
    stage.submit_and_save(assign(E3))
