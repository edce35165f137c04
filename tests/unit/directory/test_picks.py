"""In which order people were ticked."""

from __future__ import annotations

import pytest
from pyroaring import BitMap
from sqlalchemy.orm import Session

from partner_center.directory import picks as module
from partner_center.directory import selection
from partner_center.directory.picks import read_picks, record_pick
from partner_center.staff.queries import actor_of
from tests.make import Make


def test_additions_stand_in_their_order_and_who_comes_back_stands_last() -> None:
    picks = record_pick([], BitMap([5]), BitMap())
    picks = record_pick(picks, BitMap([2, 3]), BitMap())
    picks = record_pick(picks, BitMap(), BitMap([5]))
    picks = record_pick(picks, BitMap([5]), BitMap([3]))
    assert read_picks(picks) == [BitMap([2]), BitMap([5])]


def test_the_list_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 2)
    picks: list[str] = []
    for number in (4, 1, 3):
        picks = record_pick(picks, BitMap([number]), BitMap())
    assert read_picks(picks) == [BitMap([4]), BitMap([1, 3])]


def test_a_selection_remembers_it_until_it_is_cleared(session: Session, make: Make) -> None:
    customer, actor = make.customer(), actor_of(make.member())
    make.users(customer, *(make.user(f"User {number}") for number in range(4)))
    for number in (3, 1, 2):
        selection.change(session, actor, customer.id, add=BitMap([number]))
    selection.change(session, actor, customer.id, remove=BitMap([1]))
    assert selection.picked_order(session, actor, customer.id) == [BitMap([3]), BitMap([2])]
    selection.clear(session, actor, customer.id)
    assert selection.picked_order(session, actor, customer.id) == []
    selection.undo(session, actor, customer.id)
    assert selection.picked_order(session, actor, customer.id) == [BitMap([2, 3])]
    assert selection.picked_order(session, actor, customer.id + 1) == []
