"""Two products for 1,000 users against the sandbox, 200 ms an HTTP answer, quota off, 8 batches at a time.

Ideal is the waiting alone: ceil(50 batches / 8) answers. What is promised: at most 1.3 times that from
**Save** to the result, and at most 5 HTTP calls beside the 50 batches.
"""

from __future__ import annotations

import json
import math
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
from partner_center.changes.planning import everybody
from partner_center.changes.runner import change_handler
from partner_center.changes.saving import JOB_KIND
from partner_center.changes.situation import plan_now
from partner_center.cloud.connect import connect
from partner_center.cloud.port import BATCH_SIZE, Cloud
from partner_center.cloud.settings import CloudSettings
from partner_center.directory.listing import living
from partner_center.directory.models import SubscribedSku
from partner_center.directory.sync import sync_customer
from partner_center.directory.sync_all import sync_customers
from partner_center.jobs.context import job_sessions
from partner_center.jobs.worker import Worker
from partner_center.licensing.values import Op, ProductWish, Wish
from partner_center.sandbox.demo_identity import CLIENT_ID, CLIENT_SECRET, PARTNER_TENANT_ID, REFRESH_TOKEN
from partner_center.shared.ids import new_token
from partner_center.shared.orm import prepare_sqlite
from partner_center.staff.actor import Actor
from partner_center.staff.queries import actor_of
from partner_center.staff.roles import Role
from partner_center.staff.service import add_member

USERS, PARALLEL, LATENCY_MS, TRIES = 1000, 8, 200, 3
BATCHES = math.ceil(USERS / BATCH_SIZE)
IDEAL = math.ceil(BATCHES / PARALLEL) * LATENCY_MS / 1000


@dataclass(frozen=True, slots=True)
class Saved:
    """One save: seconds from Save to the result, and all HTTP calls it made."""

    seconds: float
    calls: int
    batches: int


class Sandbox:
    """A sandbox process and the doors of it that Microsoft does not have."""

    def __init__(self, url: str) -> None:
        self.url = url

    def ask(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """One control call; a POST when there is a body."""
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(  # noqa: S310 - our own server
            f"{self.url}/sandbox/{path}", data, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request) as answer:  # noqa: S310 - our own server
            found: dict[str, Any] = json.load(answer)
        return found

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
    """Print the median of a few saves, each against a fresh tenant."""
    saves = [_save_once() for _ in range(TRIES)]
    seconds = statistics.median(save.seconds for save in saves)
    print(f"   {USERS:,} users x 2 products, {PARALLEL} batches at a time, {LATENCY_MS} ms an answer")
    print(f"   from Save to the result {seconds:.2f} s, {seconds / IDEAL:.2f} x of the ideal {IDEAL:.2f} s")
    for save in saves:
        others = save.calls - save.batches
        print(f"   {save.seconds:.2f} s, {save.batches} batches and {others} other calls")


def _save_once() -> Saved:
    with tempfile.TemporaryDirectory() as folder, _sandbox(Path(folder)) as sandbox:
        engine = create_engine(f"sqlite:///{folder}/console.db")
        prepare_sqlite(engine)
        schema.upgrade(engine)
        sessions, cloud = job_sessions(engine), sandbox.door()
        try:
            (customer_id,) = sync_customers(sessions, cloud)
            sync_customer(sessions, cloud, customer_id)
            with sessions() as session:
                actor = _somebody(session)
                wish, chosen = _wish(session, customer_id)
            return _timed(sandbox, sessions, cloud, actor, wish=wish, chosen=chosen, customer_id=customer_id)
        finally:
            engine.dispose()


def _timed(
    sandbox: Sandbox,
    sessions: sessionmaker[Session],
    cloud: Cloud,
    actor: Actor,
    *,
    wish: Wish,
    chosen: BitMap,
    customer_id: int,
) -> Saved:
    with sessions() as session:
        change = service.submit(session, actor, customer_id, chosen, wish, key=new_token())
        session.commit()
    sandbox.ask("switches", {"latency_ms": LATENCY_MS, "quota": "off"})
    sandbox.ask("requests/clear", {})
    with sessions() as session:
        kept = session.get_one(Change, change.id)
        result = service.save(session, actor, customer_id, kept.ref, digest=kept.digest)
        assert result is service.SaveResult.SAVED, result
        session.commit()
    worker = Worker(sessions, {JOB_KIND: change_handler(cloud, parallel=PARALLEL)})
    while worker.run_once():
        pass
    with sessions() as session:
        ended = session.get_one(Change, change.id)
        sums = entry_sums(session, ended)
        assert sums.done == sums.requested == 2 * USERS, sums
        assert ended.saved_at
        assert ended.finished_at
        seconds = (ended.finished_at - ended.saved_at).total_seconds()
    counts = sandbox.ask("requests")
    calls = {path: count for path, count in counts.items() if "/sandbox" not in path}
    batches = sum(count for path, count in calls.items() if "$batch" in path)
    return Saved(seconds, sum(calls.values()), batches)


def _somebody(session: Session) -> Actor:
    member = add_member(session, email="bench@partner.example", name="Bench", roles=(Role.ADMIN_AGENT,))
    session.commit()
    return actor_of(member)


def _wish(session: Session, customer_id: int) -> tuple[Wish, BitMap]:
    """Two products that nobody has and nothing speaks against, for everybody."""
    chosen = living(session, customer_id)
    assert len(chosen) == USERS, len(chosen)
    unused = select(SubscribedSku.sku_id).where(
        SubscribedSku.customer_id == customer_id, SubscribedSku.consumed == 0
    )
    for pair in combinations(session.scalars(unused.order_by(SubscribedSku.sku_id)).all(), 2):
        wish = Wish({sku: ProductWish(Op.ASSIGN) for sku in pair})
        plan = plan_now(session, customer_id, everybody(wish, chosen))
        if plan.to_assign == 2 * USERS and not plan.short:
            return wish, chosen
    raise SystemExit("no two products can be given to everybody")


@contextmanager
def _sandbox(folder: Path) -> Iterator[Sandbox]:
    """A process of its own: its work is not ours."""
    port = free_port()
    start = f"from partner_center.sandbox import server; server.main({port}, 'sandbox.sqlite', users={USERS})"
    process = subprocess.Popen([sys.executable, "-c", start], cwd=folder)
    try:
        yield _answering(Sandbox(f"http://127.0.0.1:{port}"), process)
    finally:
        process.terminate()
        process.wait()


def _answering(sandbox: Sandbox, process: subprocess.Popen[bytes]) -> Sandbox:
    for _ in range(600):
        if process.poll() is not None:
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
