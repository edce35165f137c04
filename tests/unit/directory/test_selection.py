"""Whom a member of staff has ticked."""

from __future__ import annotations

from datetime import UTC, datetime
from threading import Barrier, Thread

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyroaring import BitMap
from sqlalchemy.orm import Session

from partner_center.customers.models import Customer
from partner_center.directory import mirror, selection
from partner_center.directory.desks import assign_desk, unassign_desk
from partner_center.directory.selection import BY_HAND, RESTORED, Chosen
from partner_center.shared.errors import Forbidden
from partner_center.staff.actor import Actor
from partner_center.staff.roles import Role
from tests.make import Make

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
USERS = 8


@pytest.fixture
def customer(make: Make) -> Customer:
    """Somebody with eight users, numbered from 1."""
    customer = make.customer()
    make.users(customer, *(make.user(f"User {index}") for index in range(USERS)))
    return customer


@pytest.fixture
def ada(make: Make) -> Actor:
    """A member of staff."""
    return actor(make)


def actor(make: Make) -> Actor:
    member = make.member(Role.HELPDESK_AGENT)
    return Actor(member.id, member.email, member.display_name, frozenset({Role.HELPDESK_AGENT}))


def said(chosen: Chosen) -> list[tuple[str, int]]:
    return [(source.what, source.count) for source in chosen.sources]


def test_nobody_is_selected_at_first(session: Session, ada: Actor, customer: Customer) -> None:
    assert selection.get_selection(session, ada, customer.id) == Chosen(BitMap(), (), 0, 0, 0)


def test_ticks_add_up_over_pages_and_come_back_after_signing_in_again(
    session: Session, ada: Actor, customer: Customer
) -> None:
    selection.change(session, ada, customer.id, add=BitMap([1, 2, 3]))
    selection.change(session, ada, customer.id, add=BitMap([7]), remove=BitMap([2]))
    session.commit()
    session.expunge_all()
    chosen = selection.get_selection(session, ada, customer.id)
    assert (chosen.members, said(chosen), chosen.version) == (BitMap([1, 3, 7]), [(BY_HAND, 3)], 2)


def test_each_member_of_staff_and_each_customer_has_a_selection_of_its_own(
    session: Session, make: Make, ada: Actor, customer: Customer
) -> None:
    other = make.customer()
    make.users(other, make.user("Only"))
    selection.change(session, ada, customer.id, add=BitMap([1, 2]))
    selection.change(session, ada, other.id, add=BitMap([1]))
    assert selection.get_selection(session, ada, customer.id).members == BitMap([1, 2])
    assert selection.get_selection(session, ada, other.id).members == BitMap([1])
    assert not selection.get_selection(session, actor(make), customer.id).members


def test_numbers_that_are_nobody_here_are_passed_over(
    session: Session, ada: Actor, customer: Customer
) -> None:
    chosen = selection.change(session, ada, customer.id, add=BitMap([8, 9, 2**31]))
    assert (chosen.members, said(chosen), chosen.vanished) == (BitMap([8]), [(BY_HAND, 1)], 0)


def test_sources_are_told_and_always_add_up(session: Session, ada: Actor, customer: Customer) -> None:
    selection.change(session, ada, customer.id, add=BitMap([1, 2]))
    selection.change(session, ada, customer.id, add=BitMap([2, 3, 4, 5]), source="Department: Sales")
    chosen = selection.change(session, ada, customer.id, remove=BitMap([1, 2, 5]))
    assert (chosen.members, said(chosen)) == (BitMap([3, 4]), [("Department: Sales", 2)])
    chosen = selection.change(session, ada, customer.id, add=BitMap([6]))
    assert said(chosen) == [("Department: Sales", 2), (BY_HAND, 1)]


def test_clearing_can_be_taken_back_until_the_next_tick(
    session: Session, ada: Actor, customer: Customer
) -> None:
    selection.change(session, ada, customer.id, add=BitMap([1, 2]))
    cleared = selection.clear(session, ada, customer.id)
    assert (cleared.members, cleared.sources, cleared.undo) == (BitMap(), (), 2)
    assert selection.clear(session, ada, customer.id).undo == 2
    restored = selection.undo(session, ada, customer.id)
    assert (restored.members, said(restored), restored.undo) == (BitMap([1, 2]), [(RESTORED, 2)], 0)
    selection.clear(session, ada, customer.id)
    assert selection.change(session, ada, customer.id, add=BitMap([5])).undo == 0
    assert selection.undo(session, ada, customer.id).members == BitMap([5])


def test_replacing_keeps_the_old_ones_for_taking_back(
    session: Session, ada: Actor, customer: Customer
) -> None:
    selection.change(session, ada, customer.id, add=BitMap([1, 2, 3]))
    chosen = selection.replace(session, ada, customer.id, BitMap([2]), source="failed")
    assert (chosen.members, said(chosen), chosen.undo) == (BitMap([2]), [("failed", 1)], 3)
    assert selection.undo(session, ada, customer.id).members == BitMap([1, 2, 3])


