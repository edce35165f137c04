"""The loop of a running change: store what came back, decide what goes next, commit, send.

One transaction a turn holds all of it, so that at any moment the rows say who may have been sent.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from partner_center.changes import rows
from partner_center.changes.briefing import Briefing
from partner_center.changes.clearance import Clearance
from partner_center.changes.dispatching import Hold, next_call
from partner_center.changes.echo import Echo
from partner_center.changes.flights import Airspace, Flight, Landed, in_flights, looks_at
from partner_center.changes.items import Call, Entry, Item
from partner_center.changes.judging import (
    PATIENCE,
    Judgement,
    Then,
    judge_answer,
    judge_failed_look,
    judge_look,
)
from partner_center.changes.pace import WORTH
from partner_center.changes.states import ItemState, Order, Outcome
from partner_center.changes.steering import order_for
from partner_center.cloud.errors import AccessDenied, Throttled
from partner_center.cloud.port import BATCH_SIZE, Answer, Cloud, Reason, Verdict
from partner_center.jobs.context import JobContext, WorkerStopping
from partner_center.jobs.queue import is_awaited
from partner_center.licensing.deeds import DeedKind
from partner_center.shared import clock

HEARTBEAT = 10.0
"""Seconds after which the lease is renewed while nothing comes back."""
_TENANT_SHUT = frozenset({Reason.NO_RIGHTS, Reason.TOKEN})


class Sender:
    """Carries the workload of one change out. `stop_reason` is set when the whole tenant is shut to us.

    `order` is what a person asked for when it last decided what to send.
    """

    def __init__(
        self, ctx: JobContext, cloud: Cloud, briefing: Briefing, clearance: Clearance, *, parallel: int
    ) -> None:
        self._ctx, self._cloud, self._facts, self._clearance = ctx, cloud, briefing, clearance
        self._ledger, self._work, self._parallel = briefing.ledger, briefing.work, parallel
        self._picked: tuple[Flight, ...] = ()
        self._safe_until = clock.now()
        self.done = briefing.done
        self.echo = Echo(briefing.customer_id)
        self.stop_reason: str | None = None
        self.order = Order.GO
        self._has_begun = self._makes_room = False

    def go(self) -> datetime | None:
        """Send until nothing can be sent now. When to come back; None when nothing is left to do."""
        tenant_id, parallel = self._facts.tenant_id, self._parallel
        with Airspace(self._cloud, tenant_id, parallel, lambda: self._safe_until) as air:
            try:
                self._loop(air)
            except WorkerStopping:
                self._wind_down(air)
                raise
        if self.stop_reason:
            return None
        now = clock.now()
        return now if self._makes_room and not self._work.is_empty else self._work.next_due(now)

    def _loop(self, air: Airspace) -> None:
        landed: list[Landed] = []
        while True:
            air.start(self._turn(landed, min(self._parallel, 2 * self._parallel - len(air))))
            room = len(air) < 2 * self._parallel
            if len(air):
                more = room and self._work.has_ready and not self.stop_reason
                landed = air.landed(0 if more else HEARTBEAT)
            elif self.stop_reason:
                return
            elif self._work.only_waits_for_seats:
                self._ledger.stop_waiting()
                self._work.seats_came()
                landed = []
            elif self._work.has_ready:
                landed = []
            else:
                return

    def _turn(self, landed: Sequence[Landed], room: int) -> tuple[Flight, ...]:
        """One transaction: results in, intents out. What it returns may be sent."""
        now = clock.now()
        change_id, fence = self._facts.change_id, self._ctx.fence
        with self._ctx.session_factory() as session:
            self._heed(order_for(session, change_id))
            self._make_room(session)
            self._clearance.enter(session, now)
            for one in landed:
                self._clearance.hear(one)
            touched = [item for one in landed for item in self._judge(one, now)]
            rows.store_items(session, change_id, touched, fence)
            self._picked, settled = self._pick(session, room, now)
            rows.store_items(session, change_id, settled, fence)
            sent = [item for flight in self._picked if not flight.is_look for item in flight.items]
            rows.mark_sent(session, change_id, sent, fence, now)
            self._has_begun |= bool(sent)
            self._clearance.store(session)
            self.echo.apply(session, now)
            self._checkpoint(session)
        picked, self._picked = self._picked, ()
        return picked

    def _heed(self, order: Order) -> None:
        """Once it is paused it stays so for this run: who resumes it has the licences read again first."""
        if order is not Order.GO:
            self.order = order

    def _make_room(self, session: Session) -> None:
        """Other changes wait for a worker: what was begun ends, the rest is for its next turn."""
        if self._has_begun and not self._makes_room:
            self._makes_room = is_awaited(session, self._ctx.kind, int(not self._facts.is_bulk))
        self._work.is_closed = self._makes_room or self.order is not Order.GO

    def _checkpoint(self, session: Session) -> None:
        """A call begun before half the lease is over ends within it."""
        self._safe_until = clock.now() + self._ctx.lease / 2
        self._ctx.checkpoint(session, done=self.done)

    def _pick(self, session: Session, room: int, now: datetime) -> tuple[tuple[Flight, ...], list[Item]]:
        """What goes next, and the users for whom nothing is left to send."""
        if self.stop_reason or room <= 0:
            return (), []
        self._work.wake(now)
        barred = self._clearance.barred_until()
        if barred is not None:
            self._work.pause(barred)
        flights = [*looks_at(self._work.take_lost(room * BATCH_SIZE))]
        positions = self._affordable((room - len(flights)) * BATCH_SIZE)
        calls: list[Call] = []
        settled: list[Item] = []
        for item in rows.load_items(session, self._facts.change_id, positions) if positions else ():
            if item.not_before and item.not_before > now:
                self._work.postpone(item.position, item.not_before)
                continue
            was_open = item.open_entries
            call = next_call(item, self._ledger)
            self._account(was_open)
            if isinstance(call, Call):
                calls.append(call)
            elif call is Hold.SEATS:
                self._work.wait_for_seats(item.position)
            else:
                self.done += item.settle(now)
                settled.append(item)
        self._clearance.give_back(len(positions) - len(calls))
        return (*flights, *in_flights(calls)), settled

    def _affordable(self, most: int) -> list[int]:
        """Up to `most` users for whom Microsoft's quota lasts; where it does not, the others wait for it."""
        wanted = self._work.ready(most)
        allowed = self._clearance.take(wanted)
        positions = self._work.take(allowed)
        if allowed < wanted:
            self._await_quota()
        return positions

    def _await_quota(self) -> None:
        """Ask nothing until there is enough again to be worth a call, or enough for all that are left."""
        self._work.pause(self._clearance.due(min(WORTH, self._work.waiting)))

    def _judge(self, landed: Landed, now: datetime) -> Iterator[Item]:
        for item, judgement in self._judgements(landed, now):
            self.done += judgement.then is Then.SETTLED
            self._work.note(item, judgement)
            yield item

    def _judgements(self, landed: Landed, now: datetime) -> Iterator[tuple[Item, Judgement]]:
        flight = landed.flight
        if not landed.was_sent:
            yield from self._put_back(flight)
        elif landed.answers is not None:
            yield from self._judge_answers(flight, landed.answers, now)
        else:
            yield from self._judge_looks(landed, now)

    def _put_back(self, flight: Flight) -> Iterator[tuple[Item, Judgement]]:
        """It never left: who was to be sent may be sent again, who is to be looked up still is."""
        for item in flight.items:
            if not flight.is_look:
                item.state = ItemState.WAITING
                self._clearance.give_back(1)
                self._release(item)
            yield item, Judgement(Then.LOOK if flight.is_look else Then.AGAIN)

    def _judge_answers(
        self, flight: Flight, answers: Sequence[Answer], now: datetime
    ) -> Iterator[tuple[Item, Judgement]]:
        if all(answer.reason in _TENANT_SHUT for answer in answers):
            self.stop_reason = answers[0].reason
        waits: list[datetime] = []
        for call, answer in zip(flight.calls, answers, strict=True):
            was_open = call.item.open_entries
            judgement = judge_answer(call, answer, self._facts.context, now)
            self.echo.note_answer(call, answer)
            if judgement.then is not Then.LOOK:
                self._release(call.item)
            self._account(was_open)
            if answer.verdict is Verdict.THROTTLED and judgement.at:
                waits.append(judgement.at)
            yield call.item, judgement
        if len(waits) == len(answers):
            self._work.pause(max(waits))
            if any(answer.reached for answer in answers):
                self._clearance.be_busy(max(waits))
        turned_away = [a for a in answers if a.verdict is Verdict.THROTTLED and a.retry_after is not None]
        if 2 * len(turned_away) > len(answers):
            self._clearance.use_up()
            self._await_quota()

    def _judge_looks(self, landed: Landed, now: datetime) -> Iterator[tuple[Item, Judgement]]:
        if isinstance(landed.problem, AccessDenied):
            self.stop_reason = Reason.NO_RIGHTS
        for item in landed.flight.items:
            was_open = item.open_entries
            if landed.users is not None:
                user = landed.users.get(item.graph_id)
                self.echo.note_look(item, user)
                judgement = judge_look(item, user, now)
            elif isinstance(landed.problem, Throttled):
                wait = landed.problem.retry_after
                judgement = Judgement(Then.LOOK, now + timedelta(seconds=PATIENCE if wait is None else wait))
            elif self._clearance.shut_until is not None:
                item.not_before = self._clearance.shut_until  # no fault of the user's: no attempt is counted
                judgement = Judgement(Then.LOOK, item.not_before)
            else:
                judgement = judge_failed_look(item, now)
            if judgement.then is not Then.LOOK:
                self._release(item)
            self._account(was_open)
            yield item, judgement

    def _release(self, item: Item) -> None:
        """Give back the licences that were reserved for a call and not used by it."""
        used = {e.deed.sku_id for e in item.entries if e.outcome in (Outcome.DONE, Outcome.UNKNOWN)}
        self._ledger.land(item.reserved, used)
        if item.reserved:
            self._work.seats_came()
        item.reserved = ()

    def _account(self, was_open: Sequence[Entry]) -> None:
        """Tell the ledger what the entries that were just closed mean for the licences left."""
        for entry in was_open:
            if entry.is_open:
                continue
            deed = entry.deed
            if deed.kind is DeedKind.REVOKE:
                freed = entry.outcome is Outcome.DONE and deed.frees_seat
                self._ledger.settle_revoke(deed.sku_id, freed=freed)
                self._work.seats_came()
            elif entry.outcome is Outcome.FAILED and entry.reason == Reason.NO_SEATS:
                self._ledger.exhaust(deed.sku_id)
                self._work.seats_came()

    def _wind_down(self, air: Airspace) -> None:
        """The worker is stopping: what is under way ends and is stored, what was not sent goes back."""
        unsent = [Landed(flight) for flight in self._picked]
        landed = [*air.clear(), *unsent]
        with self._ctx.session_factory() as session, suppress(WorkerStopping):
            now = clock.now()
            self._clearance.enter(session, now)
            touched = [item for one in landed for item in self._judge(one, now)]
            rows.store_items(session, self._facts.change_id, touched, self._ctx.fence)
            self._clearance.store(session)
            self.echo.apply(session, now)
            self._checkpoint(session)
