"""What tests of undoing share: who holds what at Microsoft, and the button."""

from __future__ import annotations

from partner_center.changes import service
from partner_center.changes.models import Change
from partner_center.changes.service import SaveResult
from partner_center.changes.views import PlanView
from partner_center.cloud.port import RemoteUser
from tests.make import Make
from tests.unit.changes.conftest import StageOf
from tests.unit.changes.stage import E3, FLOW, TEAMS, VISIO, Stage, held, sku

Held = dict[str, tuple[str | None, dict[str, tuple[bool, tuple[str, ...], frozenset[str]]]]]


def four_people(make: Make, stage_of: StageOf) -> Stage:
    people = [
        make.user("Ada", licenses=(held(E3, off=[TEAMS]), held(VISIO))),
        make.user("Bob", E3),
        make.user("Cem"),
        make.user("Dag", licenses=(held(E3, direct=True, groups=["sales"]),)),
    ]
    return stage_of(people, [sku(E3), sku(VISIO), sku(FLOW)])


def holdings(stage: Stage) -> Held:
    """What Microsoft has: location and licences of every user."""
    return {
        user.display_name: (
            user.usage_location,
            {one.sku_id: (one.direct, one.groups, frozenset(one.off)) for one in user.licenses},
        )
        for user in stage.cloud.users_by_id.values()
    }


def named(stage: Stage, name: str) -> RemoteUser:
    return next(user for user in stage.cloud.users_by_id.values() if user.display_name == name)


def undo(stage: Stage, change: Change) -> Change:
    undone = service.undo(stage.session, stage.actor, stage.customer.id, change.ref)
    stage.session.commit()
    return undone


def undo_and_save(stage: Stage, change: Change) -> Change:
    undone = undo(stage, change)
    assert stage.save(undone) is SaveResult.SAVED
    stage.run()
    return undone


def left_out(view: PlanView) -> dict[str, tuple[str, ...]]:
    return {each.reason: each.first for each in view.left_out}
