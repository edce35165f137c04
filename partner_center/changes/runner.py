"""Carrying a saved change out: the job behind **Save**.

Look, compare with what was reviewed, write a row per user, send, sum up. Each part ends in a checkpoint;
whoever comes next goes on from the rows.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from partner_center.changes import promises, rows, wishes
from partner_center.changes.briefing import brief
from partner_center.changes.clearance import Clearance
from partner_center.changes.course import find_first
from partner_center.changes.expand import Expansion
from partner_center.changes.finishing import finish
from partner_center.changes.models import Change
from partner_center.changes.pace import Quota
from partner_center.changes.pins import pin, unpack_asks
from partner_center.changes.plan import REVIEW_ABOVE
from partner_center.changes.sending import Sender
from partner_center.changes.situation import plan_now
from partner_center.changes.states import LIVING, ChangeState, ItemState, Order
from partner_center.changes.steering import order_for, order_of
from partner_center.changes.undoing import may_undo
from partner_center.cloud.errors import AccessDenied, CloudError, DamagedAnswer, Throttled, Unreachable
from partner_center.cloud.port import Cloud, Reason
from partner_center.customers.models import Customer
from partner_center.customers.queries import get_customer
from partner_center.directory import mirror, sync_jobs
from partner_center.directory.locking import lock_mirror
from partner_center.directory.sync_quick import Freshness, refresh_quick
from partner_center.jobs.context import Handler, JobContext, Reschedule
from partner_center.jobs.models import Job
from partner_center.licensing.reasons import OwnReason
from partner_center.licensing.seats import SETTLING
from partner_center.shared import clock
from partner_center.shared.errors import Forbidden, NotFound
from partner_center.staff.queries import find_actor

SOON = timedelta(seconds=1)
PAUSED = timedelta(seconds=10)
"""How often a paused change is looked at. Resuming wakes it at once; this is for who resumes it just as
its worker hands it back."""
PATIENCE = timedelta(seconds=10)
"""Where Microsoft asks to wait and does not say for how long."""


def change_handler(cloud: Cloud, *, parallel: int = 8, quota: Quota | None = None) -> Handler:
    """The worker's function for jobs of kind `change`; `parallel` batches are in flight at once.

    `quota` is what Microsoft allows for each customer, by default its own numbers.
    """
    allowed = quota or Quota()

    def handle(ctx: JobContext) -> Reschedule | None:
        return _Run(ctx, cloud, allowed, parallel).carry_out()

    return handle


def on_failed(session: Session, job: Job) -> None:
    """The job is out of attempts: a change that was begun ends here, one that was not waits for a person."""
    change = session.get_one(Change, job.payload["change_id"])
    if change.state == ChangeState.RUNNING:
        finish(session, change, OwnReason.STOPPED)
    elif change.state == ChangeState.WAITING:
        change.state, change.stop_reason = ChangeState.REVIEW_AGAIN, OwnReason.STOPPED
        session.flush()


def on_restored(session: Session, job: Job) -> None:
    """A backup was restored in which the change was under way. Whoever it has not settled may have been sent
    since: their outcome is unknown, and a change that had not begun waits for a person."""
    change = session.get_one(Change, job.payload["change_id"])
    if change.state == ChangeState.RUNNING:
        expansion = Expansion(session, change)
        while not expansion.is_complete:
            change.expanded_to = expansion.write_some(session)
        rows.leave_open(session, change.id)
    on_failed(session, job)


class _Overtaken(Exception):
    """Another change of the same users goes first."""


class _Run:
    """One claim of the job. Every method that writes ends in a checkpoint."""

    def __init__(self, ctx: JobContext, cloud: Cloud, quota: Quota, parallel: int) -> None:
        self._ctx, self._cloud, self._parallel = ctx, cloud, parallel
        self._change_id = int(ctx.payload["change_id"])
        with ctx.session_factory() as session:
            change = session.get_one(Change, self._change_id)
            self._customer_id = change.customer_id
            self._tenant_id = session.get_one(Customer, change.customer_id).tenant_id
            self._state = ChangeState(change.state)
            self._stop = _why_not(session, change)
            self._order = order_of(change)
            self._clearance = Clearance(change.customer_id, quota, is_bulk=change.user_total > REVIEW_ABOVE)
            self._has_sent = bool(rows.positions_in(session, change.id, ItemState.SENT))

    def carry_out(self) -> Reschedule | None:
        """Go on from wherever the change is. CloudErrors that may pass cost the job an attempt.

        Once Microsoft has been silent for some calls it costs none any more: nothing is asked, and nothing
        is lost, until it answers again.
        """
        try:
            return self._go_on()
        except _Overtaken:
            return Reschedule(clock.now() + SOON)
        except Throttled as busy:
            wait = PATIENCE if busy.retry_after is None else timedelta(seconds=busy.retry_after)
            return Reschedule(self._be_busy(clock.now() + wait))
        except (Unreachable, DamagedAnswer):
            again = self._note_line(is_answered=False)
            if again is None:
                raise
            return Reschedule(again)
        except AccessDenied:
            self._finish(Reason.NO_RIGHTS)
            return None

    def _go_on(self) -> Reschedule | None:
        if self._state not in LIVING:
            return None
        if self._stop is not None:
            self._finish(self._stop)
            return None
        if self._order is not Order.GO and not self._has_sent:
            return self._hold()
        barred = self._knock()
        if barred is not None:
            return Reschedule(barred)
        if self._state is ChangeState.WAITING:
            wait = self._await_turn()
            if wait is not None or not self._pin():
                return wait
        else:
            self._read_seats()
        self._note_line(is_answered=True)
        self._expand()
        return self._send()

    def _knock(self) -> datetime | None:
        """When to come back, where nothing may be asked of this tenant now."""
        with self._ctx.session_factory() as session:
            self._clearance.enter(session, clock.now())
            barred = self._clearance.knock()
            self._clearance.store(session)
            session.commit()
        return barred

    def _note_line(self, *, is_answered: bool) -> datetime | None:
        """Microsoft answered, or did not; when to try again once nothing is asked any more."""
        if is_answered and not self._clearance.is_silent:
            return None
        with self._ctx.session_factory() as session:
            self._clearance.enter(session, clock.now())
            self._clearance.note_line(is_answered=is_answered)
            self._clearance.store(session)
            session.commit()
        return self._clearance.shut_until

    def _be_busy(self, until: datetime) -> datetime:
        """Microsoft asked to wait: whoever asks for this tenant."""
        with self._ctx.session_factory() as session:
            self._clearance.enter(session, clock.now())
            self._clearance.be_busy(until)
            self._clearance.note_line(is_answered=True)
            self._clearance.store(session)
            session.commit()
        return until

    def _hold(self) -> Reschedule | None:
        """Nothing is under way, and nothing was to be sent: go on, come back, or end it."""
        with self._ctx.session_factory() as session:
            order = order_for(session, self._change_id)
        if order is Order.STOP:
            self._finish(OwnReason.STOPPED_BY)
            return None
        return Reschedule(clock.now() + (PAUSED if order is Order.PAUSE else timedelta(0)))

    def _await_turn(self) -> Reschedule | None:
        """No user in two changes at once, and no decision on an old copy."""
        with self._ctx.session_factory() as session:
            _demand_turn(session, session.get_one(Change, self._change_id))
        if refresh_quick(self._ctx.session_factory, self._cloud, self._customer_id) is Freshness.FRESH:
            return None
        with self._ctx.session_factory() as session:
            sync_jobs.request_sync(session, self._customer_id)
            self._ctx.checkpoint(session)
        return Reschedule(clock.now() + SOON)

    def _pin(self) -> bool:
        """Begin, if what was reviewed still holds; else back to the person who saved it, nothing sent."""
        with self._ctx.session_factory() as session:
            lock_mirror(session, self._customer_id)  # one change of a customer at a time begins
            change = session.get_one(Change, self._change_id)
            _demand_turn(session, change)
            plan = plan_now(session, self._customer_id, unpack_asks(change.asks), saved=change)
            holds = plan.digest == change.digest
            if holds:
                change.state, change.started_at = ChangeState.RUNNING, clock.now()
                change.groups = pin(plan.kinds)
                change.plan = {**change.plan, "summary": plan.summary()}
            else:
                change.state = ChangeState.REVIEW_AGAIN
            self._ctx.checkpoint(session)
        return holds

    def _expand(self) -> None:
        with self._ctx.session_factory() as session:
            expansion = Expansion(session, session.get_one(Change, self._change_id))
        while not expansion.is_complete:
            with self._ctx.session_factory() as session:
                change = session.get_one(Change, self._change_id)
                change.expanded_to = expansion.write_some(session)
                self._ctx.checkpoint(session)

    def _send(self) -> Reschedule | None:
        with self._ctx.session_factory() as session:
            briefing = brief(session, session.get_one(Change, self._change_id), self._tenant_id)
            self._ctx.checkpoint(session)
        sender = Sender(self._ctx, self._cloud, briefing, self._clearance, parallel=self._parallel)
        due = sender.go()
        if due is not None:
            return Reschedule(due)
        if sender.order is not Order.GO and not sender.stop_reason and not briefing.work.is_empty:
            return self._hold()
        self._finish(sender.stop_reason)
        return None

    def _finish(self, stop_reason: str | None) -> None:
        with self._ctx.session_factory() as session:
            change = session.get_one(Change, self._change_id)
            finish(session, change, stop_reason)
            self._ctx.checkpoint(session, done=change.user_total)
        try:
            self._read_seats()
        except CloudError:  # the result stands; the numbers come with the next sync
            with self._ctx.session_factory() as session:
                sync_jobs.request_sync(session, self._customer_id)
                self._ctx.checkpoint(session)

    def _read_seats(self) -> None:
        """Microsoft's numbers as they are now; read once more when it had time, where ours say otherwise."""
        skus = self._cloud.skus(self._tenant_id)
        with self._ctx.session_factory() as session:
            mirror.store_skus(session, self._customer_id, skus)
            if promises.is_doubtful(session, self._customer_id):
                later = clock.now() + SETTLING
                sync_jobs.request_sync(session, self._customer_id, run_after=later)
            self._ctx.checkpoint(session)


def _why_not(session: Session, change: Change) -> str | None:
    """Why the change may not go on: asked again each time, of the rows as they are now."""
    actor = find_actor(session, change.staff_id)
    if actor is None:
        return OwnReason.ROLE_LOST
    try:
        customer = get_customer(session, actor, change.customer_id)
        wishes.permit(actor, *(ask.wish for ask in unpack_asks(change.asks)))
        wishes.permit_guests(actor, any(group["guest"] for group in change.groups))
    except (NotFound, Forbidden):
        return OwnReason.ROLE_LOST
    if change.undo_of_id and not may_undo(actor, session.get_one(Change, change.undo_of_id)):
        return OwnReason.ROLE_LOST
    try:
        wishes.require_access(customer)
    except Forbidden:
        return OwnReason.ACCESS_LOST
    return None


def _demand_turn(session: Session, change: Change) -> None:
    """Raise _Overtaken while another change of the same users goes first."""
    if find_first(session, change) is not None:
        raise _Overtaken
