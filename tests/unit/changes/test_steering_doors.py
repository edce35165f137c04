"""Who may pause, resume and stop a change, which changes, and that a second press changes nothing."""

from __future__ import annotations

import pytest

from partner_center.changes.steering import pause, resume, stop_rest
from partner_center.shared.errors import Conflict, Forbidden, NotFound
from partner_center.staff.queries import actor_of
from partner_center.staff.roles import Role
from tests.make import Make
from tests.unit.changes.stage import E3, Stage, assign
from tests.unit.changes.test_steering import actions, press, stage

__all__ = ["stage"]


def test_pressing_twice_is_pressing_once(stage: Stage) -> None:
    change = stage.submit_and_save(assign(E3))
    for deed in (pause, pause, resume, resume, stop_rest, stop_rest, pause, resume):
        press(stage, deed, change)

    assert actions(stage)[-3:] == ["change_paused", "change_resumed", "change_stopped"]
    stage.run()
    press(stage, stop_rest, change)
    assert stage.result(change).changes_sums.not_attempted == 100


def test_others_may_who_may_undo_what_others_did(make: Make, stage: Stage) -> None:
    change = stage.submit_and_save(assign(E3))
    allowed = {Role.ADMIN_AGENT, Role.GLOBAL_ADMIN, Role.USER_MANAGEMENT_ADMIN}
    for role in Role:
        actor = actor_of(make.member(role))
        if role in allowed:
            pause(stage.session, actor, stage.customer.id, change.ref)
        else:
            with pytest.raises(Forbidden, match="somebody else"):
                stop_rest(stage.session, actor, stage.customer.id, change.ref)
    stage.session.refresh(change)
    assert change.paused_by is not None
    assert change.stopped_by is None


def test_what_is_not_under_way_can_not_be_paused(stage: Stage) -> None:
    change = stage.submit(assign(E3))
    with pytest.raises(Conflict):
        pause(stage.session, stage.actor, stage.customer.id, change.ref)
    with pytest.raises(NotFound):
        pause(stage.session, stage.actor, stage.customer.id, "CH-NONE")
