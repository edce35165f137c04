"""More licences: ordered once, for what was seen, by who may; and the truth about lost answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
import time_machine
from sqlalchemy import func, select, update

from partner_center.audit.models import AuditEntry
from partner_center.cloud.errors import AccessDenied, CloudError, Throttled, Unreachable
from partner_center.cloud.port import CommerceSubscription
from partner_center.directory.models import SubscribedSku
from partner_center.jobs.models import Job
from partner_center.purchasing.growth import growable
from partner_center.purchasing.models import SeatOrder
from partner_center.purchasing.queries import find_growable, get_order, who_can_buy
from partner_center.purchasing.runner import on_failed
from partner_center.purchasing.service import may_buy
from partner_center.purchasing.states import OrderState
from partner_center.shared.errors import Conflict, NotFound, Refusal, Unavailable
from partner_center.staff import service as staff
from partner_center.staff.actor import RoleForbids
from partner_center.staff.permissions import Permission
from partner_center.staff.queries import actor_of
from tests.cast import Cast
from tests.make import Make
from tests.unit.changes.fake_cloud import Fate
from tests.unit.changes.stage import E3, VISIO
from tests.unit.purchasing.shop import NOW, Shop, subscription


def test_what_can_grow_is_told_with_what_it_commits_to(shop: Shop) -> None:
    with time_machine.travel(NOW, tick=False):
        growth = find_growable(shop.session, shop.actor, shop.customer.id, E3, shop.cloud)

    target = growth.subscriptions[0]
    assert (target.name, target.quantity, target.term) == ("Office 365 E3", 50, "P1Y")
    assert (target.renews_on, target.auto_renew) == (date(2027, 2, 20), True)
    assert target.cancel_until == NOW + timedelta(days=7)


@pytest.mark.parametrize(
    "other",
    [
        subscription("suspended", status="suspended"),
        subscription("other product", VISIO),
        subscription("nothing in Entra", None),
        subscription("trial", raw={"isTrial": True}),
    ],
)
def test_what_can_not_grow_is_not_offered(other: CommerceSubscription) -> None:
    assert growable([other], E3, NOW) == ()


def test_the_largest_subscription_comes_first_and_the_window_ends_with_the_term() -> None:
    small = subscription("small", quantity=5, commitment_end_at=NOW + timedelta(days=2))
    large = subscription("large", quantity=8, commitment_end_at=None)

    found = growable([small, large], E3, NOW)

    assert [one.name for one in found] == ["large", "small"]
    assert found[1].cancel_until == NOW + timedelta(days=2)
    assert found[0].renews_on is None


def test_a_partner_center_that_can_not_be_reached_is_said_so(shop: Shop) -> None:
    shop.cloud.trouble = lambda _: Unreachable("no answer")

    with pytest.raises(Unavailable, match="Try again"):
        find_growable(shop.session, shop.actor, shop.customer.id, E3, shop.cloud)


def test_products_the_customer_does_not_own_and_strangers_find_nothing(shop: Shop, cast: Cast) -> None:
    with pytest.raises(NotFound):
        find_growable(shop.session, shop.actor, shop.customer.id, VISIO, shop.cloud)
    order = shop.order()
    with pytest.raises(NotFound):
        get_order(shop.session, actor_of(cast.stranger), shop.customer.id, order.ref)
    with pytest.raises(NotFound):
        get_order(shop.session, shop.actor, cast.fjord.id, order.ref)


def test_an_order_raises_the_total_and_the_new_licences_are_microsofts(shop: Shop) -> None:
    order = shop.order(add=8)
    waiting = shop.view(order)
    assert (waiting.state, waiting.finished, waiting.before, waiting.after) == (
        OrderState.WAITING,
        False,
        50,
        58,
    )

    shop.run()

    view = shop.view(order)
    assert (view.state, view.finished, view.added) == (OrderState.DONE, True, 8)
    assert shop.cloud.quantities == [(58, order.ms_request_id)]
    owned = shop.session.get(SubscribedSku, (shop.customer.id, E3), populate_existing=True)
    assert owned is not None
    assert owned.enabled == 58
    assert (view.product, view.return_to) == ("Office 365 E3", "/customers/1/manage#p-1")
    entries = shop.session.scalars(select(AuditEntry.action).where(AuditEntry.subject == order.ref)).all()
    assert entries == ["seats_ordered", "seats_order_finished"]


def test_a_form_sent_twice_is_one_order(shop: Shop) -> None:
    target = shop.target
    first, second = shop.order(target=target), shop.order(target=target)

    assert first.ref == second.ref
    shop.run()
    assert len(shop.cloud.quantities) == 1
    assert shop.order(target=target).ref == first.ref


def test_a_key_used_for_another_number_is_refused(shop: Shop) -> None:
    order = shop.order(add=8)

    with pytest.raises(Conflict, match=order.ref):
        shop.order(add=9)


def test_two_orders_of_one_subscription_do_not_overwrite_each_other(shop: Shop) -> None:
    order = shop.order()

    with pytest.raises(Conflict, match=order.ref):
        shop.order(key="second")
    shop.session.rollback()
    shop.run()
    again = shop.order(add=2, key="second")
    shop.run()
    assert [quantity for quantity, _ in shop.cloud.quantities] == [58, 60]
    assert shop.view(again).state is OrderState.DONE


@pytest.mark.parametrize("add", [0, -1, 100_001])
def test_numbers_that_can_not_be_bought_are_refused(shop: Shop, add: int) -> None:
    with pytest.raises(Refusal, match="1 to 100,000"):
        shop.order(add=add)


def test_who_may_not_buy_is_told_who_can(shop: Shop, cast: Cast, make: Make) -> None:
    target = shop.target
    shop.member = cast.helpdesk

    assert not may_buy(shop.actor)
    with pytest.raises(RoleForbids) as refused:
        shop.order(target=target)
    assert refused.value.permission is Permission.BUY_SEATS
    assert who_can_buy(shop.session, shop.customer.id) == ("Deniz Admin", "Grace Global", "Sara Sales")


def test_a_total_that_moved_before_the_order_stops_it(shop: Shop) -> None:
    order = shop.order()
    shop.cloud.commerce = [subscription(quantity=51)]

    shop.run()

    assert (shop.view(order).state, shop.view(order).reason) == (OrderState.FAILED, "changed")
    assert shop.cloud.quantities == []


def test_a_subscription_that_is_gone_fails(shop: Shop) -> None:
    order = shop.order()
    shop.cloud.commerce = []

    shop.run()

    assert (shop.view(order).state, shop.view(order).reason) == (OrderState.FAILED, "not_owned")


def test_microsofts_refusal_is_kept_in_its_own_words(shop: Shop) -> None:
    shop.cloud.fate = lambda _: Fate.SHUT

    order = shop.order()
    shop.run()

    view = shop.view(order)
    assert (view.state, view.reason, view.message) == (OrderState.FAILED, "no_rights", "no")


@pytest.mark.parametrize("wait", [None, 3.0])
def test_being_throttled_waits_and_asks_again(shop: Shop, wait: float | None) -> None:
    shop.cloud.retry_after = wait
    fates = [Fate.THROTTLED]
    shop.cloud.fate = lambda _: fates.pop() if fates else Fate.NORMAL
    looks = [Throttled(wait)]
    shop.cloud.trouble = lambda call: (
        looks.pop() if looks and call == "commerce" and shop.cloud.count("commerce") > 1 else None
    )

    order = shop.order()
    shop.run()

    assert shop.view(order).state is OrderState.DONE
    assert len(shop.cloud.quantities) == 2


def test_being_shut_out_fails_the_order(shop: Shop) -> None:
    order = shop.order()
    shop.cloud.trouble = lambda _: AccessDenied(403, "900308", "insufficient privileges", "req")

    shop.run()

    assert (shop.view(order).state, shop.view(order).reason) == (OrderState.FAILED, "no_rights")


@pytest.mark.parametrize("how", ["suspended", "role", "scope"])
def test_who_may_no_longer_buy_stops_the_order(shop: Shop, how: str, cast: Cast) -> None:
    order = shop.order()
    if how == "suspended":
        staff.suspend(shop.session, shop.member)
    elif how == "role":
        shop.member.roles = []
    else:
        shop.member.scope = "listed"
    shop.session.commit()

    shop.run()

    shop.member = cast.admin
    assert (shop.view(order).state, shop.view(order).reason) == (OrderState.FAILED, "role_lost")
    assert shop.cloud.quantities == []


def test_seats_that_can_not_be_read_afterwards_leave_the_order_done(shop: Shop) -> None:
    shop.cloud.trouble = lambda call: Unreachable("no answer") if call == "skus" else None

    order = shop.order()
    shop.run()

    assert shop.view(order).state is OrderState.DONE
    assert "sync-customer" in shop.session.scalars(select(Job.kind)).all()
    assert shop.session.scalar(select(SubscribedSku.enabled)) == 50


@pytest.mark.parametrize(
    ("call", "state", "reason"),
    [("commerce", OrderState.FAILED, "stopped"), ("quantity", OrderState.UNKNOWN, "busy")],
)
def test_a_job_out_of_attempts_says_what_is_known(
    shop: Shop, call: str, state: OrderState, reason: str
) -> None:
    order = shop.order()

    def trouble(asked: str) -> CloudError | None:
        return Unreachable("no answer") if asked == call else None

    shop.cloud.trouble = trouble
    with shop.sessions() as session:
        session.execute(update(Job).values(max_attempts=1))
        session.commit()
    shop.run()

    assert (shop.view(order).state, shop.view(order).reason) == (state, reason)


def test_a_finished_order_is_left_alone(shop: Shop) -> None:
    order = shop.order()
    shop.run()
    with shop.sessions() as session:
        session.execute(update(Job).values(state="waiting"))
        session.commit()

    shop.run()
    on_failed(shop.session, shop.session.scalars(select(Job).where(Job.kind == "seat-order")).one())

    assert shop.view(order).state is OrderState.DONE
    assert len(shop.cloud.quantities) == 1
    assert shop.session.scalar(select(func.count()).select_from(SeatOrder)) == 1


def test_an_order_of_a_product_that_is_gone_is_still_readable(shop: Shop) -> None:
    order = shop.order()
    shop.session.execute(SubscribedSku.__table__.delete())
    shop.session.commit()

    view = shop.view(order)

    assert view.product == "Office 365 E3"
    assert replace(view, state=OrderState.SENT).finished is False
