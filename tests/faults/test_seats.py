"""Fifty seats and many who want them: never more sent than there are, all of them used, each loser told."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pyroaring import BitMap
from sqlalchemy import func, select

from partner_center.changes import promises, service
from partner_center.changes.models import Change, ChangeEntry
from partner_center.changes.pins import pin
from partner_center.changes.planning import everybody, make_plan
from partner_center.changes.saving import JOB_KIND, job_key
from partner_center.changes.situation import kinds_of, look
from partner_center.changes.states import ChangeState, Outcome
from partner_center.cloud.port import Reason
from partner_center.jobs.queue import enqueue
from partner_center.licensing.values import Wish
from partner_center.shared import clock
from partner_center.shared.ids import new_token
from tests.faults.conftest import Print
from tests.faults.rig import Rig, give, rig, take
from tests.faults.seeding import PARTS, sku
from tests.faults.tampering import Life, nothing_promised
from tests.faults.truth import Tally, compare

pytestmark = pytest.mark.slow

SEATS, SAVERS, EACH = 50, 16, 6
"""96 users want 50 seats."""
MOST_TRIES = 10
POLL = 0.5
"""Seconds between an idle worker's looks: savers, too, want SQLite's lock."""


@dataclass
class Round:
    """One product of one tenant, wanted by all savers at once."""

    made: Rig
    customer: int
    tenant: str
    part: str

    def race(self) -> None:
        """All savers press Save at the same moment; whoever is asked to review again does, and saves."""
        users = self.made.users(self.customer)
        start = threading.Barrier(SAVERS)

        def save(number: int) -> None:
            mine = users[number * EACH : (number + 1) * EACH]
            start.wait()
            with self.made.sessions() as session:
                chosen, wish = BitMap(mine), give(self.part)
                service.submit(session, self.made.actor, self.customer, chosen, wish, key=new_token())
                session.commit()

        with ThreadPoolExecutor(SAVERS) as savers:
            list(savers.map(save, range(SAVERS)))
        for _ in range(MOST_TRIES):
            self.made.wait_until_all_ended(60)
            if not self.made.save_again(self.customer):
                return

    def sent(self, writes: Sequence[Mapping[str, Any]]) -> tuple[int, int]:
        """How many times Microsoft was asked to give one, and how many it gave."""
        asked = Counter(
            write["status"]
            for write in writes
            if write["tenant"] == self.tenant
            and write["kind"] == "assignLicense"
            and [added for added, _ in write["detail"]["add"]] == [sku(self.part)]
        )
        return asked.total(), asked[200]

    def losers(self) -> int:
        """How many wishes were told that there was no licence left."""
        with self.made.reading() as session:
            asked = (
                select(func.count())
                .select_from(ChangeEntry)
                .join(Change, Change.id == ChangeEntry.change_id)
                .where(
                    Change.customer_id == self.customer,
                    ChangeEntry.sku_id == sku(self.part),
                    ChangeEntry.outcome.in_((Outcome.FAILED, Outcome.NOT_ATTEMPTED)),
                    ChangeEntry.reason == Reason.NO_SEATS,
                )
            )
            return session.scalar(asked) or 0


@dataclass(frozen=True, slots=True)
class Score:
    """What came of all rounds: how many were sent and given in each, how many wishes were told they lost."""

    sent: tuple[int, ...]
    given: tuple[int, ...]
    told: tuple[int, ...]
    tally: Tally

    @property
    def oversold(self) -> int:
        """Rounds in which Microsoft was asked for more than there are."""
        return sum(sent > SEATS for sent in self.sent)

    def said(self) -> str:
        exact = sum(given == SEATS for given in self.given)
        told = sum(told == SAVERS * EACH - SEATS for told in self.told)
        return (
            f"{len(self.sent)} rounds, {SAVERS} savers, {SAVERS * EACH} wishes for {SEATS} seats: "
            f"{self.oversold} sent more (at most {max(self.sent)}), {exact} gave exactly {SEATS}, "
            f"{told} told every loser; {self.tally.said()}"
        )


def race(folder: Path, count: int, life: Life) -> Score:
    """`count` rounds: tenants race at once, in each of them one product after the other."""
    tenants = -(-count // len(PARTS))
    seats = dict.fromkeys(PARTS, SEATS)
    with rig(folder, customers=tenants, users=SAVERS * EACH, seats=seats, threads=4) as made:
        for _ in range(2):
            made.workers.start(life)
        every = [
            Round(
                made,
                made.customers[number % tenants],
                made.tenants[number % tenants],
                PARTS[number // tenants],
            )
            for number in range(count)
        ]

        for one in every:
            one.race()
        tally = compare(made, purchased={sku(part): SEATS for part in PARTS})
        writes = made.sandbox.writes()
        sent, given = zip(*(one.sent(writes) for one in every), strict=True)
        return Score(sent, given, tuple(one.losers() for one in every), tally)


def test_savers_in_parallel_never_send_more_than_the_seats(
    folder: Path, is_long: bool, figures: Print
) -> None:
    score = race(folder, 200 if is_long else 3, Life(poll=POLL))
    figures(score.said())
    assert score.tally.is_clean, score.tally.said()
    assert set(score.given) == {SEATS}
    assert set(score.told) == {SAVERS * EACH - SEATS}
    assert score.oversold == 0


def test_control_without_the_seat_guard_nearly_every_round_oversells(
    folder: Path, figures: Print, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(promises, "promised_before", nothing_promised)
    score = race(folder, 3, Life(poll=POLL, controls=("no_seat_guard",)))
    figures(score.said())
    assert score.oversold >= 0.9 * len(score.sent)


# moving seats inside one order --------------------------------------------------------------------

MOVERS = 40
PART = "VISIOCLIENT"


def move(folder: Path, life: Life) -> tuple[int, int, Tally]:
    """All seats are taken; one order gives them to others, whose names come first.

    How many were given, how often one was asked for while none was free, and the tally.
    """
    with rig(folder, users=2 * MOVERS, seats={PART: MOVERS}) as made:
        customer = made.customers[0]
        users = made.users(customer)
        winners, losers = users[:MOVERS], users[MOVERS:]
        made.workers.start(life)
        made.save(customer, losers, give(PART))
        assert made.wait_until_all_ended(60)
        before = len(made.sandbox.writes())
        save_with_two_wishes(made, customer, (winners, give(PART)), (losers, take(PART)))
        assert made.wait_until_all_ended(60)
        tally = compare(made, purchased={sku(PART): MOVERS})
        writes = [write for write in made.sandbox.writes()[before:] if write["kind"] == "assignLicense"]
    given = sum(write["status"] == 200 and bool(write["detail"]["add"]) for write in writes)
    return given, sum(write["status"] == 400 for write in writes), tally


def save_with_two_wishes(made: Rig, customer: int, *asked: tuple[Sequence[int], Wish]) -> None:
    """One order with another wish for each set of users, as undoing one has; begun, as after its review."""
    with made.sessions() as session:
        situation = look(session, customer)
        kinds = [
            kind
            for users, wish in asked
            for kind in make_plan(
                kinds_of(session, customer, BitMap(users)),
                everybody(wish, BitMap(users)),
                situation.context,
                {sku(PART): len(users)},
                today=clock.now().date(),
            ).kinds
        ]
        members = BitMap().union(*(BitMap(users) for users, _ in asked))
        change = service.submit(session, made.actor, customer, members, asked[0][1], key=new_token())
        change.state, change.groups = ChangeState.RUNNING, pin(kinds)
        change.saved_at = change.started_at = clock.now()
        pairs = sum(len(each.kind.members) * len(each.judged) for each in kinds)
        change.plan = {"summary": {"asked": pairs}, "language": "en"}
        enqueue(session, JOB_KIND, {"change_id": change.id}, key=job_key(change.id))
        session.commit()


def test_seats_moved_inside_one_order_are_freed_first(folder: Path, figures: Print) -> None:
    given, refused, tally = move(folder, Life())
    figures(f"{given} of {MOVERS} seats moved, {refused} asked for while none was free; {tally.said()}")
    assert (given, refused) == (MOVERS, 0)
    assert tally.is_clean, tally.said()


def test_control_seats_that_are_not_freed_first_are_asked_for_in_vain(folder: Path, figures: Print) -> None:
    given, refused, tally = move(folder, Life(controls=("no_freeing_first",)))
    figures(f"{given} of {MOVERS} seats moved, {refused} asked for while none was free; {tally.said()}")
    assert refused > 0
