"""Carrying an order of a group out: the job behind **Assign**, **Remove** and **Reprocess**.

Microsoft answers 202 and works the members off later, so an answer ends nothing: the group and then its
members are read until all of them are known. A lost answer is looked up before anything is sent again.
"""

from __future__ import annotations

from datetime import timedelta
from itertools import chain

from partner_center.cloud.errors import AccessDenied, Throttled
from partner_center.cloud.port import Answer, Cloud, GroupRequest, Reason, RemoteGroup, RemoteUser, Verdict
from partner_center.customers.models import Customer
from partner_center.directory import mirror
from partner_center.groups.judging import Next, Reached, judge_group, patience, reached
from partner_center.groups.models import GroupOrder
from partner_center.groups.orders import close, why_not
from partner_center.groups.reprocessing import reprocess
from partner_center.groups.states import GroupDeed, GroupOrderState, GroupWish, unpack_licenses
from partner_center.jobs.context import Handler, JobContext, Reschedule
from partner_center.licensing.reasons import OwnReason
from partner_center.orders.carrying import after, read_seats
from partner_center.shared import clock

LOST_FOR = timedelta(minutes=15)
"""So long a lost answer is looked up and sent again."""
GIVE_UP_AFTER = timedelta(hours=24)
"""Microsoft publishes no time for working a group off; it is known to take minutes to hours."""


def order_handler(cloud: Cloud) -> Handler:
    """The worker's function for jobs of kind `group-order`."""

    def handle(ctx: JobContext) -> Reschedule | None:
        return _Run(ctx, cloud).carry_out()

    return handle


