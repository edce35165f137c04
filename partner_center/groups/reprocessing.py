"""Having Microsoft try a group's licences again for some of its members, one after the other.

It may be asked any number of times, so a lost answer is looked up and asked again.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

from sqlalchemy.orm import Session

from partner_center.cloud.errors import Throttled
from partner_center.cloud.port import Cloud, Reason, RemoteUser, Verdict
from partner_center.directory import mirror
from partner_center.directory.listing import rows_of
from partner_center.directory.values import troubles_of
from partner_center.groups.judging import reason_of
from partner_center.groups.models import GroupOrder
from partner_center.groups.orders import close
from partner_center.groups.states import GroupOrderState
from partner_center.jobs.context import JobContext
from partner_center.orders.carrying import read_seats
from partner_center.shared import bitmaps, clock

MOST_LOST = 3
"""Answers that may be lost for one member before the outcome stays unknown."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of one member: done, failed or unknown."""

    outcome: str
    reason: str | None = None
    message: str | None = None


def reprocess(ctx: JobContext, cloud: Cloud, order: GroupOrder, tenant_id: str) -> None:
    """Try whoever has no outcome yet, then end the order. Raises Throttled: go on later.

    Each member's outcome is committed before the next is tried.
    """
    with ctx.session_factory() as session:
        numbers = list(bitmaps.load(order.members))
        graph_ids = {row.number: row.graph_id for row in rows_of(session, order.customer_id, numbers)}
    for number in numbers:
        if str(number) in order.results.get("users", {}):
            continue
        graph_id = graph_ids.get(number)
        gone = Tried("failed", Reason.USER_GONE)
        tried = _try(cloud, tenant_id, graph_id, order.group_id) if graph_id else gone
        with ctx.session_factory() as session:
            order = session.get_one(GroupOrder, order.id)
            users = {**order.results.get("users", {}), str(number): list(asdict(tried).values())}
            order.results = {"users": users} | _counts(users)
            ctx.checkpoint(session, done=len(users))
    people = cloud.read_users(tenant_id, list(graph_ids.values()))
    with ctx.session_factory() as session:
        order = session.get_one(GroupOrder, order.id)
        _store(session, order.customer_id, people)
        close(session, order, _state(order.results))
        ctx.checkpoint(session)
    read_seats(ctx, cloud, order.customer_id, tenant_id)


def _try(cloud: Cloud, tenant_id: str, graph_id: str, group_id: str) -> Tried:
    for _ in range(MOST_LOST):
        answer = cloud.reprocess(tenant_id, graph_id)
        if answer.verdict is Verdict.THROTTLED:
            raise Throttled(answer.retry_after)
        if answer.verdict is Verdict.FAILED:
            return Tried("failed", answer.reason, answer.message)
        user = answer.user or cloud.read_users(tenant_id, [graph_id])[graph_id]
        if user is None:
            return Tried("failed", Reason.USER_GONE)
        troubles = troubles_of(user.licenses, group_id)
        if not troubles:
            return Tried("done")
        if answer.verdict is Verdict.DONE:
            return Tried("failed", _worst(troubles))
    return Tried("unknown", Reason.BUSY)


def _worst(troubles: dict[str, str]) -> str:
    """The reason to tell: a trouble of its own before one that follows from another."""
    own = next((sku_id for sku_id, error in troubles.items() if error != "Other"), None)
    return reason_of(troubles, own or next(iter(troubles)))


def _counts(users: dict[str, list[str | None]]) -> dict[str, int]:
    outcomes = [outcome for outcome, _, _ in users.values()]
    return {
        "done": outcomes.count("done"),
        "failed": outcomes.count("failed"),
        "pending": outcomes.count("unknown"),
    }


def _state(results: dict[str, int]) -> GroupOrderState:
    if results["done"]:
        return GroupOrderState.PARTLY if results["failed"] or results["pending"] else GroupOrderState.DONE
    return GroupOrderState.UNKNOWN if results["pending"] else GroupOrderState.FAILED


def _store(session: Session, customer_id: int, people: dict[str, RemoteUser | None]) -> None:
    now = clock.now()
    mirror.apply_answers(session, customer_id, [user for user in people.values() if user], now)
    gone = [graph_id for graph_id, user in people.items() if user is None]
    mirror.remove_users(session, customer_id, gone, now)
