"""What is done to a worker process of a gate, and to no other: time made short, failpoints, protections off.

Everything is put on from outside, after the product was loaded: nothing of it is in the product.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import event, update
from sqlalchemy.orm import Session

import partner_center
from partner_center.changes import briefing, promises, rows, sending
from partner_center.changes.models import ChangeItem
from partner_center.changes.states import ItemState
from partner_center.cloud import http, outcomes
from partner_center.cloud.port import Answer, Reason, Verdict
from partner_center.cloud.wire import batch
from partner_center.jobs import queue, worker
from partner_center.jobs.models import Job
from partner_center.licensing.seats import SeatLedger
from partner_center.shared import clock
from partner_center.shared.ids import new_token
from partner_center.web import journal
from partner_center.web.manage import steps

LONGEST_DELAY = 10.0
"""Seconds, as short as the lease in proportion: how long a wrong clock may hold a job up."""
PACKAGE = str(Path(partner_center.__file__).parent)
_PASSED_BY = ("/jobs/context.py", "/shared/orm.py")


@dataclass(frozen=True, slots=True)
class Failpoint:
    """At the `nth` passing of `place` ("runner._pin before"): "kill", or "stall" until somebody wakes us.

    Each passing of any place, and the firing, is written down in `log` as a line.
    """

    place: str
    act: str
    log: str
    nth: int = 1


@dataclass(frozen=True, slots=True)
class Life:
    """How one process is to be: a worker, or with `serve_on` a web process on that port.

    `controls` names what is taken away; see `CONTROLS`.
    """

    lease: float = 2.0
    poll: float = 0.1
    clock_offset: float = 0.0
    clock_file: str = ""
    controls: tuple[str, ...] = ()
    failpoint: Failpoint | None = None
    serve_on: int = 0

    def to_json(self) -> dict[str, Any]:
        """Plain values; `from_json` is the inverse."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Life:
        failpoint = Failpoint(**data["failpoint"]) if data["failpoint"] else None
        return cls(**{**data, "controls": tuple(data["controls"]), "failpoint": failpoint})


def tamper(life: Life) -> None:
    """Make this process so. To be called before any thread runs."""
    defaults = worker.Worker.__init__.__kwdefaults__
    assert defaults
    assert "lease" in defaults, "the worker's lease is given another way now"
    defaults["lease"] = timedelta(seconds=life.lease)
    worker.POLL_SECONDS = life.poll
    sending.HEARTBEAT = life.lease / 6
    if life.clock_offset or life.clock_file:
        queue.LONGEST_DELAY = timedelta(seconds=LONGEST_DELAY)
        _shift_clock(life)
    for name in life.controls:
        CONTROLS[name]()
    if life.failpoint:
        _arm(life.failpoint)


# protections taken away ---------------------------------------------------------------------------


def no_fence() -> None:
    """Whoever held the job once may write for ever."""

    def write(session: Any, job_id: int, _fence: int, **values: Any) -> bool:
        wrote = update(Job).where(Job.id == job_id).values(**values)
        return session.execute(wrote.returning(Job.id)).first() is not None

    queue._write = write


def no_look() -> None:
    """After a crash, who was sent and has no answer is sent again unlooked at."""
    plain = briefing._workload

    def workload(session: Any, change_id: int, *more: Any) -> Any:
        sent = (ChangeItem.change_id == change_id, ChangeItem.state == ItemState.SENT)
        session.execute(update(ChangeItem).where(*sent).values(state=ItemState.WAITING))
        session.commit()
        return plain(session, change_id, *more)

    briefing._workload = workload


def timeout_means_failed() -> None:
    """No answer counts as a no."""
    failed = Answer(Verdict.FAILED, Reason.BUSY, "no answer")
    outcomes.UNKNOWN = batch.UNKNOWN = failed


def forget_the_sent() -> None:
    """The intent is not written down before the call."""

    def mark(_session: Any, _change_id: int, _items: Any, _fence: int, _at: datetime) -> None:
        return

    rows.mark_sent = mark