class _Run:
    """One claim of the job. Every method that writes ends in a checkpoint."""

    def __init__(self, ctx: JobContext, cloud: Cloud) -> None:
        self._ctx, self._cloud = ctx, cloud
        with ctx.session_factory() as session:
            self._order = session.get_one(GroupOrder, int(ctx.payload["order_id"]))
            self._tenant_id = session.get_one(Customer, self._order.customer_id).tenant_id
            self._stop = why_not(session, self._order)

    @property
    def _state(self) -> GroupOrderState:
        return GroupOrderState(self._order.state)

    def carry_out(self) -> Reschedule | None:
        """Look, send, follow. What was sent ends only by what Microsoft shows, or unknown."""
        if self._state.is_final:
            return None
        unsent = self._state is GroupOrderState.WAITING
        if unsent and self._stop is not None:
            return self._end(GroupOrderState.FAILED, self._stop)
        try:
            if self._order.deed == GroupDeed.REPROCESS:
                reprocess(self._ctx, self._cloud, self._order, self._tenant_id)
                return None
            return self._follow() if self._state is GroupOrderState.PROCESSING else self._ask()
        except Throttled as busy:
            return after(busy.retry_after)
        except AccessDenied as denied:
            state = GroupOrderState.FAILED if unsent else GroupOrderState.UNKNOWN
            return self._end(state, Reason.NO_RIGHTS, str(denied))

    def _ask(self) -> Reschedule | None:
        wish, before = GroupWish.from_json(self._order.wish), unpack_licenses(self._order.before)
        was_sent = self._state is GroupOrderState.SENT
        match judge_group(wish, before, self._find_group()):
            case Next.GONE:
                return self._end(GroupOrderState.FAILED, OwnReason.GROUP_GONE)
            case Next.CHANGED:
                state = GroupOrderState.UNKNOWN if was_sent else GroupOrderState.FAILED
                return self._end(state, OwnReason.CHANGED)
            case Next.FOLLOW:
                return self._accept(None)
            case Next.SEND:
                pass
        if was_sent and (self._stop or clock.now() > self._order.created_at + LOST_FOR):
            return self._end(GroupOrderState.UNKNOWN, self._stop or Reason.BUSY)
        self._mark(GroupOrderState.SENT)
        gives = wish.deed is GroupDeed.ASSIGN
        add = ((wish.sku_id, tuple(sorted(wish.off))),) if gives else ()
        remove = () if gives else (wish.sku_id,)
        return self._take(
            self._cloud.send_group(self._tenant_id, GroupRequest(self._order.group_id, add, remove)),
            was_sent=was_sent,
        )

    def _take(self, answer: Answer, *, was_sent: bool) -> Reschedule | None:
        match answer.verdict:
            case Verdict.DONE:
                return self._accept(answer.request_id)
            case Verdict.THROTTLED:
                if not was_sent:  # else the one before may still have been done
                    self._mark(GroupOrderState.WAITING)
                return after(answer.retry_after)
            case Verdict.UNKNOWN:
                return after(answer.retry_after)
            case Verdict.FAILED:
                gone = answer.reason is Reason.USER_GONE
                reason = OwnReason.GROUP_GONE if gone else answer.reason
                return self._end(GroupOrderState.FAILED, reason, answer.message, answer.request_id)

    def _accept(self, request_id: str | None) -> Reschedule:
        """Microsoft will do it. That is no outcome."""
        with self._ctx.session_factory() as session:
            order = session.get_one(GroupOrder, self._order.id)
            order.state, order.request_id = GroupOrderState.PROCESSING, request_id
            order.accepted_at = clock.now()
            self._ctx.checkpoint(session)
        return after(1)

    def _follow(self) -> Reschedule | None:
        group = self._find_group()
        if group is None:
            return self._end(GroupOrderState.UNKNOWN, OwnReason.GROUP_GONE)
        since, now = self._order.accepted_at or self._order.created_at, clock.now()
        counts, users = Reached(0, 0, 0), list[RemoteUser]()
        if not group.processing:
            users = list(chain.from_iterable(self._cloud.members(self._tenant_id, group.graph_id)))
            counts = reached(GroupWish.from_json(self._order.wish), group.graph_id, users)
        is_over = not group.processing and not counts.pending
        if not is_over and now < since + GIVE_UP_AFTER:
            self._note(counts)
            return Reschedule(now + patience(since, now))
        if not group.processing:  # else the members were not read
            self._store(group, users, counts)
        if is_over:
            return self._end(counts.state)
        return self._end(GroupOrderState.UNKNOWN, OwnReason.NOT_WORKED_OFF)

    def _find_group(self) -> RemoteGroup | None:
        return self._cloud.find_group(self._tenant_id, self._order.group_id)

    def _note(self, counts: Reached) -> None:
        with self._ctx.session_factory() as session:
            session.get_one(GroupOrder, self._order.id).results = _results(counts)
            self._ctx.checkpoint(session, done=counts.done)

    def _store(self, group: RemoteGroup, users: list[RemoteUser], counts: Reached) -> None:
        """What was read is newer than the copy."""
        with self._ctx.session_factory() as session:
            customer_id, now = self._order.customer_id, clock.now()
            mirror.apply_answers(session, customer_id, users, now)
            mirror.store_group(session, customer_id, group)
            ids = [user.graph_id for user in users]
            mirror.store_members(session, customer_id, group.graph_id, ids, now)
            session.get_one(GroupOrder, self._order.id).results = _results(counts)
            self._ctx.checkpoint(session)

    def _mark(self, state: GroupOrderState) -> None:
        """The intent, committed before the call; and taken back where it certainly was not done."""
        with self._ctx.session_factory() as session:
            session.get_one(GroupOrder, self._order.id).state = state
            self._ctx.checkpoint(session)

    def _end(
        self,
        state: GroupOrderState,
        reason: str | None = None,
        message: str | None = None,
        request_id: str | None = None,
    ) -> Reschedule | None:
        """Close the order; there is nothing to come back for."""
        with self._ctx.session_factory() as session:
            order = session.get_one(GroupOrder, self._order.id)
            order.request_id = request_id or order.request_id
            close(session, order, state, reason, message)
            self._ctx.checkpoint(session, done=1)
        read_seats(self._ctx, self._cloud, self._order.customer_id, self._tenant_id)
        return None


def _results(counts: Reached) -> dict[str, object]:
    return {
        "done": counts.done,
        "failed": counts.failed,
        "pending": counts.pending,
        "reasons": dict(counts.reasons),
    }
