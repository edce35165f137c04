"""Whatever the sandbox can do wrong, alone and mixed: every order ends, and what it says is so."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.faults.conftest import Print
from tests.faults.rig import Rig, give, rig, take
from tests.faults.seeding import PARTS
from tests.faults.tampering import Life
from tests.faults.truth import Tally, compare

pytestmark = pytest.mark.slow

BATCH, ASSIGN = "/graph/v1.0/$batch", "/graph/v1.0/users/*/assignLicense"
READ_TIMEOUT = 1.0
SLOW = 1.6
"""Seconds, both. A slow answer comes after the console has given it up."""
USERS, BLOCK = 45, 15
SEED = 20261125
TENANTS, AT_ONCE, WORKERS, KILL_CHANCE = 8, 10, 2, 0.1
GIVEN, OTHER = ("POWER_BI_PRO", "EMS"), "VISIOCLIENT"

Rules = Sequence[Mapping[str, Any]]
ALONE: Mapping[str, Rules] = {
    "throttled batches": [{"fault": "throttle", "path": BATCH, "next": 6, "retry_after": 1}],
    "throttled without a hint": [{"fault": "throttle", "path": BATCH, "next": 2}],
    "throttled users": [{"fault": "throttle", "path": ASSIGN, "chance": 0.4, "retry_after": 1}],
    "500 before": [{"fault": "error", "path": BATCH, "chance": 0.5}],
    "500 after": [{"fault": "error", "path": BATCH, "chance": 0.5, "when": "after"}],
    "500 for users": [
        {"fault": "error", "path": ASSIGN, "chance": 0.2},
        {"fault": "error", "path": ASSIGN, "chance": 0.2, "when": "after"},
    ],
    "503": [
        {"fault": "error", "path": BATCH, "status": 503, "chance": 0.3, "retry_after": 1},
        {"fault": "error", "path": ASSIGN, "status": 503, "chance": 0.2},
    ],
    "503 after": [{"fault": "error", "path": BATCH, "status": 503, "chance": 0.5, "when": "after"}],
    "slow after": [{"fault": "slow", "path": BATCH, "chance": 0.4, "seconds": SLOW, "when": "after"}],
    "slow before": [{"fault": "slow", "path": BATCH, "chance": 0.3, "seconds": SLOW}],
    "dropped before": [{"fault": "drop", "path": BATCH, "chance": 0.4}],
    "dropped after": [{"fault": "drop", "path": BATCH, "chance": 0.4, "when": "after"}],
    "malformed": [{"fault": "malformed", "path": BATCH, "chance": 0.4}],
    "lost batches": [{"fault": "lose_batch", "chance": 0.4}],
    "missing answers": [{"fault": "missing_item", "chance": 0.6}],
    "ended tokens": [{"fault": "expire_token", "path": "/graph/*", "chance": 0.3}],
    "no tokens": [{"fault": "error", "path": "/login/*", "status": 503, "next": 3}],
    "access ended": [{"fault": "edit", "path": ASSIGN, "nth": 25, "edit": {"do": "end_gdap"}}],
    "fewer seats": [
        {
            "fault": "edit",
            "path": ASSIGN,
            "nth": 20,
            "edit": {"do": "seats", "sku": GIVEN[0], "quantity": 30},
        }
    ],
    "another admin": [
        {"fault": "edit", "path": ASSIGN, "chance": 0.2, "edit": {"do": do, "user": "any", "sku": sku}}
        for do, sku in (("assign", GIVEN[0]), ("remove", GIVEN[0]), ("assign", OTHER))
    ],
}


def test_each_fault_alone_is_told_truly(folder: Path, figures: Print) -> None:
    with rig(folder, customers=len(ALONE), users=USERS, read_timeout=READ_TIMEOUT, threads=8) as made:
        for tenant, rules in zip(made.tenants, ALONE.values(), strict=True):
            for seed, rule in enumerate(rules):
                made.sandbox.fault(**rule, tenant=tenant, seed=seed)
        ended = _orders_in_each(made)
        struck = [rule["fired"] for rule in made.sandbox.ask("faults")["faults"]]
        tally = compare(made)
    figures(f"{len(ALONE)} faults, struck {sum(struck)} times; {tally.said()}")
    assert ended
    assert min(struck) > 0, "a fault that never struck proves nothing"
    assert tally.is_clean, tally.said()


def _orders_in_each(made: Rig) -> bool:
    """Two products for everybody, then one of them taken again, in every tenant at once."""
    for _ in range(2):
        made.workers.start()
    users = {customer: made.users(customer) for customer in made.customers}
    for customer in made.customers:
        made.save(customer, users[customer], give(*GIVEN))
    ended = made.wait_until_all_ended(150)
    for customer in made.customers:
        made.save(customer, users[customer], take(GIVEN[0]))
    return ended and made.wait_until_all_ended(150)


class Weather:
    """Orders that keep coming while faults come and go and workers die, all drawn from one seed."""

    def __init__(self, made: Rig, life: Life) -> None:
        self._rig, self._life = made, life
        self._dice = random.Random(SEED)
        self.kills = 0

    def run(self, orders: int) -> bool:
        """Whether all of them ended."""
        for _ in range(WORKERS):
            self._rig.workers.start(self._life)
        for place, part, block in self._plan()[:orders]:
            while self._rig.open_orders() >= AT_ONCE:
                time.sleep(0.2)
                self._maybe_kill()
            self._break_something(self._rig.tenants[place])
            customer = self._rig.customers[place]
            users = self._rig.users(customer)[block * BLOCK : (block + 1) * BLOCK]
            self._rig.save(customer, users, give(part))
        return self._rig.wait_until_all_ended(300)

    def _plan(self) -> list[tuple[int, str, int]]:
        """(tenant, product, block of users): each once, in an order of the dice."""
        blocks = range(USERS // BLOCK)
        every = [(n, part, one) for n in range(len(self._rig.tenants)) for part in PARTS for one in blocks]
        self._dice.shuffle(every)
        return every

    def _break_something(self, tenant: str) -> None:
        self._rig.sandbox.ask("edit", {"tenant": tenant, "do": "restore_gdap"})
        for name in self._dice.sample(sorted(ALONE), self._dice.randint(0, 3)):
            for rule in ALONE[name]:
                chosen = dict(rule) | {"tenant": tenant, "seed": self._dice.randrange(1000)}
                chosen.setdefault("next", self._dice.randint(1, 8))
                self._rig.sandbox.fault(**chosen)

    def _maybe_kill(self) -> None:
        if self._dice.random() < KILL_CHANCE:
            self._rig.workers.kill(self._dice.choice(sorted(self._rig.workers.alive)))
            self._rig.workers.start(self._life)
            self.kills += 1


def weather(folder: Path, life: Life, orders: int) -> tuple[bool, Tally, str]:
    with rig(folder, customers=TENANTS, users=USERS, read_timeout=READ_TIMEOUT, threads=4) as made:
        run = Weather(made, life)
        ended = run.run(orders)
        tally = compare(made)
        struck = made.sandbox.clear_faults()
    told = ", ".join(f"{name} {count}" for name, count in sorted(struck.items()))
    return ended, tally, f"{run.kills} kills, {sum(struck.values())} faults struck ({told})"


def test_faults_mixed_at_random_are_told_truly(folder: Path, is_long: bool, figures: Print) -> None:
    orders = 320 if is_long else 24
    ended, tally, said = weather(folder, Life(), orders)
    figures(f"{said}; {tally.said()}")
    assert ended
    assert tally.orders == orders
    assert tally.is_clean, tally.said()


def test_control_taking_a_timeout_for_a_failure_shows(folder: Path, figures: Print) -> None:
    _, tally, said = weather(folder, Life(controls=("timeout_means_failed",)), 12)
    figures(f"{said}; {tally.said()}")
    assert tally.untrue > 0
