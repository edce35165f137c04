"""kill -9 of workers at random points: nothing lost, nothing twice, one true outcome for each thing asked."""

from __future__ import annotations

import random
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.faults.conftest import Print
from tests.faults.rig import Rig, give, rig, take
from tests.faults.seeding import PARTS
from tests.faults.tampering import Life
from tests.faults.truth import Tally, compare

pytestmark = pytest.mark.slow

SEED = 20261125
CUSTOMERS, BLOCKS, BLOCK = 4, 3, 25
WORKERS = 3
LATENCY_MS = 120
"""So that most kills find calls under way."""
PATIENCE = 180.0
"""Seconds for a hundred kills, a slow machine's included."""


@dataclass
class Campaign:
    """Orders kept coming and workers kept dying, until there were enough of both."""

    rig: Rig
    life: Life
    kills: int
    changes: int
    dice: random.Random = field(default_factory=lambda: random.Random(SEED))
    killed: int = 0
    hit: int = 0
    saved: int = 0

    def run(self) -> Tally:
        self.rig.sandbox.ask("switches", {"latency_ms": LATENCY_MS})
        waiting = deque(self._orders())
        for _ in range(WORKERS):
            self.rig.workers.start(self.life)
        give_up = time.monotonic() + PATIENCE * max(1, self.kills / 100)
        while self.killed < self.kills or self.saved < self.changes:
            assert time.monotonic() < give_up, f"after {self.said()} nothing moves: see nursery.log"
            while waiting and self.saved < self.changes and self.rig.open_orders() < 2 * WORKERS:
                self._save(*waiting.popleft())
            time.sleep(self.dice.uniform(0.02, 0.35))
            if self.killed < self.kills:
                self.rig.workers.kill(self.dice.choice(sorted(self.rig.workers.alive)))
                self.killed += 1
                self.hit += self.rig.under_way() > 0
                self.rig.workers.start(self.life)
            if not waiting and not self.rig.open_orders():
                break
        self.rig.wait_until_all_ended(300)
        return compare(self.rig)

    def said(self) -> str:
        """How many, and how many of them while users were sent and unanswered."""
        return f"{self.killed:,} kills, {self.hit:,} of them with calls under way"

    def _save(self, customer: int, members: list[int], op: str, part: str) -> None:
        self.rig.save(customer, members, give(part) if op == "give" else take(part))
        self.saved += len(members)

    def _orders(self) -> Iterator[tuple[int, list[int], str, str]]:
        """Each product given to each block of each customer, then taken again; nothing twice."""
        users = {customer: self.rig.users(customer) for customer in self.rig.customers}
        for op in ("give", "take"):
            for part in PARTS:
                for block in range(BLOCKS):
                    for customer in self.rig.customers:
                        yield customer, users[customer][block * BLOCK : (block + 1) * BLOCK], op, part


def campaign(folder: Path, life: Life, *, kills: int, changes: int) -> tuple[Campaign, Tally]:
    with rig(folder, customers=CUSTOMERS, users=BLOCKS * BLOCK) as made:
        run = Campaign(made, life, kills, changes)
        return run, run.run()


def test_no_kill_loses_or_repeats_a_change(folder: Path, is_long: bool, figures: Print) -> None:
    kills, changes = (1000, 6000) if is_long else (40, 600)
    began = time.monotonic()
    run, tally = campaign(folder, Life(), kills=kills, changes=changes)
    figures(f"{run.said()} in {time.monotonic() - began:.0f} s; {tally.said()}")
    assert run.killed >= kills
    assert tally.changes >= changes
    assert tally.is_clean, tally.said()
    assert (tally.unknown, tally.repeated) == (0, 0)
    assert run.hit >= kills / 4, "most kills found nothing under way: this run proves little"


def test_control_sending_again_without_looking_repeats_changes(folder: Path, figures: Print) -> None:
    run, tally = campaign(folder, Life(controls=("no_look",)), kills=15, changes=300)
    figures(f"{run.said()}; {tally.said()}")
    assert tally.repeated > 0
