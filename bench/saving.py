"""Saves against the sandbox, 200 ms an HTTP answer, 8 batches at a time: how near they come to the ideal.

With the quota off the ideal is the waiting alone: ceil(batches / 8) answers. With Microsoft's quota on
(3,000 writes at once, then 20 a second; its clock runs faster here, or one try would take six minutes) it is
the quota's own floor. Measured is the time from **Save** to the result, with a worker as the product has it.
"""

from __future__ import annotations

import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

from pyroaring import BitMap
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session, sessionmaker

from bench.serving import free_port
from partner_center import schema
from partner_center.changes import service
from partner_center.changes.finishing import entry_sums
from partner_center.changes.models import Change
from partner_center.changes.pace import CAPACITY, PER_SECOND, Quota
from partner_center.changes.planning import everybody
from partner_center.changes.runner import change_handler
from partner_center.changes.saving import JOB_KIND, job_key
from partner_center.changes.situation import plan_now
from partner_center.cloud.connect import connect
from partner_center.cloud.port import BATCH_SIZE, Cloud
from partner_center.cloud.settings import CloudSettings
from partner_center.directory.listing import living
from partner_center.directory.models import SubscribedSku
from partner_center.directory.sync import sync_customer
from partner_center.directory.sync_all import sync_customers
from partner_center.jobs.context import job_sessions
from partner_center.jobs.queue import FINAL, find_by_key
from partner_center.jobs.worker import Worker
from partner_center.licensing.values import Op, ProductWish, Wish
from partner_center.sandbox.demo_identity import CLIENT_ID, CLIENT_SECRET, PARTNER_TENANT_ID, REFRESH_TOKEN
from partner_center.shared.ids import new_token
from partner_center.shared.orm import prepare_sqlite
from partner_center.staff.actor import Actor
from partner_center.staff.queries import actor_of
from partner_center.staff.roles import Role
from partner_center.staff.service import add_member

ROOT = Path(__file__).resolve().parent.parent
PARALLEL, LATENCY_MS = 8, 200
MOST_OTHER_CALLS = 5
"""Beside the batches, where the quota is off."""


@dataclass(frozen=True, slots=True)
class Case:
    """`products` given to each of `users`; `wanted` is the ratio to the ideal that is promised.

    `clock` is how much faster than Microsoft's the quota's clock runs; None: there is no quota.
    """

    users: int
    products: int
    tries: int
    wanted: float
    clock: float | None = None

    @property
    def batches(self) -> int:
        """HTTP calls that there have to be."""
        return math.ceil(self.users / BATCH_SIZE)

    @property
    def ideal(self) -> float:
        """Seconds it takes whatever the client does."""
        if self.clock is None:
            return math.ceil(self.batches / PARALLEL) * LATENCY_MS / 1000
        return max(0, self.users - CAPACITY) / (PER_SECOND * self.clock)

    @property
    def conditions(self) -> str:
        """In words."""
        if self.clock is None:
            return "quota off"
        return f"Microsoft's quota on a clock {self.clock:g} times as fast"


CASES = (
    Case(users=1_000, products=2, tries=5, wanted=1.3),
    Case(users=10_000, products=3, tries=3, wanted=1.15),
    Case(users=10_000, products=3, tries=1, wanted=1.05, clock=4),
)


@dataclass(frozen=True, slots=True)
class Saved:
    """One save: seconds from Save to the result, all HTTP calls it made, what the sandbox wrote, and the
    seconds of processor time of the console and of the sandbox."""

    seconds: float
    calls: int
    batches: int
    writes: int
    console_cpu: float
    sandbox_cpu: float