def test_users_that_vanished_are_told_of_once_and_dropped(
    session: Session, make: Make, ada: Actor, customer: Customer
) -> None:
    selection.change(session, ada, customer.id, add=BitMap([1, 2, 3]))
    mirror.remove_users(session, customer.id, list(ids(session, customer, 1, 2)), AT)
    seen = selection.get_selection(session, ada, customer.id)
    assert (seen.members, seen.vanished, said(seen)) == (BitMap([3]), 2, [(BY_HAND, 1)])
    after = selection.change(session, ada, customer.id, add=BitMap([4]))
    assert (after.members, after.vanished, said(after)) == (BitMap([3, 4]), 0, [(BY_HAND, 2)])


def test_undo_brings_back_only_who_still_lives(session: Session, ada: Actor, customer: Customer) -> None:
    selection.change(session, ada, customer.id, add=BitMap([1, 2, 3]))
    selection.clear(session, ada, customer.id)
    mirror.remove_users(session, customer.id, list(ids(session, customer, 1)), AT)
    assert selection.get_selection(session, ada, customer.id).undo == 2
    assert selection.undo(session, ada, customer.id).members == BitMap([2, 3])


def test_looking_stores_nothing(session: Session, ada: Actor, customer: Customer) -> None:
    selection.change(session, ada, customer.id, add=BitMap([1]))
    session.commit()
    selection.get_selection(session, ada, customer.id)
    assert not session.dirty
    assert not session.new


def test_who_may_not_select_is_refused(session: Session, customer: Customer) -> None:
    nobody = Actor(1, "a@partner.example", "A", frozenset())
    for deed in (selection.get_selection, selection.clear, selection.undo, selection.change):
        with pytest.raises(Forbidden):
            deed(session, nobody, customer.id)


def test_tabs_that_tick_at_once_lose_no_tick(session: Session, ada: Actor, customer: Customer) -> None:
    """Plain sessions: the lock is taken by the change itself, before it reads what is ticked."""
    session.rollback()
    start = Barrier(USERS)

    def tick(number: int) -> None:
        start.wait()
        with Session(session.get_bind()) as tab:
            selection.change(tab, ada, customer.id, add=BitMap([number]))
            tab.commit()

    tabs = [Thread(target=tick, args=(number,)) for number in range(1, USERS + 1)]
    for tab in tabs:
        tab.start()
    for tab in tabs:
        tab.join()
    chosen = selection.get_selection(session, ada, customer.id)
    assert (chosen.members, chosen.version) == (BitMap(range(1, USERS + 1)), USERS)


def test_desks_of_one_customer_know_nothing_of_each_other(
    session: Session, ada: Actor, customer: Customer
) -> None:
    selection.change(session, ada, customer.id, add=BitMap([1, 2]))
    there = {"desk": assign_desk("a-product")}
    selection.change(session, ada, customer.id, add=BitMap([3]), **there)
    selection.replace(session, ada, customer.id, BitMap([2]), desk=unassign_desk("a-product"))
    assert selection.get_selection(session, ada, customer.id).members == BitMap([1, 2])
    assert selection.get_selection(session, ada, customer.id, **there).members == BitMap([3])
    selection.clear(session, ada, customer.id, **there)
    assert selection.get_selection(session, ada, customer.id).members == BitMap([1, 2])
    assert selection.undo(session, ada, customer.id, **there).members == BitMap([3])


numbers = st.sets(st.integers(1, USERS + 2), max_size=5).map(BitMap)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.sampled_from(["change", "replace", "clear", "undo"]), numbers, numbers), max_size=8)
)
def test_a_selection_is_a_set_whatever_is_done_to_it(
    session: Session, make: Make, ada: Actor, customer: Customer, deeds: list[tuple[str, BitMap, BitMap]]
) -> None:
    selection.replace(session, ada, customer.id, BitMap())
    selection.change(session, ada, customer.id)
    everybody, expected, before = set(range(1, USERS + 1)), set[int](), None
    for what, some, others in deeds:
        if what == "change":
            chosen = selection.change(session, ada, customer.id, add=some, remove=others)
            expected, before = ((expected | set(some)) - set(others)) & everybody, None
        elif what == "replace":
            chosen = selection.replace(session, ada, customer.id, some, source="text")
            expected, before = set(some) & everybody, expected
        elif what == "clear":
            chosen = selection.clear(session, ada, customer.id)
            expected, before = set(), expected or before
        else:
            chosen = selection.undo(session, ada, customer.id)
            expected, before = expected if before is None else before, None
        assert set(chosen.members) == expected
        assert sum(source.count for source in chosen.sources) == len(expected)
        assert chosen == selection.get_selection(session, ada, customer.id)


def ids(session: Session, customer: Customer, *wanted: int) -> list[str]:
    from partner_center.directory.listing import rows_of

    return [row.graph_id for row in rows_of(session, customer.id, wanted)]
