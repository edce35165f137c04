"""Save pressed more than once, or answered by nobody: one order, whatever the browser or the server does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
from pyroaring import BitMap
from sqlalchemy import select

from partner_center.changes.models import Change
from partner_center.changes.states import ChangeState
from partner_center.directory import selection
from tests.faults.conftest import Print
from tests.faults.rig import rig
from tests.faults.seeding import PARTS, sku
from tests.faults.tampering import Failpoint
from tests.faults.truth import Tally, compare
from tests.faults.visiting import Form, Visitor

pytestmark = pytest.mark.slow

FEW, MANY = 6, 25
"""Users: few are saved with one press, many after a review."""
EDGE = "transaction._settle"
"""Where the web process commits what a form did."""


@dataclass
class Desk:
    """One product, wanted for some users. Each way of pressing Save is tried with one of its own."""

    visitor: Visitor
    customer: int
    users: Sequence[int]
    part: str

    def prepare(self) -> None:
        """Tick the users."""
        made = self.visitor.rig
        with made.sessions() as session:
            selection.replace(session, made.actor, self.customer, BitMap(self.users))
            session.commit()

    def open_form(self) -> tuple[str, Form]:
        """Where the last form goes, filled in: Manage licenses, or the review where there is one."""
        path = f"/customers/{self.customer}/manage"
        form = self.visitor.form(path, "manage")
        form[f"op-{sku(self.part)}"] = "assign"
        form["go"] = "save"
        if len(self.users) == FEW:
            return path, form
        planned = self.visitor.send(path, form)
        assert planned is not None
        review = planned.headers["Location"]
        return f"{review}/save", self.visitor.form(review, "review")

    def orders(self) -> list[tuple[str, ChangeState]]:
        """What was made of it."""
        with self.visitor.rig.reading() as session:
            rows = session.execute(select(Change.ref, Change.state, Change.asks))
            return [
                (ref, ChangeState(state))
                for ref, state, asks in rows
                if any(sku(self.part) in ask["wish"]["products"] for ask in asks)
            ]


Press = Callable[[Desk], "requests.Response | None"]
"""Presses Save in its own way; what the person sees last."""


def killed(when: str) -> Press:
    """The web process dies while it answers; another one starts, and the browser sends the form again."""

    def press(desk: Desk) -> requests.Response | None:
        path, form = desk.open_form()
        visitor = desk.visitor
        visitor.rig.workers.stop(visitor.pid)
        log = visitor.rig.folder / f"web-{desk.part}.log"
        visitor.open_site(Failpoint(f"{EDGE} {when}", "kill", str(log)))
        assert visitor.send(path, form) is None, "it did not die"
        visitor.rig.workers.wait(visitor.pid)
        visitor.open_site()
        return visitor.send(path, form)

    return press


def twice(desk: Desk) -> requests.Response | None:
    path, form = desk.open_form()
    desk.visitor.send(path, form)
    return desk.visitor.send(path, form)


def ten_at_once(desk: Desk) -> requests.Response | None:
    path, form = desk.open_form()
    with ThreadPoolExecutor(10) as pool:
        return list(pool.map(lambda _: desk.visitor.send(path, form), range(10)))[-1]


def back_when_it_is_done(desk: Desk) -> requests.Response | None:
    path, form = desk.open_form()
    desk.visitor.send(path, form)
    assert desk.visitor.rig.wait_until_all_ended(60)
    return desk.visitor.send(path, form)


def two_tabs(desk: Desk) -> requests.Response | None:
    tabs = [desk.open_form(), desk.open_form()]
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(lambda tab: desk.visitor.send(*tab), tabs))[-1]


WAYS: dict[str, Press] = {
    "killed before the commit": killed("before"),
    "killed after the commit": killed("after"),
    "twice": twice,
    "ten at once": ten_at_once,
    "back when it is done": back_when_it_is_done,
    "two tabs": two_tabs,
}


def press_all(
    folder: Path, ways: Sequence[str] = tuple(WAYS), controls: tuple[str, ...] = ()
) -> tuple[dict[str, list[ChangeState]], Tally]:
    """Every way, with few users and with many: the states of the orders that came of each."""
    found: dict[str, list[ChangeState]] = {}
    with rig(folder, users=FEW + MANY) as made:
        users = made.users(made.customers[0])
        visitor = Visitor(made, controls=controls)
        visitor.open_site()
        made.workers.start()
        tries = [(name, some) for name in ways for some in (users[:FEW], users[FEW:])]
        for part, (name, some) in zip(PARTS, tries, strict=False):
            desk = Desk(visitor, made.customers[0], some, part)
            desk.prepare()
            seen = WAYS[name](desk)
            assert made.wait_until_all_ended(60)
            orders = desk.orders()
            found[f"{name}, {len(some)} users"] = [state for _, state in orders]
            assert seen is not None
            assert seen.status_code == 303, seen.text[:500]
            assert any(ref in seen.headers["Location"] for ref, _ in orders)
        return found, compare(made)


def is_one(way: str, states: Sequence[ChangeState]) -> bool:
    """Two tabs are two forms: of two orders alike the second is handed back to be reviewed, nothing sent."""
    second = [ChangeState.REVIEW_AGAIN] if way.startswith("two tabs") else []
    return sorted(states) == [ChangeState.FINISHED, *second]


def test_one_order_comes_of_it_however_save_is_pressed(folder: Path, figures: Print) -> None:
    found, tally = press_all(folder)
    figures("; ".join(f"{way}: {', '.join(states)}" for way, states in found.items()) + f"; {tally.said()}")
    assert tally.is_clean, tally.said()
    assert tally.repeated == 0
    assert {way: states for way, states in found.items() if not is_one(way, states)} == {}


def test_control_forms_without_a_key_make_more_than_one_order(folder: Path, figures: Print) -> None:
    found, _ = press_all(folder, ("twice", "ten at once"), controls=("no_key",))
    more = [way for way, states in found.items() if not is_one(way, states)]
    figures(f"more than one order: {', '.join(more)}")
    assert more
