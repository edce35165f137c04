"""Workers: what handlers may answer, stopping, waking, and what a lost fence undoes."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from partner_center.catalog.models import Product
from partner_center.jobs import queue
from partner_center.jobs.context import FenceLost, Handler, JobContext, Reschedule
from partner_center.jobs.models import Job
from partner_center.jobs.queue import JobState
from partner_center.jobs.wakers import ThreadWaker, wake_after_commit
from partner_center.jobs.worker import Worker
from partner_center.shared import clock
from partner_center.shared.orm import Base

WAIT = 10  # seconds until a test that hangs is given up


def put(sessions: sessionmaker[Session], **payload: object) -> int:
    with sessions() as session:
        job = queue.enqueue(session, "work", payload)
        session.commit()
        return job.id


def look(sessions: sessionmaker[Session], job_id: int) -> Job:
    with sessions() as session:
        return session.get_one(Job, job_id)


def worker(sessions: sessionmaker[Session], handler: Handler, **settings: object) -> Worker:
    return Worker(sessions, {"work": handler}, **settings)  # type: ignore[arg-type]


def product(word: str) -> Base:
    return Product(sku_id=word, part_number=word, name=word)


def test_a_handler_gets_its_payload_and_its_job_is_done(sessions: sessionmaker[Session]) -> None:
    seen: list[JobContext] = []
    job_id = put(sessions, change=7)
    assert worker(sessions, seen.append).run_once()
    assert [(context.job_id, context.payload, context.attempt) for context in seen] == [
        (job_id, {"change": 7}, 1)
    ]
    assert look(sessions, job_id).state == JobState.DONE
    assert not worker(sessions, seen.append).run_once()


def test_a_handler_may_ask_to_be_called_later(sessions: sessionmaker[Session]) -> None:
    later = clock.now() + timedelta(minutes=2)
    job_id = put(sessions)
    runner = worker(sessions, lambda _context: Reschedule(later))
    assert runner.run_once()
    job = look(sessions, job_id)
    assert (job.state, job.run_after, job.attempts) == (JobState.WAITING, later, 0)
    assert not runner.run_once()


def test_a_handler_that_raises_is_tried_again_then_its_owner_is_told(
    sessions: sessionmaker[Session],
) -> None:
    told: list[int] = []

    def explode(_context: JobContext) -> None:
        raise RuntimeError("boom")

    job_id = put(sessions)
    with sessions() as session:
        session.get_one(Job, job_id).max_attempts = 2
        session.commit()
    runner = worker(sessions, explode, on_failed={"work": lambda _session, job: told.append(job.id)})
    assert runner.run_once()
    assert told == []
    with time_machine.travel(clock.now() + queue.LONGEST_BACKOFF, tick=False):
        assert runner.run_once()
    assert told == [job_id]
    assert look(sessions, job_id).error == "RuntimeError: boom"


def test_telling_the_owner_of_a_failed_job_can_fail_without_stopping_the_rest(
    sessions: sessionmaker[Session],
) -> None:
    def refuse(_session: Session, _job: Job) -> None:
        raise RuntimeError("can't be told")

    dead, alive = put(sessions), put(sessions)
    with sessions() as session:
        job = session.get_one(Job, dead)
        job.state, job.attempts, job.lease_until = JobState.RUNNING, job.max_attempts, clock.now()
        session.commit()
    done: list[JobContext] = []
    assert worker(sessions, done.append, on_failed={"work": refuse}).run_once()
    assert [context.job_id for context in done] == [alive]
    assert look(sessions, dead).state == JobState.WAITING


def test_an_owner_who_could_not_be_told_of_a_failure_is_told_later(sessions: sessionmaker[Session]) -> None:
    told: list[int] = []

    def tell(_session: Session, job: Job) -> None:
        told.append(job.id)
        if len(told) == 1:
            raise RuntimeError("the disk is full")

    def explode(_context: JobContext) -> None:
        raise RuntimeError("boom")

    job_id = put(sessions)
    with sessions() as session:
        session.get_one(Job, job_id).max_attempts = 1
        session.commit()
    runner = worker(sessions, explode, on_failed={"work": tell})
    assert runner.run_once()
    assert look(sessions, job_id).state == JobState.WAITING
    with time_machine.travel(clock.now() + queue.LONGEST_BACKOFF, tick=False):
        assert runner.run_once()
    assert (told, look(sessions, job_id).state) == ([job_id] * 2, JobState.FAILED)


def test_a_checkpoint_commits_rows_progress_and_lease_together(sessions: sessionmaker[Session]) -> None:
    def step(context: JobContext) -> None:
        with context.session_factory() as session:
            session.add(product("kept"))
            context.checkpoint(session, done=1, total=3)

    job_id = put(sessions)
    worker(sessions, step).run_once()
    job = look(sessions, job_id)
    assert (job.done, job.total) == (1, 3)
    with sessions() as session:
        assert session.get(Product, "kept") is not None


def test_a_worker_whose_lease_ran_out_keeps_none_of_its_rows(sessions: sessionmaker[Session]) -> None:
    lost: list[FenceLost] = []

    def freeze(context: JobContext) -> None:
        with time_machine.travel(clock.now() + timedelta(hours=1), tick=False):
            worker(sessions, lambda _context: None).run_once()  # another worker takes it over and ends it
        with context.session_factory() as session:
            session.add(product("late"))
            try:
                context.checkpoint(session, done=1)
            except FenceLost as problem:
                lost.append(problem)
                raise

    job_id = put(sessions)
    worker(sessions, freeze).run_once()
    assert len(lost) == 1
    job = look(sessions, job_id)
    assert (job.state, job.fence, job.done) == (JobState.DONE, 2, 0)
    with sessions() as session:
        assert session.scalars(select(Product)).all() == []


def test_stopping_ends_a_job_at_its_next_checkpoint_and_hands_it_on(
    sessions: sessionmaker[Session],
) -> None:
    started, stopping = threading.Event(), threading.Event()

    def long(context: JobContext) -> None:
        for step in range(1, 1000):
            with context.session_factory() as session:
                context.checkpoint(session, done=step)
            started.set()
            stopping.wait(WAIT)

    job_id = put(sessions)
    runner = worker(sessions, long, threads=1)
    runner.start()
    assert started.wait(WAIT)
    stopper = threading.Thread(target=runner.stop)
    stopper.start()
    while not runner._stop.is_set():
        pass
    stopping.set()
    stopper.join(WAIT)
    assert not stopper.is_alive()
    job = look(sessions, job_id)
    assert (job.state, job.done, job.attempts) == (JobState.WAITING, 2, 0)
    assert worker(sessions, lambda _context: None).run_once(), "the next worker takes it at once"


def test_committing_a_job_wakes_an_idle_worker(
    sessions: sessionmaker[Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("partner_center.jobs.worker.POLL_SECONDS", 3600)
    ran = threading.Event()
    with worker(sessions, lambda _context: ran.set(), threads=2):
        put(sessions)
        assert ran.wait(WAIT)


def test_a_rolled_back_job_wakes_nobody(sessions: sessionmaker[Session]) -> None:
    waker = ThreadWaker()
    wake_after_commit(sessions, waker.wake)
    with sessions() as session:
        queue.enqueue(session, "work", {})
        session.rollback()
    assert waker.calls == 0
    put(sessions)
    assert waker.calls == 1


def test_a_savepoint_wakes_nobody_before_the_commit(sessions: sessionmaker[Session]) -> None:
    waker = ThreadWaker()
    wake_after_commit(sessions, waker.wake)
    with sessions() as session:
        queue.enqueue(session, "work", {})
        with session.begin_nested():
            session.add(product("in a savepoint"))
        assert waker.calls == 0
        session.commit()
    assert waker.calls == 1


def test_a_call_between_looking_and_waiting_is_not_lost() -> None:
    waker = ThreadWaker()
    seen = waker.calls
    waker.wake()
    waker.wait(seen, timeout=3600)
