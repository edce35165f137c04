"""Counts of tries: shared by all processes, ended by time alone."""

from __future__ import annotations

import threading
from datetime import timedelta

import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from partner_center.shared import clock
from partner_center.staff import throttle
from partner_center.staff.models import Tries
from partner_center.staff.throttle import Limit

LIMIT = Limit("tests", 3)


def test_what_is_over_the_limit_is_refused_until_the_time_is_over(session: Session) -> None:
    start = clock.now()
    assert [throttle.take(session, LIMIT, "ada") for _ in range(5)] == [True, True, True, False, False]
    assert throttle.take(session, LIMIT, "bo"), "another one's count"
    with time_machine.travel(start + timedelta(minutes=14)):
        assert not throttle.take(session, LIMIT, "ada")
    with time_machine.travel(start + timedelta(minutes=16)):
        assert throttle.take(session, LIMIT, "ada"), "trying on does not prolong it"


def test_a_right_try_does_not_count(session: Session) -> None:
    for _ in range(10):
        assert throttle.take(session, LIMIT, "ada")
        throttle.give_back(session, LIMIT, "ada")
    for _ in range(3):
        throttle.take(session, LIMIT, "ada")
    throttle.forget(session, LIMIT, "ada")
    assert throttle.take(session, LIMIT, "ada")


def test_many_at_the_same_moment_are_no_way_around(sessions: sessionmaker[Session]) -> None:
    told: list[bool] = []
    gate = threading.Barrier(8)

    def try_once() -> None:
        gate.wait()
        for _ in range(3):
            with sessions.begin() as session:
                told.append(throttle.take(session, LIMIT, "ada"))

    threads = [threading.Thread(target=try_once) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert (len(told), sum(told)) == (24, LIMIT.most)


def test_the_table_tells_no_address_and_does_not_grow_for_ever(session: Session) -> None:
    throttle.take(session, LIMIT, "ada@partner.example")
    assert "ada" not in repr(session.execute(select(Tries.__table__)).all())
    with time_machine.travel(clock.now() + timedelta(days=2)):
        throttle.take(session, LIMIT, "bo")
    assert len(session.execute(select(Tries.__table__)).all()) == 1
