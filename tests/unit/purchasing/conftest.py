"""The shop that the tests of this folder open."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session, sessionmaker

from partner_center.jobs.worker import Worker
from partner_center.purchasing.runner import on_failed, order_handler
from tests.cast import Cast
from tests.make import Make
from tests.unit.changes.fake_cloud import FakeCloud
from tests.unit.changes.stage import E3, sku
from tests.unit.purchasing.shop import Shop, subscription


@pytest.fixture
def shop(make: Make, sessions: sessionmaker[Session], cast: Cast) -> Shop:
    customer = make.customer("Contoso")
    make.skus(customer, sku(E3, enabled=50, consumed=42))
    cloud = FakeCloud({}, {E3: sku(E3, enabled=58)}, tenant_id=customer.tenant_id, commerce=[subscription()])
    worker = Worker(sessions, {"seat-order": order_handler(cloud)}, on_failed={"seat-order": on_failed})
    return Shop(make.session, sessions, cloud, customer, cast.sales, worker)
