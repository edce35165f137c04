"""Carrying an order for users out: the job behind it.

What is to be sent is committed before it is sent. After a lost answer or a dead worker the run looks what
Microsoft has before it asks again, so that nobody is made twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from partner_center.accounts import effects
from partner_center.accounts.courier import Courier, Heard
from partner_center.accounts.models import AccountItem, AccountOrder
from partner_center.accounts.queries import items_of
from partner_center.accounts.secrets import Keeper
from partner_center.accounts.service import forget_passwords
from partner_center.accounts.states import OPEN, Deed, ItemState
from partner_center.audit.service import Action
from partner_center.cloud.errors import AccessDenied, Throttled
from partner_center.cloud.port import BATCH_SIZE, Cloud, Reason
from partner_center.customers.access import holds
from partner_center.customers.models import Customer
from partner_center.jobs.context import Handler, JobContext, Reschedule
from partner_center.jobs.models import Job
from partner_center.jobs.queue import enqueue
from partner_center.licensing.reasons import OwnReason
from partner_center.orders.carrying import after, finish, read_seats, who_ordered
from partner_center.shared import clock
from partner_center.staff.permissions import Permission

FORGETTING = "account-passwords"
KEPT_FOR = timedelta(hours=1)
"""So long after an order's end its passwords wait to be shown."""
LOOK_EVERY = timedelta(minutes=5)
"""No job may be put off for long: one that is counts as put off by a wrong clock."""
GIVE_UP_AFTER = timedelta(minutes=15)
"""Entra's copies agree within minutes; what can't be found by then is told as unknown."""


def order_handler(cloud: Cloud, keeper: Keeper) -> Handler:
    """The worker's function for jobs of kind `account-order`."""

    def handle(ctx: JobContext) -> Reschedule | None:
        return _Run(ctx, cloud, keeper).carry_out()

    return handle


def forget_handler(ctx: JobContext) -> Reschedule | None:
    """The worker's function for jobs of kind `account-passwords`: it comes back until the hour is over."""
    with ctx.session_factory() as session:
        order = session.get_one(AccountOrder, int(ctx.payload["order_id"]))
        over = order.finished_at is None or clock.now() >= order.finished_at + KEPT_FOR
        if over:
            forget_passwords(session, order.id)
        ctx.checkpoint(session, done=ctx.done + 1)
    return None if over else Reschedule(clock.now() + LOOK_EVERY)


def on_failed(session: Session, job: Job) -> None:
    """The job is out of attempts: whoever was sent is unknown, the others failed."""
    order = session.get_one(AccountOrder, job.payload["order_id"])
    _close_open(session, order, OwnReason.STOPPED)
    _finish(session, order)


def on_restored(session: Session, job: Job) -> None:
    """A backup was restored in which the order was under way: all of it may have been sent since."""
    order = session.get_one(AccountOrder, job.payload["order_id"])
    for item in items_of(session, order.id):
        if not ItemState(item.state).is_final:
            item.state, item.reason = ItemState.UNKNOWN, Reason.BUSY
    _finish(session, order)


