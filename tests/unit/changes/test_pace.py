"""Microsoft's quota, its silences, and the time left: decided without a database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from partner_center.changes.pace import (
    ANSWERED,
    FIRST_REST,
    LONGEST_REST,
    MOST_SILENT,
    PROBE,
    Line,
    Pace,
    Quota,
    Rest,
    Silence,
    time_left,
)

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
QUOTA = Quota()


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


class TestQuota:
    def test_it_refills_with_twenty_a_second_up_to_three_thousand(self) -> None:
        assert QUOTA.level(100, NOW, after(10)) == 300
        assert QUOTA.level(100, NOW, after(10_000)) == 3000

    def test_a_clock_that_goes_back_fills_nothing(self) -> None:
        assert QUOTA.level(100, after(3600), NOW) == 100

    def test_it_is_known_when_there_will_be_enough(self) -> None:
        assert QUOTA.due(40, 100, NOW) == after(3)
        assert QUOTA.due(400, 100, NOW) == NOW


class TestSilence:
    def shut(self, calls: int = MOST_SILENT) -> Silence:
        silence = ANSWERED
        for _ in range(calls):
            silence = silence.unanswered(NOW)
        return silence

    def test_a_few_calls_without_an_answer_shut_nothing(self) -> None:
        assert self.shut(MOST_SILENT - 1).line(NOW) is Line.OPEN

    def test_five_in_a_row_do_and_it_is_known_since_when(self) -> None:
        silence = ANSWERED.unanswered(NOW)
        for _ in range(MOST_SILENT - 1):
            silence = silence.unanswered(after(60))
        assert (silence.line(after(61)), silence.since) == (Line.SHUT, NOW)
        assert silence.retry_at == after(60) + FIRST_REST

    def test_those_that_were_out_with_them_do_not_make_the_rest_longer(self) -> None:
        assert self.shut(MOST_SILENT + 7) == self.shut()

    def test_then_one_call_is_the_trial_and_no_other(self) -> None:
        later = NOW + FIRST_REST
        silence = self.shut()
        assert silence.try_now(NOW) is None
        trial = silence.try_now(later)
        assert trial is not None
        assert trial.try_now(later) is None
        assert trial.try_now(later + PROBE) is not None, "whoever tried may have died"

    def test_each_trial_that_fails_makes_the_rest_longer_up_to_five_minutes(self) -> None:
        silence, rests = self.shut(), []
        for _ in range(6):
            assert silence.retry_at is not None
            at = silence.retry_at
            silence = silence.unanswered(at)
            assert silence.retry_at is not None
            rests.append(silence.retry_at - at)
        assert rests[:2] == [2 * FIRST_REST, 4 * FIRST_REST]
        assert rests[-1] == LONGEST_REST


class TestTimeLeft:
    def test_ten_thousand_users_with_a_full_bucket_are_six_minutes(self) -> None:
        left = time_left(Rest(10_000), 3000, QUOTA)
        assert left is not None
        assert (left.seconds, left.pace) == (350, Pace.QUOTA)

    def test_what_was_saved_earlier_goes_first(self) -> None:
        left = time_left(Rest(1000, before=1000, ahead=1), 0, QUOTA)
        assert left is not None
        assert (left.seconds, left.ahead) == (100, 1)

    def test_what_was_seen_counts_where_it_is_slower(self) -> None:
        left = time_left(Rest(100, seen=0.5), 3000, QUOTA)
        assert left is not None
        assert (left.seconds, left.pace) == (200, Pace.SEEN)

    @pytest.mark.parametrize("rest", [Rest(14), Rest(0), Rest(0, seen=3.0), Rest(0, before=9000)])
    def test_nothing_is_guessed_from_nothing(self, rest: Rest) -> None:
        assert time_left(rest, 3000, QUOTA) is None

    def test_where_nobody_counts_only_what_was_seen_says_anything(self) -> None:
        assert time_left(Rest(10_000), 0, Quota(0)) is None
