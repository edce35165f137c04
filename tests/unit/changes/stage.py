"""A customer with users, a fake Microsoft behind it, and a worker that runs one claim at a time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pyroaring import BitMap
from sqlalchemy import select, update
from sqlalchemy.orm import Session, sessionmaker
from structlog.testing import capture_logs

from partner_center.changes import queries, service
from partner_center.changes.models import Change, ChangeEntry, ChangeItem, TenantPace
from partner_center.changes.pace import Quota
from partner_center.changes.pins import pin
from partner_center.changes.planning import everybody, make_plan
from partner_center.changes.runner import change_handler, on_failed
from partner_center.changes.situation import kinds_of, look
from partner_center.changes.views import PlanView, Progress, ResultView
from partner_center.cloud.port import RemoteLicense, RemoteSku, RemoteUser
from partner_center.customers.models import Customer
from partner_center.directory import listing, selection
from partner_center.directory.models import Mirror
from partner_center.directory.sync import sync_customer
from partner_center.directory.sync_jobs import handlers
from partner_center.jobs.context import Handler
from partner_center.jobs.models import Job
from partner_center.jobs.queue import enqueue
from partner_center.jobs.worker import Worker
from partner_center.licensing.values import Op, PlanMode, ProductWish, Wish
from partner_center.shared import clock
from partner_center.staff.models import StaffMember
from partner_center.staff.queries import actor_of
from tests.make import Make, guid
from tests.unit.changes.fake_cloud import FakeCloud

E3, VISIO, FLOW = (guid(f"sku {word}") for word in ("E3", "VISIO", "FLOW"))
EXO, TEAMS, DRAWING = (guid(f"plan {word}") for word in ("EXO", "TEAMS", "DRAWING"))
MAILBOX = "EXCHANGE_S_ENTERPRISE"
PLANS = {E3: ((EXO, MAILBOX), (TEAMS, "TEAMS1")), VISIO: ((DRAWING, "VISIO_WEB"),), FLOW: ()}


def sku(sku_id: str, enabled: int = 100, **fields: object) -> RemoteSku:
    """A product of the tenant with its plans; `consumed` is worked out by the fake."""
    plans = tuple(
        {"id": plan, "name": name, "applies_to": "User", "status": "Success"}
        for plan, name in PLANS.get(sku_id, ())
    )
    told = {"warning": 0, "suspended": 0, "locked_out": 0, "consumed": 0, "applies_to": "User"}
    told |= {"capability_status": "Enabled", "part_number": f"PART-{sku_id[:4]}", "plans": plans}
    return RemoteSku(sku_id=sku_id, enabled=enabled, **(told | fields))  # type: ignore[arg-type]


def held(
    sku_id: str, *, direct: bool = True, groups: Sequence[str] = (), off: Sequence[str] = ()
) -> RemoteLicense:
    """A licence of a user."""
    return RemoteLicense(sku_id, direct=direct, groups=tuple(groups), off=tuple(off), error=None)


def assign(*skus: str, off: Sequence[str] = ()) -> Wish:
    """Give these products."""
    return Wish({one: ProductWish(Op.ASSIGN, dict.fromkeys(off, PlanMode.OFF)) for one in skus})


def revoke(*skus: str) -> Wish:
    """Take these products."""
    return Wish({one: ProductWish(Op.REVOKE) for one in skus})


def swap(old: str, new: str) -> Wish:
    """Take one, give the other."""
    return Wish({old: ProductWish(Op.REVOKE), new: ProductWish(Op.ASSIGN)})


def endless() -> Quota:
    """A quota that refills at once: time is skipped here, not waited for."""
    return Quota(per_second=1e9)


class Stage:
    """Everything a change needs. `numbers` are the users' own, in the order they were given."""

    def __init__(
        self,
        make: Make,
        sessions: sessionmaker[Session],
        member: StaffMember,
        cloud: FakeCloud,
        *,
        parallel: int = 3,
    ) -> None:
        self.session, self.sessions, self.cloud = make.session, sessions, cloud
        self.member, self.actor = member, actor_of(member)
        self.customer: Customer = make.customer("Contoso")
        cloud.tenant_id = self.customer.tenant_id
        handle = change_handler(cloud, parallel=parallel, quota=endless())
        self.worker = Worker(
            sessions,
            {"change": handle, **handlers(cloud)},
            on_failed={"change": on_failed},
        )
        sync_customer(sessions, cloud, self.customer.id)
        self.fresh()

    @classmethod
    def of(
        cls,
        make: Make,
        sessions: sessionmaker[Session],
        member: StaffMember,
        users: Sequence[RemoteUser],
        skus: Sequence[RemoteSku],
        **fields: object,
    ) -> Stage:
        cloud = FakeCloud({user.graph_id: user for user in users}, {one.sku_id: one for one in skus})
        return cls(make, sessions, member, cloud, **fields)  # type: ignore[arg-type]

    def use(self, handler: Handler) -> None:
        """Let this handler do the changes."""
        self.worker._table = {**self.worker._table, "change": handler}

    def allow_attempts(self, most: int) -> None:
        """How often the jobs there are may fail before they are given up."""
        with self.sessions() as session:
            session.execute(update(Job).values(max_attempts=most))
            session.commit()

    def forget_links(self) -> None:
        """Microsoft no longer knows where the last sync stopped."""
        gone = {"delta_link": None, "resume_link": None, "resume_delta_link": None}
        with self.sessions() as session:
            session.execute(update(Mirror).where(Mirror.customer_id == self.customer.id).values(gone))
            session.commit()

    def resync(self) -> None:
        """A whole sync from what the tenant has now."""
        self.forget_links()
        sync_customer(self.sessions, self.cloud, self.customer.id)
        self.fresh()

    def tell(self, *users: RemoteUser) -> None:
        """Another admin changes these users, and a sync tells the mirror."""
        for user in users:
            self.cloud.change(user)
        sync_customer(self.sessions, self.cloud, self.customer.id)
        self.fresh()

    def fresh(self) -> None:
        """Let the test's session see what others committed."""
        self.session.commit()
        self.session.expire_all()

    @property
    def everybody(self) -> BitMap:
        return listing.living(self.session, self.customer.id)

    def number(self, user: RemoteUser) -> int:
        return listing.numbers_of(self.session, self.customer.id, [user.graph_id])[user.graph_id]

    def submit(self, wish: Wish, members: BitMap | None = None, key: str = "key", **fields: object) -> Change:
        chosen = self.everybody if members is None else members
        change = service.submit(
            self.session,
            self.actor,
            self.customer.id,
            chosen,
            wish,
            key=key,
            **fields,  # type: ignore[arg-type]
        )
        self.session.commit()
        return change

    def save(self, change: Change, **fields: object) -> service.SaveResult:
        """As a person who reads the review and presses Save."""
        view = self.plan(change)
        result = service.save(
            self.session,
            self.actor,
            self.customer.id,
            change.ref,
            digest=view.digest,
            **fields,  # type: ignore[arg-type]
        )
        self.session.commit()
        return result

    def submit_and_save(
        self, wish: Wish, members: BitMap | None = None, *, key: str = "key", **fields: object
    ) -> Change:
        change = self.submit(wish, members, key=key)
        if change.state == "planned":
            assert self.save(change, **fields) is service.SaveResult.SAVED
        return change

    def running(self, *asked: tuple[Wish, Sequence[RemoteUser]]) -> Change:
        """A change that has begun, with another wish for each set of users (as undoing will have)."""
        situation = look(self.session, self.customer.id)
        members = BitMap()
        kinds = []
        for wish, users in asked:
            some = BitMap(self.number(user) for user in users)
            members |= some
            kinds += make_plan(
                kinds_of(self.session, self.customer.id, some),
                everybody(wish, some),
                situation.context,
                situation.available,
                today=clock.now().date(),
            ).kinds
        change = self.submit(asked[0][0], members)
        change.state, change.groups = "running", pin(kinds)
        change.saved_at = change.started_at = clock.now()
        pairs = sum(len(each.kind.members) * len(each.judged) for each in kinds)
        change.plan = {"summary": {"asked": pairs}, "language": "en"}
        enqueue(self.session, "change", {"change_id": change.id}, key=f"change:{change.id}")
        self.session.commit()
        return change

    def select(self, members: BitMap) -> None:
        selection.replace(self.session, self.actor, self.customer.id, members)
        self.session.commit()

    def selected(self) -> BitMap:
        return selection.get_selection(self.session, self.actor, self.customer.id).members

    def progress(self, change: Change) -> Progress:
        return queries.progress(self.session, self.actor, self.customer.id, change.ref)

    def run(self, turns: int = 200, *, tolerant: bool = False) -> None:
        """Let the worker work until no job is left, skipping every wait."""
        if tolerant:
            with capture_logs():  # tracebacks are expected, and slow to print
                self._run(turns, tolerant=True)
        else:
            self._run(turns, tolerant=False)

    def _run(self, turns: int, *, tolerant: bool) -> None:
        for _ in range(turns):
            if not self.worker.run_once() and not self._skip_waiting():
                break
            self.fresh()
            if not tolerant:
                assert not list(self.session.scalars(select(Job.error).where(Job.error.is_not(None))))
        else:
            raise AssertionError("the job does not come to an end")
        self.fresh()

    def _skip_waiting(self) -> bool:
        """Time passes: what was postponed is due."""
        with self.sessions() as session:
            due = datetime(2000, 1, 1, tzinfo=clock.now().tzinfo)
            moved = session.execute(
                update(Job)
                .where(Job.state == "waiting", Job.run_after > clock.now())
                .values(run_after=due)
                .returning(Job.id)
            ).all()
            session.execute(
                update(ChangeItem).where(ChangeItem.not_before.is_not(None)).values(not_before=due)
            )
            session.execute(update(TenantPace).values(busy_until=None, level=3000))
            session.execute(update(TenantPace).where(TenantPace.retry_at.is_not(None)).values(retry_at=due))
            session.commit()
        return bool(moved)

    def carry_out(
        self, wish: Wish, members: BitMap | None = None, *, key: str = "key", **fields: object
    ) -> ResultView:
        """Submit, save, run, read the result."""
        change = self.submit_and_save(wish, members, key=key, **fields)
        self.run()
        return self.result(change)

    def plan(self, change: Change) -> PlanView:
        view = queries.change_view(self.session, self.actor, self.customer.id, change.ref)
        assert isinstance(view, PlanView)
        return view

    def result(self, change: Change) -> ResultView:
        view = queries.change_view(self.session, self.actor, self.customer.id, change.ref)
        assert isinstance(view, ResultView), view
        return view

    def outcomes(self, change: Change) -> dict[tuple[str, str], tuple[str, str | None]]:
        """(user's name, sku) → (outcome, reason)."""
        rows = self.session.execute(
            select(ChangeItem.display_name, ChangeEntry.sku_id, ChangeEntry.outcome, ChangeEntry.reason)
            .join(
                ChangeEntry,
                (ChangeEntry.change_id == ChangeItem.change_id)
                & (ChangeEntry.position == ChangeItem.position),
            )
            .where(ChangeItem.change_id == change.id)
        )
        return {(name, sku_id): (outcome, reason) for name, sku_id, outcome, reason in rows}

    def assert_true_to_microsoft(self) -> None:
        """The mirror shows what Microsoft has: users, and seats by Microsoft's own count."""
        rows = {
            row.graph_id: row for row in listing.rows_of(self.session, self.customer.id, list(self.everybody))
        }
        for user in self.cloud.users_by_id.values():
            row = rows[user.graph_id]
            assert row.usage_location == user.usage_location
            told = tuple((one.sku_id, one.direct, one.groups, one.off) for one in row.licenses)
            assert told == tuple((one.sku_id, one.direct, one.groups, one.off) for one in user.licenses)
