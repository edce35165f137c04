"""Taking over what a user of a customer bought: from then on it is the organization's, like any other."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from partner_center.audit.service import Action, record
from partner_center.cloud.errors import CloudError
from partner_center.cloud.port import Answer, Cloud
from partner_center.customers.access import judge
from partner_center.customers.queries import get_customer
from partner_center.directory import mirror
from partner_center.directory.models import TenantSubscription
from partner_center.shared import clock
from partner_center.shared.errors import Conflict, Forbidden, Unavailable
from partner_center.staff.actor import Actor
from partner_center.staff.permissions import Permission


def bought_by_users(session: Session, customer_id: int, sku_id: str) -> list[str]:
    """Ids of the living subscriptions of the product that a user of the organization bought."""
    return list(
        session.scalars(
            select(TenantSubscription.subscription_id)
            .where(
                TenantSubscription.customer_id == customer_id,
                TenantSubscription.sku_id == sku_id,
                TenantSubscription.self_service,
                TenantSubscription.status != "Deleted",
            )
            .order_by(TenantSubscription.subscription_id)
        )
    )


def take_over(
    sessions: sessionmaker[Session], cloud: Cloud, actor: Actor, customer_id: int, sku_id: str
) -> None:
    """Take over all of them, and read what became of it.

    Commits by itself, and holds no transaction while it asks: that it is asked is in the audit before
    Microsoft is told, how it ended is there after. Raises Forbidden for whom it is not, Conflict where there
    is nothing to take over or Microsoft refuses, Unavailable where it can't be told how it ended.
    """
    with sessions() as session:
        customer = get_customer(session, actor, customer_id)
        actor.demand(Permission.BUY_SEATS)
        if not judge(customer, clock.now()).may_write:
            raise Forbidden("The customer's access does not allow changes now. Nothing was taken over.")
        wanted, tenant_id = bought_by_users(session, customer_id, sku_id), customer.tenant_id
        if not wanted:
            raise Conflict("No subscription of this product was bought by a user.")
        for one in wanted:
            record(session, actor, Action.TAKEOVER_ASKED, customer_id=customer_id, subject=one, sku=sku_id)
        session.commit()
    answers = {one: cloud.take_over(tenant_id, one) for one in wanted}
    try:
        told = cloud.subscriptions(tenant_id)
    except CloudError as problem:
        said = Unavailable("Microsoft can't be read now. Refresh the customer to see how it ended.")
        raise said from problem
    left = {one.subscription_id for one in told if one.self_service}
    with sessions() as session:
        mirror.store_subscriptions(session, customer_id, told, clock.now(), terms=None)
        for one, answer in answers.items():
            _record_end(session, actor, customer_id, one, answer, failed=one in left)
        session.commit()
    if left.intersection(wanted):
        raise Conflict("Microsoft did not take it over. The audit has Microsoft's own text.")


def _record_end(
    session: Session, actor: Actor, customer_id: int, subscription: str, answer: Answer, *, failed: bool
) -> None:
    record(
        session,
        actor,
        Action.TAKEOVER_FINISHED,
        customer_id=customer_id,
        subject=subscription,
        state="failed" if failed else "done",
        reason=str(answer.reason) if failed and answer.reason else None,
        message=answer.message if failed else None,
        ms_request_id=answer.request_id,
    )