class Sandbox:
    """A sandbox process and the doors of it that Microsoft does not have."""

    def __init__(self, url: str, process: subprocess.Popen[bytes]) -> None:
        self.url, self.process = url, process

    def ask(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """One control call; a POST when there is a body."""
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(  # noqa: S310 - our own server
            f"{self.url}/sandbox/{path}", data, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request) as answer:  # noqa: S310 - our own server
            found: dict[str, Any] = json.load(answer)
        return found

    def writes(self) -> int:
        """Licence writes that were let through, by its own log."""
        kinds: list[str] = []
        after = 0
        while found := self.ask(f"writes?after={after}")["writes"]:
            kinds += [write["kind"] for write in found]
            after = found[-1]["seq"]
        return kinds.count("assignLicense")

    def calls(self) -> dict[str, int]:
        """HTTP calls since they were cleared, by what was called."""
        return {path: count for path, count in self.ask("requests").items() if "/sandbox" not in path}

    def cpu(self) -> float:
        """Seconds of processor time it has taken; 0 where the system does not tell."""
        try:
            fields = Path(f"/proc/{self.process.pid}/stat").read_text("ascii").rpartition(")")[2].split()
        except OSError:
            return 0.0
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def door(self) -> Cloud:
        """As the console comes in."""
        return connect(
            CloudSettings(
                graph_url=f"{self.url}/graph/v1.0",
                partner_center_url=f"{self.url}/partnercenter/v1",
                login_url=f"{self.url}/login",
                partner_tenant_id=PARTNER_TENANT_ID,
                client_id=CLIENT_ID,
                client_secret=CLIENT_SECRET,
                refresh_token=REFRESH_TOKEN,
            )
        )


def main() -> None:
    """Print each case: the median of some saves, every one against a fresh tenant."""
    for case in CASES:
        saves = []
        for _ in range(case.tries):
            with staged(case.users) as stage:
                saves.append(save_once(stage, case))
        ratio = statistics.median(save.seconds for save in saves) / case.ideal
        print(f"   {case.users:,} users x {case.products} products, {case.conditions}:")
        print(f"   {ratio:.2f} x of the ideal {case.ideal:.2f} s; wanted {case.wanted:g} x", flush=True)
        for save in saves:
            print(
                f"      {save.seconds:.2f} s, {save.batches} batches and {save.calls - save.batches} other "
                f"calls, {save.writes:,} writes; processor: console {save.console_cpu:.1f} s, "
                f"sandbox {save.sandbox_cpu:.1f} s"
            )
        assert all(save.writes == case.users for save in saves), "a user was written twice, or not at all"
        if case.clock is None:
            others = max(save.calls - save.batches for save in saves)
            assert all(save.batches == case.batches for save in saves)
            assert others <= MOST_OTHER_CALLS, others


@dataclass(frozen=True, slots=True)
class Stage:
    """A fresh sandbox with one customer, and a console that has read it."""

    sandbox: Sandbox
    sessions: sessionmaker[Session]
    cloud: Cloud
    customer_id: int


@contextmanager
def staged(users: int) -> Iterator[Stage]:
    """The same users and products each time: the sandbox's seed is the same."""
    with tempfile.TemporaryDirectory() as folder, _sandbox(Path(folder), users) as sandbox:
        engine = create_engine(f"sqlite:///{folder}/console.db")
        prepare_sqlite(engine)
        schema.upgrade(engine)
        sessions, cloud = job_sessions(engine), sandbox.door()
        try:
            (customer_id,) = sync_customers(sessions, cloud)
            sync_customer(sessions, cloud, customer_id)
            yield Stage(sandbox, sessions, cloud, customer_id)
        finally:
            engine.dispose()


def save_once(stage: Stage, case: Case) -> Saved:
    """Give everybody the products, as **Save** and a worker do it."""
    quota = Quota(CAPACITY if case.clock else 0, PER_SECOND * (case.clock or 1))
    handler = change_handler(stage.cloud, parallel=PARALLEL, quota=quota)
    with Worker(stage.sessions, {JOB_KIND: handler}, threads=1):
        return _timed(stage.sandbox, stage.sessions, case, stage.customer_id)


def _timed(sandbox: Sandbox, sessions: sessionmaker[Session], case: Case, customer_id: int) -> Saved:
    with sessions() as session:
        actor = _somebody(session)
        wish, chosen = wish_for(session, case, customer_id)
        change = service.submit(session, actor, customer_id, chosen, wish, key=new_token())
        session.commit()
    quota = {"quota": "off"} if case.clock is None else {"quota": 1, "quota_clock_scale": case.clock}
    sandbox.ask("switches", {"latency_ms": LATENCY_MS, **quota})
    sandbox.ask("requests/clear", {})
    console_cpu, sandbox_cpu = time.process_time(), sandbox.cpu()
    with sessions() as session:
        kept = session.get_one(Change, change.id)
        result = service.save(session, actor, customer_id, kept.ref, digest=kept.digest)
        assert result is service.SaveResult.SAVED, result
        session.commit()
    ended = _wait_for_the_end(sessions, change.id)
    console_cpu, sandbox_cpu = time.process_time() - console_cpu, sandbox.cpu() - sandbox_cpu
    with sessions() as session:
        sums = entry_sums(session, ended)
    assert sums.done == sums.requested == case.products * case.users, sums
    assert ended.saved_at
    assert ended.finished_at
    calls = sandbox.calls()
    return Saved(
        (ended.finished_at - ended.saved_at).total_seconds(),
        sum(calls.values()),
        sum(count for path, count in calls.items() if "$batch" in path),
        sandbox.writes(),
        console_cpu,
        sandbox_cpu,
    )


def _wait_for_the_end(sessions: sessionmaker[Session], change_id: int) -> Change:
    """The finished change, once the seats have been read again too: its job is done."""
    while True:
        time.sleep(0.25)
        with sessions() as session:
            job = find_by_key(session, job_key(change_id))
            if job is not None and job.state in FINAL:
                return session.get_one(Change, change_id)


def _somebody(session: Session) -> Actor:
    member = add_member(session, email="bench@partner.example", name="Bench", roles=(Role.ADMIN_AGENT,))
    session.commit()
    return actor_of(member)


def wish_for(session: Session, case: Case, customer_id: int) -> tuple[Wish, BitMap]:
    """Products that nobody has and nothing speaks against, for everybody."""
    chosen = living(session, customer_id)
    assert len(chosen) == case.users, len(chosen)
    unused = select(SubscribedSku.sku_id).where(
        SubscribedSku.customer_id == customer_id, SubscribedSku.consumed == 0
    )
    skus = session.scalars(unused.order_by(SubscribedSku.sku_id)).all()
    for some in combinations(skus, case.products):
        wish = Wish({sku: ProductWish(Op.ASSIGN) for sku in some})
        plan = plan_now(session, customer_id, everybody(wish, chosen))
        if plan.to_assign == case.products * case.users and not plan.short:
            return wish, chosen
    raise SystemExit("there are no such products that can be given to everybody")


@contextmanager
def _sandbox(folder: Path, users: int) -> Iterator[Sandbox]:
    """A process of its own: its work is not ours."""
    port = free_port()
    start = f"from partner_center.sandbox import server; server.main({port}, 'sandbox.sqlite', users={users})"
    process = subprocess.Popen(
        [sys.executable, "-c", start], cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    try:
        yield _answering(Sandbox(f"http://127.0.0.1:{port}", process))
    finally:
        process.terminate()
        process.wait()


def _answering(sandbox: Sandbox) -> Sandbox:
    for _ in range(600):
        if sandbox.process.poll() is not None:
            raise SystemExit("the sandbox ended by itself")
        try:
            sandbox.ask("switches")
        except OSError:
            time.sleep(0.1)
        else:
            return sandbox
    raise SystemExit("the sandbox does not answer")


if __name__ == "__main__":
    main()
