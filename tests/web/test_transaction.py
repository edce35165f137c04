"""One request, one transaction: the deed, its audit entry and its job, all or none."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from flask import Blueprint, Flask, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Engine, event, func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from partner_center.audit import service as audit
from partner_center.audit.models import AuditEntry
from partner_center.audit.service import Action
from partner_center.catalog.models import Product
from partner_center.extensions import db
from partner_center.jobs import queue
from partner_center.jobs.context import job_sessions
from partner_center.jobs.models import Job
from partner_center.shared.errors import Conflict
from partner_center.web import transaction
from partner_center.web.guards import public, signed_in
from tests.cast import Cast
from tests.page import PageClient
from tests.web.probe import ProbeApp, plain

hooks: list[str] = []


def deed() -> None:
    """Something to store, its audit entry, its job."""
    db.session.add(Product(sku_id="deed", part_number="D", name="0"))
    audit.record(db.session(), None, Action.CHANGE_SAVED, subject="deed")
    queue.enqueue(db.session(), "work", {})
    transaction.after_commit(lambda: hooks.append("ran"))


def answer() -> ResponseReturnValue:
    deed()
    return plain("answer", int(request.form.get("status", 200)))


def refuse() -> ResponseReturnValue:
    deed()
    raise Conflict("The licenses have changed. Open the page again.")


def explode() -> ResponseReturnValue:
    deed()
    raise RuntimeError("boom")


def write_in_a_get() -> ResponseReturnValue:
    deed()
    return plain("written")


def count_up() -> ResponseReturnValue:
    product = db.session.get_one(Product, "counter")
    product.name = str(int(product.name) + 1)
    return redirect("/up", 303)


def look_twice() -> ResponseReturnValue:
    """What a page reads first and last, with somebody else's commit in between."""
    counting = select(func.count()).select_from(Product)
    first = db.session.scalar(counting)
    with job_sessions(db.engine)() as other:
        other.add(Product(sku_id="meanwhile", part_number="M", name="0"))
        other.commit()
    return plain(f"{first} {db.session.scalar(counting)}")


@pytest.fixture
def app(probe: ProbeApp) -> Flask:
    hooks.clear()
    area = Blueprint("deeds", __name__)
    for view in (answer, refuse, explode, count_up):
        area.add_url_rule(f"/{view.__name__}", view_func=signed_in(mark_free(view)), methods=["POST"])
    area.add_url_rule("/late", "late", public(transaction.locks_late(mark_free(count_up))), methods=["POST"])
    area.add_url_rule("/write", "write", public(mark_free(write_in_a_get)))
    area.add_url_rule("/twice", "twice", public(mark_free(look_twice)))
    return probe.build(area)


def mark_free(view: Callable[[], ResponseReturnValue]) -> Callable[[], ResponseReturnValue]:
    """A fresh function, so that a mark does not stay for the next test."""

    def fresh() -> ResponseReturnValue:
        return view()

    fresh.__name__ = view.__name__
    return fresh


@pytest.fixture
def signed(app: Flask, cast: Cast, clean: None) -> PageClient:
    return PageClient(app).sign_in(cast.admin)


def stored(session: Session) -> tuple[int, int, int, list[str]]:
    """Deeds, their audit entries, their jobs, and the hooks that ran."""
    deeds = session.scalar(select(func.count()).select_from(Product)) or 0
    saved = select(func.count()).select_from(AuditEntry).where(AuditEntry.action == "change_saved")
    jobs = session.scalar(select(func.count()).select_from(Job)) or 0
    return deeds, session.scalar(saved) or 0, jobs, list(hooks)


ALL, NONE = (1, 1, 1, ["ran"]), (0, 0, 0, [])


def test_an_answer_below_400_keeps_all_three(signed: PageClient, session: Session) -> None:
    signed.post("/answer", status=200)
    assert stored(session) == ALL


@pytest.mark.parametrize("status", [400, 409, 422, 503])
def test_any_other_answer_keeps_none(signed: PageClient, session: Session, status: int) -> None:
    signed.post("/answer", {"status": status}, status=status)
    assert stored(session) == NONE