def nothing_promised(*_asked: Any, **_more: Any) -> dict[str, int]:
    """No licence is promised to anybody: what a gate puts on its own process, which saves the orders."""
    return {}


def no_seat_guard() -> None:
    """A running change asks for as many licences as it likes, whatever is promised to others."""
    promises.promised_before = nothing_promised
    SeatLedger.left = lambda _self, _sku: 1_000_000  # type: ignore[method-assign]


def no_freeing_first() -> None:
    """Who gives a licence back is sent in the order of names, and nobody waits for it."""
    no_seat_guard()
    briefing._freeing = lambda _session, _change_id, _skus: set()


def no_key() -> None:
    """Each press of Save is a form of its own."""
    plain = steps.submit
    steps.saved_before = lambda _step, _desk, _form: None
    steps.submit = lambda *args, **named: plain(*args, **{**named, "key": new_token()})


def trust_any_clock() -> None:
    """Whatever time a row names, it is waited for, by each machine's own clock."""
    queue.LONGEST_DELAY = queue.SLACK = timedelta(days=1)
    clock.follow = lambda _told: timedelta(0)


def no_log_no_work() -> None:
    """A line of the log that can't be written is an error like any other."""
    journal._Out.write = lambda self, line: self._stream.write(line)  # type: ignore[method-assign,union-attr]
    journal._Out.flush = lambda self: self._stream.flush()  # type: ignore[method-assign,union-attr]


CONTROLS: dict[str, Callable[[], None]] = {
    each.__name__: each
    for each in (
        no_fence,
        no_look,
        timeout_means_failed,
        forget_the_sent,
        no_seat_guard,
        no_freeing_first,
        no_key,
        trust_any_clock,
        no_log_no_work,
    )
}

# the clock ----------------------------------------------------------------------------------------


def _shift_clock(life: Life) -> None:
    """This process believes in another time: `clock_offset` seconds off, or what `clock_file` says now."""
    true = clock.now

    def now() -> datetime:
        offset = life.clock_offset
        if life.clock_file:
            offset += float(Path(life.clock_file).read_text("ascii") or 0)
        return true() + timedelta(seconds=offset)

    clock.now = now


# failpoints ---------------------------------------------------------------------------------------


def _arm(point: Failpoint) -> None:
    """Pass every commit, and every call to Microsoft, by the failpoint."""
    seen = 0

    def passing(place: str) -> None:
        nonlocal seen
        _note(point.log, f"pass {place}")
        if place != point.place:
            return
        seen += 1
        if seen == point.nth:
            _note(point.log, f"fire {place} {point.act} {os.getpid()}")
            _fire(point)

    @event.listens_for(Session, "before_commit")
    def _before(_session: Session) -> None:
        passing(f"{_where()} before")

    @event.listens_for(Session, "after_commit")
    def _after(_session: Session) -> None:
        passing(f"{_where()} after")

    plain = http.Sender._exchange

    def exchange(self: http.Sender, request: http.Request, key: Any, call_id: str) -> Any:
        name = "write" if not request.safe else ("look" if request.url.endswith("$batch") else "read")
        passing(f"http.{name} before")
        answer = plain(self, request, key, call_id)
        passing(f"http.{name} after")
        return answer

    http.Sender._exchange = exchange  # type: ignore[method-assign]


def _where() -> str:
    """The nearest function of the product that asked for the commit: "runner._pin"."""
    frame = sys._getframe(2)
    while frame is not None:
        file = frame.f_code.co_filename
        if file.startswith(PACKAGE) and not file.endswith(_PASSED_BY):
            return f"{Path(file).stem}.{frame.f_code.co_name}"
        frame = frame.f_back  # type: ignore[assignment]
    return "somewhere"


def _fire(point: Failpoint) -> None:
    if point.act == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGSTOP)
    time.sleep(0.01)  # the signal is here before the next line


def _note(log: str, line: str) -> None:
    with Path(log).open("a", encoding="ascii") as file:
        file.write(line + "\n")
