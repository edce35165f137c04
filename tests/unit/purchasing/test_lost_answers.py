"""Answers that are lost on the way: an order is never counted twice, and its end is what is known."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from partner_center.cloud.errors import AccessDenied
from partner_center.jobs.models import Job
from partner_center.purchasing.queries import get_order
from partner_center.purchasing.states import OrderState
from partner_center.shared import clock
from tests.unit.changes.fake_cloud import Fate
from tests.unit.purchasing.shop import Shop, subscription


def test_a_lost_answer_is_looked_up_and_counts_once(shop: Shop) -> None:
    fates = [Fate.LOST_AFTER]
    shop.cloud.fate = lambda _: fates.pop() if fates else Fate.NORMAL

    order = shop.order()
    shop.run()

    assert shop.view(order).state is OrderState.DONE
    assert len(shop.cloud.quantities) == 1


def test_a_lost_request_is_sent_again_under_the_same_id(shop: Shop) -> None:
    fates = [Fate.LOST_BEFORE]
    shop.cloud.fate = lambda _: fates.pop() if fates else Fate.NORMAL

    order = shop.order()
    shop.run()

    assert shop.view(order).state is OrderState.DONE
    assert shop.cloud.quantities == [(58, order.ms_request_id)] * 2


def test_an_order_that_never_shows_is_said_to_be_unknown(shop: Shop) -> None:
    shop.cloud.fate = lambda _: Fate.LOST_BEFORE
    order = shop.order()
    shop.worker.run_once()
    order.created_at -= timedelta(minutes=16)
    shop.session.commit()

    shop.run()

    assert (shop.view(order).state, shop.view(order).reason) == (OrderState.UNKNOWN, "busy")


def test_a_total_that_moved_after_a_lost_answer_leaves_it_unknown(shop: Shop) -> None:
    shop.cloud.fate = lambda _: Fate.LOST_AFTER
    order = shop.order()
    shop.worker.run_once()
    shop.cloud.commerce = [subscription(quantity=70)]

    shop.run()

    assert (shop.view(order).state, shop.view(order).reason) == (OrderState.UNKNOWN, "changed")


def test_a_lost_order_that_is_throttled_when_asked_again_may_still_have_been_done(shop: Shop) -> None:
    fates = [Fate.LOST_BEFORE, Fate.THROTTLED]
    shop.cloud.fate = lambda _: fates.pop(0)
    order = shop.order()
    shop.worker.run_once()
    with shop.sessions() as session:
        session.execute(update(Job).values(run_after=clock.now()))
        session.commit()
    shop.worker.run_once()
    assert not fates
    shop.cloud.commerce = [subscription(quantity=58)]

    shop.run()

    assert shop.view(order).state is OrderState.DONE


@pytest.mark.parametrize(
    ("quantity", "state", "reason"), [(58, OrderState.DONE, None), (50, OrderState.UNKNOWN, "role_lost")]
)
def test_who_lost_the_role_after_sending_is_told_what_is_known(
    shop: Shop, quantity: int, state: OrderState, reason: str | None
) -> None:
    shop.cloud.fate = lambda _: Fate.LOST_BEFORE
    order = shop.order()
    shop.worker.run_once()
    actor = shop.actor
    shop.member.roles.clear()
    shop.cloud.commerce = [subscription(quantity=quantity)]
    shop.session.commit()

    shop.run()

    view = get_order(shop.session, actor, shop.customer.id, order.ref)
    assert (view.state, view.reason, len(shop.cloud.quantities)) == (state, reason, 1)


def test_access_that_is_denied_after_sending_leaves_it_unknown(shop: Shop) -> None:
    shop.cloud.fate = lambda _: Fate.LOST_BEFORE
    order = shop.order()
    shop.worker.run_once()
    shop.cloud.trouble = lambda _call: AccessDenied(403, "Forbidden", "no")

    shop.run()

    assert (shop.view(order).state, shop.view(order).reason) == (OrderState.UNKNOWN, "no_rights")
