"""Carrying an order out: the job behind **Buy**.

Partner Center takes an absolute total, so the order looks before it asks: already there means done, some
other number means that somebody else was faster and a person has to decide again.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy.orm import Session

from partner_center.audit.service import Action
from partner_center.cloud.errors import AccessDenied, Throttled
from partner_center.cloud.port import Answer, Cloud, CommerceSubscription, Reason, Verdict
from partner_center.customers.models import Customer
from partner_center.jobs.context import Handler, JobContext, Reschedule
from partner_center.jobs.models import Job
from partner_center.licensing.reasons import OwnReason
from partner_center.orders.carrying import after, finish, read_seats, who_ordered
from partner_center.purchasing.models import SeatOrder
from partner_center.purchasing.service import may_buy
from partner_center.purchasing.states import OrderState
from partner_center.shared import clock

GIVE_UP_AFTER = timedelta(minutes=15)
"""Partner Center shows a changed quantity within this time (subscription provisioning status)."""


def order_handler(cloud: Cloud) -> Handler:
    """The worker's function for jobs of kind `seat-order`."""

    def handle(ctx: JobContext) -> Reschedule | None:
        return _Run(ctx, cloud).carry_out()

    return handle


def on_failed(session: Session, job: Job) -> None:
    """The job is out of attempts: an order that was sent is unknown, any other failed."""
    order = session.get_one(SeatOrder, job.payload["order_id"])
    if order.state == OrderState.SENT:
        _close(session, order, OrderState.UNKNOWN, Reason.BUSY)
    elif order.state == OrderState.WAITING:
        _close(session, order, OrderState.FAILED, OwnReason.STOPPED)


def on_restored(session: Session, job: Job) -> None:
    """A backup was restored in which the order was under way: it may have been sent since."""
    order = session.get_one(SeatOrder, job.payload["order_id"])
    if not OrderState(order.state).is_final:
        _close(session, order, OrderState.UNKNOWN, Reason.BUSY)


class _Run:
    """One claim of the job."""

    def __init__(self, ctx: JobContext, cloud: Cloud) -> None:
        self._ctx, self._cloud = ctx, cloud
        with ctx.session_factory() as session:
            self._order = session.get_one(SeatOrder, int(ctx.payload["order_id"]))
            self._tenant_id = session.get_one(Customer, self._order.customer_id).tenant_id
            self._may = _may(session, self._order)

    def carry_out(self) -> Reschedule | None:
        """Look, ask, look again where the answer was lost. What was sent fails only by Microsoft's word."""
        if OrderState(self._order.state).is_final:
            return None
        unsent = self._order.state == OrderState.WAITING
        if unsent and not self._may:
            return self._end(OrderState.FAILED, OwnReason.ROLE_LOST)
        try:
            return self._go_on()
        except Throttled as busy:
            return after(busy.retry_after)
        except AccessDenied as denied:
            state = OrderState.FAILED if unsent else OrderState.UNKNOWN
            return self._end(state, Reason.NO_RIGHTS, str(denied))

    def _go_on(self) -> Reschedule | None:
        order = self._order
        found = _find(self._cloud.commerce_subscriptions(self._tenant_id), order.subscription_id)
        if found is None:
            return self._end(OrderState.FAILED, Reason.NOT_OWNED)
        was_sent = order.state == OrderState.SENT
        if was_sent and found.quantity == order.quantity_after:
            return self._end(OrderState.DONE)
        if found.quantity != order.quantity_before:
            return self._end(OrderState.UNKNOWN if was_sent else OrderState.FAILED, OwnReason.CHANGED)
        if was_sent and not self._may:
            return self._end(OrderState.UNKNOWN, OwnReason.ROLE_LOST)
        if was_sent and clock.now() > order.created_at + GIVE_UP_AFTER:
            return self._end(OrderState.UNKNOWN, Reason.BUSY)
        self._mark(OrderState.SENT)
        answer = self._cloud.set_quantity(self._tenant_id, found, order.quantity_after, order.ms_request_id)
        return self._take(answer, was_sent=was_sent)

    def _take(self, answer: Answer, *, was_sent: bool) -> Reschedule | None:
        match answer.verdict:
            case Verdict.DONE:
                return self._end(OrderState.DONE)
            case Verdict.FAILED:
                return self._end(OrderState.FAILED, answer.reason, answer.message)
            case Verdict.THROTTLED:
                if not was_sent:  # else the one before may still have been done
                    self._mark(OrderState.WAITING)
                return after(answer.retry_after)
            case Verdict.UNKNOWN:
                return after(answer.retry_after)

    def _mark(self, state: OrderState) -> None:
        """The intent, committed before the call; and taken back where it certainly was not done."""
        with self._ctx.session_factory() as session:
            session.get_one(SeatOrder, self._order.id).state = state
            self._ctx.checkpoint(session)

    def _end(
        self, state: OrderState, reason: str | None = None, message: str | None = None
    ) -> Reschedule | None:
        """Close the order; there is nothing to come back for."""
        with self._ctx.session_factory() as session:
            _close(session, session.get_one(SeatOrder, self._order.id), state, reason, message)
            self._ctx.checkpoint(session, done=1)
        if state is OrderState.DONE:
            read_seats(self._ctx, self._cloud, self._order.customer_id, self._tenant_id)
        return None


def _close(
    session: Session,
    order: SeatOrder,
    state: OrderState,
    reason: str | None = None,
    message: str | None = None,
) -> None:
    order.state, order.reason, order.message = state, reason, message
    finish(session, order, Action.SEATS_ORDER_FINISHED, state=state.value, reason=reason)


def _may(session: Session, order: SeatOrder) -> bool:
    """Whether who ordered may still buy for this customer."""
    found = who_ordered(session, order)
    return found is not None and may_buy(found[0])


def _find(subscriptions: Iterable[CommerceSubscription], subscription_id: str) -> CommerceSubscription | None:
    return next((one for one in subscriptions if one.subscription_id == subscription_id), None)
