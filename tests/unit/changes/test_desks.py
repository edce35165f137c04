"""A change follows the desk it was prepared at, and leaves every other as it was."""

from __future__ import annotations

import pytest
from pyroaring import BitMap

from partner_center.changes.draft import get_draft, set_draft
from partner_center.directory import selection
from partner_center.directory.desks import (
    MAIN,
    REMOVED,
    Kind,
    assign_desk,
    read_desk,
    selection_of,
    several_desk,
    unassign_desk,
    user_desk,
)
from partner_center.licensing.swaps import Mode
from tests.make import Make
from tests.unit.changes.conftest import StageOf
from tests.unit.changes.stage import E3, assign, revoke, sku


def test_a_change_from_a_product_clears_its_own_desk_and_leaves_the_main_one(
    make: Make, stage_of: StageOf
) -> None:
    stage = stage_of([make.user("Ada"), make.user("Bob")], [sku(E3)])
    place, desk = (stage.session, stage.actor, stage.customer.id), assign_desk(E3)
    stage.select(stage.everybody)
    set_draft(*place, revoke(E3))
    set_draft(*place, assign(E3), desk=desk)
    selection.change(*place, add=stage.everybody, desk=desk)

    stage.submit(assign(E3), desk=desk)
    stage.run()

    assert stage.selected() == stage.everybody
    assert get_draft(*place).wish == revoke(E3)
    assert get_draft(*place, desk=desk).wish.is_empty
    assert selection.get_selection(*place, desk=desk).members == BitMap()


def test_who_it_did_not_work_for_stays_picked_at_that_desk(make: Make, stage_of: StageOf) -> None:
    ada, bob = make.user("Ada"), make.user("Bob", usage_location=None)
    stage = stage_of([ada, bob], [sku(E3)])
    place, desk = (stage.session, stage.actor, stage.customer.id), assign_desk(E3)
    selection.change(*place, add=stage.everybody, desk=desk)

    stage.save(stage.submit(assign(E3), desk=desk))
    stage.run()

    assert selection.get_selection(*place, desk=desk).members == BitMap([stage.number(bob)])
    assert stage.selected() == BitMap()


@pytest.mark.parametrize(
    ("desk", "read"),
    [
        (MAIN, (Kind.MAIN, "")),
        (REMOVED, (Kind.REMOVED, "")),
        (assign_desk(E3), (Kind.ASSIGN, E3)),
        (unassign_desk(E3), (Kind.UNASSIGN, E3)),
        (user_desk(7), (Kind.USER, "7")),
        (several_desk(Mode.REPLACE), (Kind.SEVERAL, "replace")),
    ],
)
def test_a_desk_says_what_it_is_about(desk: str, read: tuple[Kind, str]) -> None:
    assert read_desk(desk) == read


def test_several_users_are_those_selected_for_the_main_job() -> None:
    assert selection_of(several_desk(Mode.MORE)) == MAIN
    assert selection_of(assign_desk(E3)) == assign_desk(E3)
