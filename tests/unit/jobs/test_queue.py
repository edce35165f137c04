"""The job table: who gets a job, what a fence is worth, what happens to jobs that fail."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select, update
from sqlalchemy.orm import Session, sessionmaker

from partner_center.jobs import queue
from partner_center.jobs.models import Job
from partner_center.jobs.queue import JobState
from partner_center.shared import clock

KINDS = ["work"]


def put(session: Session, **settings: object) -> Job:
    job = queue.enqueue(session, "work", {}, **settings)
    session.commit()
    return job


def take(session: Session) -> Job | None:
    job = queue.claim(session, KINDS)
    session.commit()
    return job


def test_the_most_urgent_job_is_taken_first_then_the_oldest(session: Session) -> None:
    first, urgent, last = put(session), put(session, priority=5), put(session)
    taken = [take(session) for _ in range(3)]
    assert [job.id for job in taken if job] == [urgent.id, first.id, last.id]
    assert take(session) is None


def test_a_job_is_not_taken_before_its_time(session: Session) -> None:
    put(session, run_after=clock.now() + timedelta(seconds=30))
    assert take(session) is None
    with time_machine.travel(clock.now() + timedelta(seconds=31), tick=False):
        assert take(session) is not None


def test_a_clock_that_was_set_back_holds_no_job_up(session: Session) -> None:
    put(session)
    leased = take(session)
    put(session)
    assert leased
    with time_machine.travel(clock.now() - timedelta(hours=1), tick=False):
        assert {job.id for job in (take(session), take(session)) if job} == {leased.id, leased.id + 1}
        assert take(session) is None


def test_no_job_is_put_off_for_longer_than_a_clock_may_be_wrong(session: Session) -> None:
    put(session)
    job = take(session)
    assert job
    queue.hand_back(session, job.id, job.fence, clock.now() + timedelta(days=1))
    session.commit()
    assert take(session) is None
    with time_machine.travel(clock.now() + queue.LONGEST_DELAY + timedelta(seconds=1), tick=False):
        assert take(session) is not None


def test_kinds_without_a_handler_are_left_alone(session: Session) -> None:
    queue.enqueue(session, "other", {})
    session.commit()
    assert take(session) is None


def test_eight_threads_take_each_of_100_jobs_once(sessions: sessionmaker[Session]) -> None:
    with sessions() as session:
        for _ in range(100):
            put(session)

    def take_one() -> int | None:
        with sessions() as session:
            job = take(session)
            return job.id if job else None

    taken = race(take_one, threads=8)
    assert len(taken) == 100
    assert set(taken.values()) == {1}


def test_the_race_above_would_catch_a_claim_in_two_steps(engine, clean: None) -> None:  # type: ignore[no-untyped-def]
    with Session(engine) as session:
        put(session)
    looked = threading.Barrier(2)

    def take_in_two_steps() -> int | None:
        with Session(engine) as session:
            found = session.scalar(select(Job.id).where(Job.state == JobState.WAITING))
            session.rollback()
            if found is None:
                return None
            looked.wait(timeout=10)
            session.execute(update(Job).where(Job.id == found).values(state=JobState.RUNNING))
            session.commit()
            return found

    assert max(race(take_in_two_steps, threads=2).values()) == 2


def race(take_one, threads: int) -> Counter[int]:  # type: ignore[no-untyped-def]
    """How often each id was taken, with every thread taking until nothing is left."""
    start, taken, lock = threading.Barrier(threads), Counter[int](), threading.Lock()

    def run() -> None:
        start.wait(timeout=10)
        while (job_id := take_one()) is not None:
            with lock:
                taken[job_id] += 1

    runners = [threading.Thread(target=run) for _ in range(threads)]
    for runner in runners:
        runner.start()
    for runner in runners:
        runner.join(timeout=60)
    return taken


def test_one_key_asked_for_by_eight_at_once_is_one_job(sessions: sessionmaker[Session]) -> None:
    start, ids = threading.Barrier(8), []

    def ask() -> None:
        start.wait(timeout=10)
        with sessions() as session:
            job = put(session, key="the same")
            ids.append(job.id)

    askers = [threading.Thread(target=ask) for _ in range(8)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join(timeout=60)
    assert len(ids) == 8
    assert len(set(ids)) == 1


def test_a_dead_workers_job_goes_to_another_with_a_higher_fence(session: Session) -> None:
    put(session)
    first = take(session)
    assert first is not None
    fence = first.fence
    assert take(session) is None
    with time_machine.travel(clock.now() + queue.LEASE + timedelta(seconds=1), tick=False):
        second = take(session)
    assert second is not None
    assert (second.id, second.fence) == (first.id, fence + 1)


def test_an_old_fence_can_write_nothing(session: Session) -> None:
    job = put(session)
    taken = take(session)
    assert taken is not None
    old = taken.fence
    with time_machine.travel(clock.now() + queue.LEASE + timedelta(seconds=1), tick=False):
        take(session)
        assert not queue.checkpoint(session, job.id, old, done=3)
        assert not queue.finish(session, job.id, old)
        assert not queue.hand_back(session, job.id, old, clock.now())
        assert not queue.retry_or_fail(session, job.id, old, "late")
    session.commit()
    session.refresh(job)
    assert (job.state, job.done, job.error) == (JobState.RUNNING, 0, None)


def test_a_checkpoint_keeps_the_job_for_another_lease(session: Session) -> None:
    put(session)
    job = take(session)
    assert job is not None
    later = clock.now() + queue.LEASE - timedelta(seconds=1)
    with time_machine.travel(later, tick=False):
        assert queue.checkpoint(session, job.id, job.fence, done=1, total=2)
        session.commit()
    with time_machine.travel(later + queue.LEASE - timedelta(seconds=1), tick=False):
        assert take(session) is None


def test_one_key_has_one_living_job_and_starts_anew_when_it_has_finished(session: Session) -> None:
    first = put(session, key="sync:1")
    assert put(session, key="sync:1").id == first.id
    taken = take(session)
    assert taken is not None
    assert put(session, key="sync:1").state == JobState.RUNNING
    queue.finish(session, taken.id, taken.fence)
    session.commit()
    again = put(session, key="sync:1")
    assert (again.id, again.state, again.attempts, again.done) == (first.id, JobState.WAITING, 0, 0)
    assert again.fence == taken.fence, "a fence never goes back: the old worker may still be alive"


def test_a_job_that_raises_comes_back_later_and_fails_at_its_last_attempt(session: Session) -> None:
    job = put(session)
    job.max_attempts = 2
    session.commit()
    for failed_for_good in (False, True):
        with time_machine.travel(job.run_after, tick=False):
            taken = take(session)
            assert taken is not None
            assert queue.retry_or_fail(session, job.id, taken.fence, "boom") is failed_for_good
            session.commit()
    assert (job.state, job.error) == (JobState.FAILED, "boom")
    assert job.finished_at is not None


def test_progress_forgives_earlier_attempts_and_waiting_costs_none(session: Session) -> None:
    job = put(session)
    job.attempts = 7
    session.commit()
    taken = take(session)
    assert taken is not None
    assert taken.attempts == 8
    queue.checkpoint(session, job.id, taken.fence, done=5)
    queue.hand_back(session, job.id, taken.fence, clock.now())
    session.commit()
    session.refresh(job)
    assert (job.state, job.attempts, job.done) == (JobState.WAITING, 0, 5)


def test_a_job_that_kills_its_workers_is_swept_to_failed(session: Session) -> None:
    job = put(session)
    job.max_attempts = 1
    session.commit()
    take(session)
    with time_machine.travel(clock.now() + queue.LEASE + timedelta(seconds=1), tick=False):
        assert take(session) is None
        assert [swept.id for swept in queue.sweep(session, KINDS)] == [job.id]
        session.commit()
    session.refresh(job)
    assert job.state == JobState.FAILED
    assert job.error


@pytest.mark.parametrize(("attempts", "seconds"), [(1, 2), (3, 8), (9, 300), (1_000_000, 300)])
def test_the_wait_between_attempts_doubles_up_to_five_minutes(attempts: int, seconds: int) -> None:
    assert queue.backoff(attempts) == timedelta(seconds=seconds)
