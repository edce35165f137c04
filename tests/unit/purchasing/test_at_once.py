"""Two people buy at the same moment: the total is absolute, so one of them is told to wait."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from partner_center.purchasing import service
from partner_center.purchasing.growth import Growable
from partner_center.purchasing.models import SeatOrder
from partner_center.shared.errors import Conflict
from partner_center.staff.queries import actor_of
from tests.cast import Cast
from tests.make import guid

TARGET = Growable(
    subscription_id=guid("E3"),
    name="Office 365 E3",
    quantity=50,
    term="P1Y",
    billing_cycle="monthly",
    renews_on=None,
    auto_renew=True,
    cancel_until=datetime(2026, 12, 1, tzinfo=UTC),
    is_trial=False,
)


def ordered(sessions: sessionmaker[Session], cast: Cast, people: int = 4) -> tuple[int, int]:
    """How many orders are stored, and how many people were told to wait, of so many at once."""
    actor, customer_id = actor_of(cast.sales), cast.fjord.id
    start, refused = threading.Barrier(people), []

    def order(number: int) -> None:
        start.wait(timeout=10)
        with sessions() as session:
            try:
                service.order_seats(
                    session, actor, customer_id, TARGET, sku_id=guid("E3"), add=5, key=f"form {number}"
                )
                session.commit()
            except Conflict as problem:
                refused.append(problem)

    threads = [threading.Thread(target=order, args=(number,)) for number in range(people)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    with sessions() as session:
        stored = session.scalar(select(func.count()).select_from(SeatOrder))
    return stored or 0, len(refused)


def test_of_four_orders_at_once_one_is_taken(sessions: sessionmaker[Session], cast: Cast) -> None:
    assert ordered(sessions, cast) == (1, 3)


def test_looking_without_waiting_for_the_others_would_take_more(
    sessions: sessionmaker[Session], cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: nobody sees the others' orders."""
    monkeypatch.setattr(service, "_refuse_second", lambda *_: None)
    assert ordered(sessions, cast)[0] > 1
