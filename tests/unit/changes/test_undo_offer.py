"""Who is offered to undo a change, for how long, and who is told why not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from pyroaring import BitMap

from partner_center.changes.models import Change
from partner_center.changes.views import Hindrance
from partner_center.licensing.values import LocationScope, LocationWish, Wish
from partner_center.shared import clock
from partner_center.shared.errors import Conflict, Forbidden, NotFound
from partner_center.staff.queries import actor_of
from partner_center.staff.roles import Role
from tests.cast import Cast
from tests.make import Make
from tests.unit.changes.conftest import StageOf
from tests.unit.changes.stage import E3, FLOW, VISIO, Stage, assign, revoke
from tests.unit.changes.undone import four_people, named, undo


@pytest.fixture
def stage(make: Make, stage_of: StageOf) -> Stage:
    return four_people(make, stage_of)


@pytest.fixture
def change(stage: Stage) -> Iterator[Change]:
    with time_machine.travel(clock.now(), tick=True):
        change = stage.submit_and_save(revoke(E3))
        stage.run()
        yield change


def test_it_is_offered_for_thirty_days_and_says_until_when(stage: Stage, change: Change) -> None:
    assert change.finished_at
    offered = stage.result(change).undo
    assert offered.until == change.finished_at + timedelta(days=30)
    assert (offered.hindrance, offered.mailboxes) == (None, True)
    with time_machine.travel(offered.until - timedelta(minutes=1)):
        assert stage.result(change).undo.hindrance is None
    with time_machine.travel(offered.until + timedelta(minutes=1)):
        assert stage.result(change).undo.hindrance is Hindrance.TOO_LATE
        with pytest.raises(Conflict, match="30 days"):
            undo(stage, change)


def test_it_is_offered_to_who_saved_it_and_to_those_who_may_undo_others(
    stage: Stage, change: Change, make: Make
) -> None:
    for role in (Role.ADMIN_AGENT, Role.GLOBAL_ADMIN, Role.USER_MANAGEMENT_ADMIN):
        stage.actor = actor_of(make.member(role))
        assert stage.result(change).undo.hindrance is None, role
    for role in (Role.HELPDESK_AGENT, Role.SALES_AGENT):
        stage.actor = actor_of(make.member(role))
        assert stage.result(change).undo.hindrance is Hindrance.NOT_YOURS, role
        with pytest.raises(Forbidden, match="other people"):
            undo(stage, change)


def test_it_is_offered_to_nobody_who_may_not_see_the_customer(
    stage: Stage, change: Change, cast: Cast
) -> None:
    stage.actor = actor_of(cast.stranger)
    with pytest.raises(NotFound):
        undo(stage, change)


def test_it_is_offered_not_before_it_is_finished(stage: Stage) -> None:
    change = stage.submit_and_save(assign(FLOW))
    with pytest.raises(Conflict, match="not finished"):
        undo(stage, change)


def test_it_is_offered_not_where_nothing_was_done(stage: Stage) -> None:
    change = stage.submit_and_save(assign(VISIO), BitMap([stage.number(named(stage, "Ada"))]))
    stage.run()
    assert stage.result(change).undo.hindrance is Hindrance.NOTHING_DONE
    with pytest.raises(Conflict, match="nothing to undo"):
        undo(stage, change)


def test_it_is_offered_not_where_only_missing_locations_were_set(stage: Stage) -> None:
    stage.tell(replace(named(stage, "Cem"), usage_location=None))
    change = stage.submit_and_save(Wish(location=LocationWish("NO")))
    stage.run()
    with pytest.raises(Conflict, match="stay as they are"):
        undo(stage, change)


def test_it_is_offered_not_for_what_the_role_does_not_allow(stage: Stage, make: Make) -> None:
    member = make.member(Role.HELPDESK_AGENT)
    stage.actor = actor_of(member)
    change = stage.submit_and_save(Wish(location=LocationWish("SE", LocationScope.ALL)))
    stage.run()
    stage.actor = replace(stage.actor, roles=frozenset({Role.SALES_AGENT}))
    assert stage.result(change).undo.hindrance is Hindrance.ROLE
    with pytest.raises(Forbidden, match="what undoing this change takes"):
        undo(stage, change)