def test_an_exception_keeps_none(signed: PageClient, session: Session) -> None:
    signed.post("/explode", status=500)
    assert stored(session) == NONE


def test_a_refusal_keeps_none_but_its_own_entry(signed: PageClient, session: Session, cast: Cast) -> None:
    page = signed.post("/refuse", status=409)
    assert "The licenses have changed. Open the page again." in page.text
    assert stored(session) == NONE
    entry = session.scalars(select(AuditEntry)).one()
    assert (entry.action, entry.actor_id, entry.subject) == ("refused", cast.admin.id, "/refuse")
    assert entry.details == {"reason": "The licenses have changed. Open the page again.", "status": 409}
    assert entry.request_id == page.response.headers["X-Request-ID"]


@pytest.mark.parametrize(
    ("problem", "status"),
    [
        (RuntimeError("disk full"), 500),
        (OperationalError("COMMIT", {}, Exception("database is locked")), 503),
    ],
)
def test_a_commit_that_fails_is_a_failure_and_runs_no_hook(
    signed: PageClient, session: Session, problem: Exception, status: int
) -> None:
    def fail(_session: Session) -> None:
        raise problem

    event.listen(db.session, "before_commit", fail)
    try:
        signed.post("/answer", status=status)
    finally:
        event.remove(db.session, "before_commit", fail)
    assert stored(session) == NONE


def test_workers_are_woken_after_the_commit_only(app: Flask, signed: PageClient) -> None:
    waker = app.extensions["waker"]
    before = waker.calls
    signed.post("/refuse", status=409)
    signed.post("/answer", {"status": 422}, status=422)
    assert waker.calls == before
    signed.post("/answer", status=200)
    assert waker.calls > before


def test_reading_a_page_can_not_write(app: Flask, session: Session) -> None:
    PageClient(app).get("/write", status=500)
    assert stored(session) == NONE


def test_a_connection_that_served_a_reader_can_write_again(app: Flask, session: Session) -> None:
    PageClient(app).get("/up")
    with app.app_context():
        db.session.add(Product(sku_id="job", part_number="J", name="0"))
        db.session.commit()
    assert session.get(Product, "job") is not None


def test_a_connection_that_could_write_only_reads_again(signed: PageClient, session: Session) -> None:
    signed.get("/customers")
    signed.post("/answer", {"status": 422}, status=422)
    signed.get("/write", status=500)
    assert stored(session) == NONE


def hammer(app: Flask, path: str, cast: Cast) -> list[int]:
    """Eight people send the same form ten times each; how they were answered."""
    clients = [PageClient(app).sign_in(cast.admin) for _ in range(8)]
    tokens = [client.token() for client in clients]
    answers: list[int] = []

    def send(client: PageClient, token: str) -> None:
        for _ in range(10):
            answers.append(client.client.post(path, data={"csrf_token": token}).status_code)

    threads = [threading.Thread(target=send, args=pair) for pair in zip(clients, tokens, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return answers


def test_a_page_shows_one_moment(app: Flask, session: Session) -> None:
    said = PageClient(app).client.get("/twice")
    assert said.status_code == 200
    assert "0 0" in said.get_data(as_text=True)
    assert session.scalar(select(func.count()).select_from(Product)) == 1, "the other one did commit"


def test_no_update_is_lost_between_two_people(
    app: Flask, cast: Cast, session: Session, engine: Engine
) -> None:
    if engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL has row locks instead; the services take them")
    session.add(Product(sku_id="counter", part_number="C", name="0"))
    session.commit()
    assert hammer(app, "/count_up", cast) == [303] * 80
    session.rollback()
    assert session.get_one(Product, "counter", populate_existing=True).name == "80"


def test_without_the_early_lock_the_counting_above_fails(
    app: Flask, cast: Cast, session: Session, engine: Engine
) -> None:
    """The control: the same view, reading before it locks."""
    if engine.dialect.name != "sqlite":
        pytest.skip("as above")
    session.add(Product(sku_id="counter", part_number="C", name="0"))
    session.commit()
    hammer(app, "/late", cast)
    session.rollback()
    assert session.get_one(Product, "counter", populate_existing=True).name != "80"
