"""Syncing as jobs: asked for once, under the job's fence, back later when Microsoft says so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from partner_center.audit.models import AuditEntry
from partner_center.cloud.errors import AccessDenied, CloudError, Throttled, Unreachable
from partner_center.directory.sync_jobs import (
    SYNC_ALL,
    SYNC_CUSTOMER,
    handlers,
    request_sync,
    request_sync_all,
)
from partner_center.jobs import queue
from partner_center.jobs.context import JobContext
from partner_center.jobs.models import Job
from partner_center.jobs.queue import JobState
from partner_center.jobs.worker import Worker
from partner_center.staff.queries import find_actor
from tests.cast import Cast
from tests.make import Make
from tests.unit.directory.sync_cloud import Scene

NOON = datetime(2026, 8, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def scene(sessions: sessionmaker[Session], make: Make) -> Scene:
    """Five users: three pages."""
    return Scene.of(sessions, make, "Ada", "Bo", "Cem", "Dag", "Eva")


def ask(scene: Scene) -> None:
    request_sync(scene.session, scene.customer.id)
    scene.session.commit()


def run(scene: Scene) -> None:
    assert Worker(scene.sessions, dict(handlers(scene.cloud))).run_once()


def job(session: Session, kind: str = SYNC_CUSTOMER) -> Job:
    session.rollback()  # a new look
    return session.scalars(select(Job).where(Job.kind == kind)).one()


def test_a_second_wish_while_one_waits_is_the_same_job(scene: Scene) -> None:
    first = request_sync(scene.session, scene.customer.id)
    assert request_sync(scene.session, scene.customer.id).id == first.id
    assert request_sync(scene.session, scene.customer.id + 1).id != first.id
    assert request_sync_all(scene.session).id == request_sync_all(scene.session).id


def test_what_somebody_asks_for_goes_before_what_the_clock_asks_for(session: Session, cast: Cast) -> None:
    by_clock = request_sync_all(session)
    assert by_clock.priority < 0
    by_clock.state = JobState.DONE
    assert request_sync_all(session, find_actor(session, cast.helpdesk.id)).priority == 0


def test_who_asked_is_written_down(session: Session, cast: Cast) -> None:
    actor = find_actor(session, cast.helpdesk.id)
    request_sync(session, cast.fjord.id, actor)
    request_sync_all(session, actor)
    request_sync_all(session)  # by the clock
    session.commit()
    entries = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    asked = [one for one in entries if one.action == "sync_requested"]
    assert [(one.actor_id, one.customer_id) for one in asked] == [
        (cast.helpdesk.id, cast.fjord.id),
        (cast.helpdesk.id, None),
    ]


def test_the_job_syncs_and_tells_its_progress(scene: Scene) -> None:
    ask(scene)
    seen: list[int] = []

    def look(_what: str, _tenant_id: str) -> None:
        with scene.sessions() as looking:
            seen.append(looking.scalars(select(Job.done)).one())

    scene.cloud.on_call = look
    run(scene)
    assert sorted(set(seen)) == [0, 2, 4, 5], "the sign-ins are asked for when all users are told"
    done = job(scene.session)
    assert (done.state, done.done) == (JobState.DONE, 5)
    assert scene.mirror.user_count == 5


@time_machine.travel(NOON, tick=False)
@pytest.mark.parametrize(("wait", "seconds"), [(41.0, 41), (None, 30)])
def test_a_throttled_sync_comes_back_by_itself(scene: Scene, wait: float | None, seconds: int) -> None:
    ask(scene)
    scene.cloud.fail("users", Throttled(wait), after=1)
    run(scene)
    waiting = job(scene.session)
    assert (waiting.state, waiting.run_after) == (JobState.WAITING, NOON + timedelta(seconds=seconds))
    scene.cloud.heal()
    scene.cloud.asked()
    with time_machine.travel(NOON + timedelta(minutes=1), tick=False):
        run(scene)
    assert scene.links() == ["users from 2", "users from 4"]
    assert scene.mirror.user_count == 5


@pytest.mark.parametrize("error", [AccessDenied(403, "Denied", "No."), Unreachable("Late.")])
def test_a_failed_sync_is_told_on_the_page_and_not_tried_for_ever(scene: Scene, error: CloudError) -> None:
    ask(scene)
    scene.cloud.fail("skus", error)
    run(scene)
    assert job(scene.session).state == JobState.DONE
    assert scene.mirror.error


def test_a_sync_whose_job_was_taken_over_stops_and_stores_nothing(scene: Scene) -> None:
    ask(scene)

    def take_over(what: str, _tenant_id: str) -> None:
        if what == "users from 2":
            with scene.sessions() as other:
                other.scalars(select(Job)).one().fence += 1
                other.commit()

    scene.cloud.on_call = take_over
    run(scene)
    kept = scene.mirror
    assert (kept.user_count, kept.resume_link, kept.error) == (2, "2", None)


def test_all_means_the_list_and_a_job_for_each_customer(scene: Scene) -> None:
    other = scene.make.customer("Other")
    scene.cloud.tenant(other.tenant_id, "Other")
    request_sync(scene.session, other.id)  # waits already: stays as it is
    request_sync_all(scene.session)
    scene.session.commit()
    with scene.sessions() as claiming:
        claimed = queue.claim(claiming, [SYNC_ALL])
        claiming.commit()
    assert claimed is not None
    context = JobContext(claimed.id, SYNC_ALL, {}, claimed.fence, 1, 0, scene.sessions)
    assert handlers(scene.cloud)[SYNC_ALL](context) is None
    scene.session.rollback()
    jobs = scene.session.scalars(select(Job).where(Job.kind == SYNC_CUSTOMER).order_by(Job.priority)).all()
    assert [(one.payload["customer_id"], one.priority < 0) for one in jobs] == [
        (scene.customer.id, True),
        (other.id, False),
    ]


def test_a_list_that_cannot_be_read_is_tried_again(scene: Scene) -> None:
    request_sync_all(scene.session)
    scene.session.commit()
    scene.cloud.fail("customers", Unreachable("Late."))
    run(scene)
    assert job(scene.session, SYNC_ALL).state == JobState.WAITING
