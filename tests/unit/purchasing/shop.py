"""A customer that buys licenses, and what it has bought so far."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import update
from sqlalchemy.orm import Session, sessionmaker
from structlog.testing import capture_logs

from partner_center.cloud.port import CommerceSubscription
from partner_center.customers.models import Customer
from partner_center.jobs.models import Job
from partner_center.jobs.worker import Worker
from partner_center.purchasing.growth import Growable
from partner_center.purchasing.models import SeatOrder
from partner_center.purchasing.queries import OrderView, find_growable, get_order
from partner_center.purchasing.service import order_seats
from partner_center.shared import clock
from partner_center.staff.actor import Actor
from partner_center.staff.models import StaffMember
from partner_center.staff.queries import actor_of
from tests.make import guid
from tests.unit.changes.fake_cloud import FakeCloud
from tests.unit.changes.stage import E3

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def subscription(
    name: str = "Office 365 E3", sku_id: str | None = E3, **fields: object
) -> CommerceSubscription:
    told = {"quantity": 50, "status": "active", "term": "P1Y", "billing_cycle": "monthly", "auto_renew": True}
    told |= {"commitment_end_at": NOW + timedelta(days=90), "cancellation_until": None}
    return CommerceSubscription(guid(name), name, sku_id, **(told | fields))  # type: ignore[arg-type]


@dataclass
class Shop:
    """A customer that buys, and a worker."""

    session: Session
    sessions: sessionmaker[Session]
    cloud: FakeCloud
    customer: Customer
    member: StaffMember
    worker: Worker

    @property
    def actor(self) -> Actor:
        return actor_of(self.member)

    @property
    def target(self) -> Growable:
        return find_growable(self.session, self.actor, self.customer.id, E3, self.cloud).subscriptions[0]

    def order(self, add: int = 8, key: str = "key", target: Growable | None = None) -> SeatOrder:
        order = order_seats(
            self.session,
            self.actor,
            self.customer.id,
            target or self.target,
            sku_id=E3,
            add=add,
            key=key,
            return_to="/customers/1/manage#p-1",
        )
        self.session.commit()
        return order

    def run(self, turns: int = 60) -> None:
        with capture_logs():
            for _ in range(turns):
                if not self.worker.run_once():
                    with self.sessions() as session:
                        later = (Job.state == "waiting", Job.run_after > clock.now())
                        moved = session.execute(
                            update(Job).where(*later).values(run_after=clock.now()).returning(Job.id)
                        ).all()
                        session.commit()
                    if not moved:
                        break
        self.session.commit()
        self.session.expire_all()

    def view(self, order: SeatOrder) -> OrderView:
        return get_order(self.session, self.actor, self.customer.id, order.ref)