class _Run:
    """One claim of the job."""

    def __init__(self, ctx: JobContext, cloud: Cloud, keeper: Keeper) -> None:
        self._ctx, self._cloud = ctx, cloud
        with ctx.session_factory() as session:
            self._order = session.get_one(AccountOrder, int(ctx.payload["order_id"]))
            self._tenant_id = session.get_one(Customer, self._order.customer_id).tenant_id
            self._trouble = _may_not(session, self._order)
        self._deed = Deed(self._order.deed)
        self._courier = Courier(cloud, keeper, self._tenant_id, self._deed)

    def carry_out(self) -> Reschedule | None:
        """Twenty at a time: look where that is needed, send, store what was heard."""
        if self._order.finished_at is not None:
            return None
        if self._trouble is not None:
            self._end(self._trouble)
            return None
        try:
            while batch := self._next():
                if (later := self._step(batch)) is not None:
                    return later
            self._end()
        except Throttled as busy:
            return after(busy.retry_after)
        except AccessDenied:
            self._end(Reason.NO_RIGHTS)
        return None

    def _next(self) -> list[AccountItem]:
        with self._ctx.session_factory() as session:
            waiting = (
                select(AccountItem)
                .where(AccountItem.order_id == self._order.id, AccountItem.state.in_(OPEN))
                .order_by(AccountItem.place)
                .limit(BATCH_SIZE)
            )
            return list(session.scalars(waiting))

    def _step(self, batch: Sequence[AccountItem]) -> Reschedule | None:
        was_sent = {item.place for item in batch if item.state == ItemState.SENT}
        found = self._courier.look(batch)
        if found:
            self._store(found)
        rest = [item for item in batch if item.place not in found]
        late = {item.place: Heard.unknown() for item in rest if _is_late(item)}
        if late:
            self._store(late)
        rest = [item for item in rest if item.place not in late]
        if not rest:
            return None
        self._mark_sent(rest)
        heard = self._courier.send(rest, was_sent)
        self._store(heard)
        waits = [one.wait for one in heard.values() if not one.state.is_final]
        return after(max((wait for wait in waits if wait is not None), default=None)) if waits else None

    def _mark_sent(self, items: Sequence[AccountItem]) -> None:
        """The intent, committed before the call."""
        with self._ctx.session_factory() as session:
            for item in items:
                row = session.get_one(AccountItem, (item.order_id, item.place))
                row.state, row.sent_at = ItemState.SENT, row.sent_at or clock.now()
            self._ctx.checkpoint(session)

    def _store(self, heard: dict[int, Heard]) -> None:
        """What became of each, and the same in the mirror, in one transaction."""
        good = [one for one in heard.values() if one.state in (ItemState.DONE, ItemState.ALREADY)]
        users = self._courier.as_they_are(good)
        with self._ctx.session_factory() as session:
            rows = {place: session.get_one(AccountItem, (self._order.id, place)) for place in heard}
            for place, one in heard.items():
                row = rows[place]
                row.state, row.reason, row.message = one.state, one.reason, one.message
                row.graph_id = one.graph_id or row.graph_id
            effects.mirror(session, self._order, good, users, rows)
            session.flush()
            done = sum(ItemState(item.state).is_final for item in items_of(session, self._order.id))
            self._ctx.checkpoint(session, done=done)

    def _end(self, reason: str | None = None) -> None:
        """Close the order; with a `reason`, whoever is left is closed with it."""
        with self._ctx.session_factory() as session:
            order = session.get_one(AccountOrder, self._order.id)
            if reason is not None:
                _close_open(session, order, reason)
            effects.give_licenses(session, order)
            _finish(session, order)
            self._ctx.checkpoint(session)
        if self._deed.moves_seats:
            read_seats(self._ctx, self._cloud, self._order.customer_id, self._tenant_id)


def _close_open(session: Session, order: AccountOrder, reason: str) -> None:
    for item in items_of(session, order.id):
        if item.state == ItemState.SENT:
            item.state, item.reason = ItemState.UNKNOWN, Reason.BUSY
        elif item.state == ItemState.WAITING:
            item.state, item.reason = ItemState.FAILED, reason


def _finish(session: Session, order: AccountOrder) -> None:
    """The end: what came of it is audited, and its passwords begin their last hour."""
    if order.finished_at is not None:
        return
    states = [item.state for item in items_of(session, order.id)]
    counts = {state: states.count(state) for state in dict.fromkeys(states)}
    if Deed(order.deed).has_password:
        key = f"{FORGETTING}:{order.id}"
        enqueue(session, FORGETTING, {"order_id": order.id}, key=key, run_after=clock.now() + LOOK_EVERY)
    users = {"requested": len(states), **counts}
    finish(session, order, Action.USERS_ORDER_FINISHED, what=order.deed, users=users)


def _may_not(session: Session, order: AccountOrder) -> str | None:
    """Why it may not be done (any more); None where it may."""
    found = who_ordered(session, order)
    if found is None or not found[0].may(Permission.MANAGE_USERS):
        return OwnReason.ROLE_LOST
    return None if holds(found[1], Deed(order.deed).roles, clock.now()) else OwnReason.ACCESS_LOST


def _is_late(item: AccountItem) -> bool:
    return (
        item.state == ItemState.SENT
        and item.sent_at is not None
        and clock.now() > item.sent_at + GIVE_UP_AFTER
    )
