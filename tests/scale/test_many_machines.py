"""Two web servers, three Celery workers, PostgreSQL and Redis, all real, and things happen to them.

Whatever ends in the middle, each user of each change has one outcome, and it is what the sandbox's own log of
writes says.
"""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Iterator

import pytest
from sqlalchemy import func, select, true
from sqlalchemy.orm import Session

from partner_center.changes.models import Change, ChangeEntry, ChangeItem
from partner_center.customers.models import Customer
from partner_center.directory.models import Mirror, SubscribedSku
from partner_center.jobs.models import Job
from tests.scale.estate import Estate, estate
from tests.scale.visitor import Visitor

pytestmark = pytest.mark.slow
PEOPLE = ["ada@partner.example", "grace@partner.example"]
SAVES = 9
SLOWLY = {"PARTNER_CENTER_SAVE_PARALLEL": "1"}
"""One batch at a time, so that a save has a middle."""
DONE, NEVER = {"done"}, {"failed", "not_attempted", "already_so"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Estate]:
    with estate(tmp_path_factory.mktemp("estate"), web=2, people=PEOPLE) as made:
        made.sandbox("switches", {"quota": "off", "latency_ms": 250})
        yield made


def roomiest(session: Session) -> list[tuple[int, list[str]]]:
    """Customers with their products, first what most users can be given: its save has a middle."""
    free = SubscribedSku.enabled - SubscribedSku.consumed
    wanted = (
        select(Customer.id, SubscribedSku.sku_id, free, Mirror.user_count - SubscribedSku.consumed)
        .join(Mirror, Mirror.customer_id == Customer.id)
        .join(SubscribedSku, SubscribedSku.customer_id == Customer.id)
        .where(Customer.access_state == "active", free > 0)
    )
    rows = sorted(session.execute(wanted), key=lambda row: -min(row[2], row[3]))
    first: dict[int, list[str]] = {}
    for customer_id, sku_id, _free, _without in rows:
        first.setdefault(customer_id, []).append(sku_id)
    return list(first.items())


def running(session: Session) -> int:
    """Saves that a worker is at."""
    wanted = select(func.count()).where(Job.kind == "change", Job.state == "running", Job.done > 0)
    return session.scalar(wanted) or 0


def test_whatever_ends_in_the_middle_every_user_has_one_true_outcome(site: Estate) -> None:
    with site.reading() as session:
        chosen = roomiest(session)
    assert len(chosen) >= SAVES
    site.sandbox("switches", {"latency_ms": 800})
    ada, grace = (Visitor(site.web, email) for email in PEOPLE)
    doomed, *others = [site.worker(f"worker-{number}", **SLOWLY) for number in range(3)]

    refs = [ada.give(*chosen[0]), grace.give(*chosen[1]), ada.give(*chosen[2])]
    site.redis.stop()
    refs += [grace.give(*chosen[3]), ada.give(*chosen[4]), grace.give(*chosen[5])]
    site.wait_until("three saves at once", lambda session: running(session) == 3)
    doomed.end(signal.SIGKILL)
    site.crash_database()
    site.redis.start()
    site.sandbox("switches", {"latency_ms": 250})
    refs += [ada.give(*chosen[6]), grace.give(*chosen[7]), ada.give(*chosen[8])]

    site.wait_until("the end of every change", lambda session: ended(session, refs) == SAVES)
    with site.reading() as session:
        assert taken_over(session) >= 1, "the killed worker was at something"
        assert judge(session, site) == []
        assert len(judge(lie(session), site)) == 1, "the judge would notice"
    for worker in others:
        assert worker.end() == 0
        assert worker.said.rstrip().endswith("Stopped.")


@pytest.mark.parametrize("broker", ["redis", ""], ids=["celery", "threads"])
def test_a_worker_that_is_told_to_stop_stores_what_is_under_way(site: Estate, broker: str) -> None:
    with site.reading() as session:
        chosen = roomiest(session)[bool(broker)]
    site.sandbox("switches", {"latency_ms": 800})
    settings = SLOWLY | ({} if broker else {"BROKER_URL": ""})
    worker = site.worker(f"stopped-{broker}", **settings)
    ref = Visitor(site.web, PEOPLE[0]).give(*chosen)
    site.wait_until("a save under way", lambda session: states_of(session, ref)["settled"] > 0)

    assert worker.end() == 0
    assert worker.said.rstrip().endswith("Stopped.")
    with site.reading() as session:
        change = session.scalars(select(Change).where(Change.ref == ref)).one()
        states = states_of(session, ref)
        job = session.scalars(select(Job).where(Job.key == f"change:{change.id}")).one()
        assert (job.state, job.attempts) == ("waiting", 0), "handed back, not left to run out"
        assert states["sent"] == 0
        assert states["settled"] > 0
        assert states["waiting"] > 0, "it was in the middle"
    site.sandbox("switches", {"latency_ms": 250})
    next_one = site.worker(f"next-{broker}", **settings)
    site.wait_until("the next worker", lambda _session: "Working" in next_one.said)
    site.wait_until("the end of the change", lambda session: ended(session, [ref]) == 1)
    assert next_one.end() == 0
    with site.reading() as session:
        assert judge(session, site) == []


def states_of(session: Session, ref: str) -> Counter[str]:
    """How many users of the change are waiting, sent, settled."""
    states = select(ChangeItem.state).join(Change, Change.id == ChangeItem.change_id).where(Change.ref == ref)
    return Counter(session.scalars(states))


def lie(session: Session) -> Session:
    """Call one thing failed that was done; the session is never committed."""
    told = session.scalars(select(ChangeEntry).where(ChangeEntry.outcome == "done").limit(1)).one()
    told.outcome = "failed"
    session.flush()
    return session


def ended(session: Session, refs: list[str] | None = None) -> int:
    """How many of these changes, or of all, are finished."""
    some = Change.ref.in_(refs) if refs else true()
    return session.scalar(select(func.count()).where(Change.state == "finished", some)) or 0


def taken_over(session: Session) -> int:
    """Changes some of whose users were settled by one worker and some by a later one."""
    fences = select(ChangeItem.change_id).group_by(ChangeItem.change_id)
    return len(session.scalars(fences.having(func.count(ChangeItem.fence.distinct()) > 1)).all())


def judge(session: Session, site: Estate) -> list[str]:
    """What the rows and the log of writes say differently. Empty is good."""
    writes = Counter(
        (write["target"], sku)
        for write in site.writes()
        if write["kind"] == "assignLicense" and write["status"] < 400
        for sku, _off in write["detail"]["add"]
    )
    told = select(ChangeItem.graph_id, ChangeEntry.sku_id, ChangeEntry.outcome).join(
        ChangeEntry,
        (ChangeEntry.change_id == ChangeItem.change_id) & (ChangeEntry.position == ChangeItem.position),
    )
    found = []
    for user, sku, outcome in session.execute(told):
        done = writes.pop((user, sku), 0)
        if outcome not in DONE | NEVER or bool(done) != (outcome in DONE):
            found.append(f"{user} {sku}: {outcome}, written {done} times")
    found += [f"{user} {sku}: written and never told" for user, sku in writes]
    found += [f"strayed: {call}" for call in site.sandbox("strays")["strays"]]
    for change in session.scalars(select(Change)):
        count = select(func.count()).where(ChangeItem.change_id == change.id, ChangeItem.outcome.is_not(None))
        if session.scalar(count) != change.user_total:
            found.append(f"{change.ref}: not every one of {change.user_total} users has an outcome")
    return found
