"""Whatever the users hold, whatever Microsoft answers, whenever the worker dies: the result is the truth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import chain, repeat

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update
from sqlalchemy.orm import Session, sessionmaker

from partner_center.changes.invariants import violations
from partner_center.changes.items import is_so
from partner_center.changes.models import Change, ChangeEntry, ChangeItem
from partner_center.changes.runner import change_handler
from partner_center.changes.states import Outcome
from partner_center.cloud.port import RemoteLicense, RemoteUser
from partner_center.jobs.context import JobContext, Reschedule
from partner_center.jobs.models import Job
from partner_center.licensing.deeds import Deed
from partner_center.licensing.values import LocationScope, LocationWish, Op, PlanMode, ProductWish, Wish
from partner_center.shared import clock
from tests.cast import Cast
from tests.make import Make
from tests.unit.changes.fake_cloud import FakeCloud, Fate
from tests.unit.changes.stage import DRAWING, E3, EXO, FLOW, PLANS, TEAMS, VISIO, Stage, endless, held, sku

SKUS = (E3, VISIO, FLOW)
FATES = st.sampled_from(
    [Fate.NORMAL, Fate.NORMAL, Fate.SILENT, Fate.THROTTLED, Fate.LOST_BEFORE, Fate.LOST_AFTER, Fate.SHUT]
)


class Killed(BaseException):
    """The worker dies here."""


@dataclass
class MortalContext:
    """A context whose worker dies at the given checkpoints, before or after the commit."""

    ctx: JobContext
    deaths: Iterator[str]

    def __getattr__(self, name: str) -> object:
        return getattr(self.ctx, name)

    def checkpoint(self, session: Session, done: int | None = None, total: int | None = None) -> None:
        death = next(self.deaths)
        if death == "before":
            session.rollback()
            raise Killed
        self.ctx.checkpoint(session, done, total)
        if death == "after":
            raise Killed


@st.composite
def licenses(draw: st.DrawFn) -> tuple[RemoteLicense, ...]:
    found = []
    for one in sorted(draw(st.sets(st.sampled_from(SKUS)))):
        direct, grouped = draw(st.sampled_from([(True, False), (True, False), (False, True), (True, True)]))
        plans = [plan for plan, _ in PLANS[one]]
        off = draw(st.sets(st.sampled_from(plans))) if plans and not grouped else set()
        found.append(held(one, direct=direct, groups=("group",) if grouped else (), off=sorted(off)))
    return tuple(found)


@st.composite
def wishes(draw: st.DrawFn) -> Wish:
    products = {}
    for one in SKUS:
        op = draw(st.sampled_from([Op.LEAVE, Op.ASSIGN, Op.ASSIGN, Op.REVOKE]))
        plans = [plan for plan, _ in PLANS[one]]
        modes = draw(st.dictionaries(st.sampled_from(plans), st.sampled_from(PlanMode))) if plans else {}
        products[one] = ProductWish(op, {} if op is Op.REVOKE else modes)
    location = draw(st.none() | st.builds(LocationWish, st.just("NO"), st.sampled_from(LocationScope)))
    wish = Wish(products, location)
    return wish.with_product(FLOW, ProductWish(Op.ASSIGN)) if wish.is_empty else wish


@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    people=st.lists(st.tuples(licenses(), st.sampled_from(["US", "US", None])), min_size=1, max_size=12),
    spare=st.tuples(*[st.integers(0, 8)] * 3),
    wish=wishes(),
    fates=st.lists(FATES, max_size=40),
    deaths=st.lists(st.sampled_from(["", "", "", "before", "after"]), max_size=25),
    exclusive=st.booleans(),
    skip=st.booleans(),
)
def test_every_request_ends_with_exactly_one_true_outcome(  # noqa: PLR0917 - hypothesis fills them
    make: Make,
    sessions: sessionmaker[Session],
    cast: Cast,
    people: list[tuple[tuple[RemoteLicense, ...], str | None]],
    spare: tuple[int, int, int],
    wish: Wish,
    fates: list[Fate],
    deaths: list[str],
    exclusive: bool,
    skip: bool,
) -> None:
    users = [
        make.user(f"User {n:02}", licenses=licenses, usage_location=location)
        for n, (licenses, location) in enumerate(people)
    ]
    cloud = _cloud(users, spare, exclusive=exclusive)
    stage = Stage(make, sessions, cast.admin, cloud, parallel=2)
    before = dict(cloud.users_by_id)
    script = chain(fates, repeat(Fate.NORMAL))
    cloud.fate = lambda _: next(script)

    change = stage.submit_and_save(wish, skip_expected=skip)
    _run_to_the_end(stage, chain(deaths, repeat("")))

    result = stage.result(change)
    assert result.users_sums.adds_up
    assert result.changes_sums.adds_up
    assert cloud.met_twice == []
    assert cloud.oversold == []
    for user, deed, outcome in _entries(stage.session, change):
        _assert_true(deed, outcome, before[user], cloud.users_by_id[user])
    if not result.changes_sums.unknown:
        stage.assert_true_to_microsoft()


def _cloud(users: list[RemoteUser], spare: tuple[int, int, int], *, exclusive: bool) -> FakeCloud:
    cloud = FakeCloud(
        {user.graph_id: user for user in users},
        {one: sku(one) for one in SKUS},
        exclusive=(frozenset({TEAMS, DRAWING}), frozenset({EXO, "nothing"})) if exclusive else (),
    )
    for one, extra in zip(SKUS, spare, strict=True):
        cloud.products[one] = replace(cloud.products[one], enabled=cloud.consumed(one) + extra)
    return cloud


def _run_to_the_end(stage: Stage, deaths: Iterator[str]) -> None:
    """Claim after claim, the lease of each dead worker run out."""
    handle = change_handler(stage.cloud, parallel=2, quota=endless())

    def mortal(ctx: JobContext) -> Reschedule | None:
        return handle(MortalContext(ctx, deaths))  # type: ignore[arg-type]

    stage.worker._table = {**stage.worker._table, "change": mortal}
    for _ in range(100):
        try:
            stage.run()
        except Killed:
            with stage.sessions() as session:
                _assert_adds_up(session)
                gone = clock.now() - timedelta(seconds=1)
                session.execute(update(Job).where(Job.state == "running").values(lease_until=gone))
                session.commit()
        else:
            _assert_adds_up(stage.session)
            return
    raise AssertionError("the change does not come to an end")


def _assert_adds_up(session: Session) -> None:
    """At any moment: requested = done + already so + failed + not attempted + unknown + still open."""
    assert violations(session) == []
    for change in session.scalars(select(Change).where(Change.expanded_to == Change.user_total)):
        ends = Counter(session.scalars(select(ChangeEntry.outcome).where(ChangeEntry.change_id == change.id)))
        still_open = ends.pop(None, 0)
        assert set(ends) <= set(Outcome)
        assert change.plan["summary"]["asked"] == sum(ends[outcome] for outcome in Outcome) + still_open
        assert still_open == 0 or change.state == "running"


def _entries(session: Session, change: Change) -> Iterator[tuple[str, Deed, Outcome]]:
    rows = session.execute(
        select(ChangeItem.graph_id, ChangeEntry.value, ChangeEntry.outcome)
        .join(
            ChangeEntry,
            (ChangeEntry.change_id == ChangeItem.change_id) & (ChangeEntry.position == ChangeItem.position),
        )
        .where(ChangeItem.change_id == change.id)
    )
    for graph_id, value, outcome in rows:
        yield graph_id, Deed.from_json(value["deed"]), Outcome(outcome)


def _assert_true(deed: Deed, outcome: Outcome, before: RemoteUser, now: RemoteUser) -> None:
    """Nobody else acts in this test, so what is so now and was not before was done by the change."""
    match outcome:
        case Outcome.DONE:
            assert is_so(deed, now)
        case Outcome.ALREADY_SO:
            assert deed.already or is_so(deed, now)
        case Outcome.FAILED | Outcome.NOT_ATTEMPTED:
            assert is_so(deed, now) == is_so(deed, before)
        case Outcome.UNKNOWN:
            pass
