"""Two counts of the licences in use, and what of the rest is promised to whom."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from partner_center.licensing.seats import Claim, OwnCount, SeatLedger, Stake, Told, used_now

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def told(used: int, *, seconds: int = 0) -> Told:
    return Told(used, NOON + seconds * SECOND)


def own(used: int, *, moved: int | None = None) -> OwnCount:
    """Counted as of noon; something was confirmed `moved` seconds after it."""
    return OwnCount(used, NOON, None if moved is None else NOON + moved * SECOND)


class TestUsedNow:
    def test_without_a_count_of_our_own_microsofts_number_is_the_truth(self) -> None:
        assert used_now(told(7), None) == 7

    def test_a_number_that_was_weighed_already_says_nothing_new(self) -> None:
        assert used_now(told(0), own(10)) == 10
        assert used_now(Told(0, None), own(10)) == 10

    def test_ten_of_fifty_sent_are_in_use_once_whether_the_number_comes_late_or_at_once(self) -> None:
        late, at_once = told(0, seconds=2), told(10, seconds=2)
        assert used_now(late, own(10, moved=1)) == used_now(at_once, own(10, moved=1)) == 10

    def test_what_is_under_way_is_not_counted_before_its_answer(self) -> None:
        assert used_now(told(13, seconds=1), own(10, moved=0), giving=5) == 10
        assert used_now(told(8, seconds=90), own(10, moved=0), taking=2) == 10

    def test_more_than_we_gave_was_given_by_somebody_else(self) -> None:
        assert used_now(told(16, seconds=1), own(10, moved=0), giving=5) == 16

    def test_less_is_believed_when_microsoft_had_time_to_catch_up(self) -> None:
        assert used_now(told(4, seconds=59), own(10, moved=0)) == 10
        assert used_now(told(4, seconds=60), own(10, moved=0)) == 4
        assert used_now(told(4, seconds=1), own(10)) == 4

    def test_calls_that_give_back_are_not_counted_twice_then(self) -> None:
        assert used_now(told(4, seconds=60), own(10, moved=0), taking=2) == 6


class TestClaim:
    def test_what_was_given_is_no_longer_promised(self) -> None:
        assert Claim(open=40, given=10, most=50).promised == 40

    def test_no_more_than_the_plan_could_serve_is_promised(self) -> None:
        assert Claim(open=14, most=12).promised == 12
        assert Claim(open=4, given=10, most=12).promised == 2
        assert Claim(open=2, given=12, most=12).promised == 0

    def test_what_may_have_been_given_stays_promised(self) -> None:
        assert Claim(open=3, unknown=2, most=5).promised == 5

    def test_without_a_plan_all_that_is_open_is_promised(self) -> None:
        assert Claim(open=3).promised == 3


@pytest.mark.parametrize(
    ("purchased", "used", "ahead", "available", "promised"),
    [(50, 10, 0, 40, 0), (50, 10, 25, 15, 25), (50, 10, 60, 0, 40), (50, 53, 0, -3, 0), (50, 53, 9, -3, 0)],
)
def test_a_promise_takes_what_is_free_and_no_more(
    purchased: int, used: int, ahead: int, available: int, promised: int
) -> None:
    stake = Stake(purchased, used, ahead)
    assert (stake.available, stake.promised) == (available, promised)


class TestLedger:
    def test_what_a_change_frees_is_its_own_up_to_what_is_promised_to_it(self) -> None:
        ledger = SeatLedger({"a": 1}, {"a": 4}, {"a": 2})
        ledger.take(["a"])
        ledger.settle_revoke("a", freed=True)
        ledger.settle_revoke("a", freed=True)
        assert ledger.left("a") == 1
        ledger.take(["a"])
        assert ledger.left("a") == 0

    def test_nobody_waits_for_licences_that_are_promised_to_others(self) -> None:
        ledger = SeatLedger({"a": 0}, {"a": 4}, {"a": 0})
        assert not ledger.may_come(["a"])

    def test_a_call_that_failed_leaves_its_licence_to_the_next(self) -> None:
        ledger = SeatLedger({"a": 3}, {}, {"a": 1})
        ledger.take(["a"])
        assert ledger.left("a") == 0
        ledger.land(["a"], used=())
        assert ledger.left("a") == 1
