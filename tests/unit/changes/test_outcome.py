"""Sums are statements, headings follow from them, and a user's outcome is the worst of what was asked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partner_center.changes.outcome import Heading, Sums, heading_of, item_outcome, sums_of, sums_so_far
from partner_center.changes.states import ChangeState, ItemState, Outcome


def test_sums_say_whether_they_add_up() -> None:
    good = sums_of(14, {"done": 11, "failed": 2, "not_attempted": 1})

    assert good.adds_up
    assert good.terms == ((Outcome.DONE, 11), (Outcome.FAILED, 2), (Outcome.NOT_ATTEMPTED, 1))
    assert not sums_of(14, {"done": 11}).adds_up


@pytest.mark.parametrize(
    ("users", "stopped", "heading"),
    [
        (Sums(2, done=2), False, Heading.UPDATED),
        (Sums(2, done=1, already_so=1), False, Heading.UPDATED),
        (Sums(2, already_so=2), False, Heading.ALREADY),
        (Sums(2, done=1, failed=1), False, Heading.PARTLY),
        (Sums(2, failed=2), False, Heading.NONE),
        (Sums(2, already_so=1, failed=1), False, Heading.NONE),
        (Sums(2, not_attempted=2), True, Heading.STOPPED),
        (Sums(2, done=1, not_attempted=1), True, Heading.PARTLY),
        (Sums(2, failed=1, unknown=1), False, Heading.UNKNOWN),
        (Sums(1, unknown=1), True, Heading.UNKNOWN),
    ],
)
def test_the_heading_follows_from_the_users_outcomes(users: Sums, stopped: bool, heading: Heading) -> None:
    assert heading_of(users, users, stopped=stopped) is heading


def test_nothing_was_updated_is_not_said_where_something_was() -> None:
    """One user who got one of two products: the user failed, and something was updated."""
    assert heading_of(Sums(1, failed=1), Sums(2, done=1, failed=1), stopped=False) is Heading.IN_PART
    assert heading_of(Sums(1, failed=1), Sums(2, failed=1, unknown=1), stopped=False) is Heading.UNKNOWN


def test_while_it_runs_everybody_is_somewhere() -> None:
    sums = sums_so_far(14, {"done": 3, "unknown": 1, "sent": 4})

    assert sums.adds_up
    assert (sums.settled, sums.waiting) == (4, 6)
    assert sums.terms == (
        (Outcome.DONE, 3),
        (Outcome.UNKNOWN, 1),
        (ItemState.SENT, 4),
        (ItemState.WAITING, 6),
    )


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ([], (Outcome.ALREADY_SO, None)),
        ([("already_so", None)], (Outcome.ALREADY_SO, None)),
        ([("already_so", None), ("done", None)], (Outcome.DONE, None)),
        ([("done", None), ("not_attempted", "no_seats")], (Outcome.NOT_ATTEMPTED, "no_seats")),
        ([("unknown", "busy"), ("not_attempted", "x")], (Outcome.UNKNOWN, "busy")),
        ([("done", None), ("failed", "conflict"), ("unknown", "busy")], (Outcome.FAILED, "conflict")),
    ],
)
def test_a_users_outcome_is_the_worst_of_what_was_asked(
    outcomes: list[tuple[str, str | None]], expected: tuple[Outcome, str | None]
) -> None:
    assert item_outcome(outcomes) == expected


@given(st.dictionaries(st.sampled_from([outcome.value for outcome in Outcome]), st.integers(0, 10**6)))
def test_terms_never_lose_anybody(counts: dict[str, int]) -> None:
    sums = sums_of(sum(counts.values()), counts)

    assert sums.adds_up
    assert sum(count for _, count in sums.terms) == sums.requested
    assert sums.good == counts.get("done", 0) + counts.get("already_so", 0)


def test_only_what_waits_for_a_person_is_open() -> None:
    assert {state for state in ChangeState if state.is_open} == {
        ChangeState.PLANNED,
        ChangeState.REVIEW_AGAIN,
    }
