"""A worker dies, or stalls until another has its job, at every commit and every call: nothing shows it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from partner_center.licensing.values import LocationScope, LocationWish
from tests.faults.conftest import Print
from tests.faults.rig import Rig, give, rig
from tests.faults.tampering import Failpoint, Life
from tests.faults.truth import Tally, compare

pytestmark = pytest.mark.slow

USERS = 6
LEASE = 1.5
AFTERWARDS = 1.0
"""Seconds, both. The second is for who stalled to find out that it is too late, or to do harm."""
RIGS = 4
OFTEN = ("sending._checkpoint", "http.write", "worker.")
MOST_NTH = 4
MUST_PASS = {
    "worker.run_once",
    "worker._settle",
    "runner._pin",
    "runner._expand",
    "runner._finish",
    "runner._read_seats",
    "sending._checkpoint",
    "http.read",
    "http.look",
    "http.write",
}
"""Where an order passes at least; a gate that passes elsewhere proves something else."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """One failure at the `nth` passing of one place."""

    place: str
    act: str
    nth: int = 1
    late: bool = False

    @property
    def is_short(self) -> bool:
        """Whether the short form tries it."""
        return self.nth == 1 and (self.act == "kill" or self.place.startswith(("sending.", "runner._finish")))


@dataclass
class Trial:
    """Scenarios one after the other in one installation, each with users of its own."""

    rig: Rig
    controls: tuple[str, ...] = ()
    fired: Counter[Scenario] = field(default_factory=Counter)
    orders: dict[str, Scenario] = field(default_factory=dict)
    _next: int = 0

    def run(self, scenarios: Sequence[Scenario]) -> Tally:
        users = self.rig.users(self.rig.customers[0])
        for scenario in scenarios:
            some, self._next = users[self._next : self._next + USERS], self._next + USERS
            self._try(scenario, some)
        return compare(self.rig)

    def record(self) -> Counter[str]:
        """Every place that an order passes, in order, and how often."""
        users = self.rig.users(self.rig.customers[0])[-USERS:]
        log = self.rig.folder / "places.log"
        self._order(users)
        pid = self.rig.workers.start(self._life(Failpoint("", "kill", str(log))))
        assert self.rig.wait_until_all_ended(60)
        self.rig.workers.stop(pid)
        passed = [line.removeprefix("pass ") for line in log.read_text("ascii").splitlines()]
        return Counter(passed)

    def _try(self, scenario: Scenario, users: Sequence[int]) -> None:
        workers, log = self.rig.workers, self.rig.folder / f"point-{self._next}.log"
        log.touch()
        self.orders[self._order(users)] = scenario
        first = workers.start(self._life(Failpoint(scenario.place, scenario.act, str(log), scenario.nth)))
        self.fired[scenario] += _until(lambda: "\nfire " in log.read_text("ascii"), 60)
        claims = self.rig.claims()
        second = workers.start(self._life())
        if scenario.act == "stall":
            self._wake(scenario, first, claims)
        self.rig.wait_until_all_ended(20 if self.controls else 60)
        time.sleep(AFTERWARDS if scenario.act == "stall" else 0)
        for pid in (first, second):
            if pid in workers.alive:
                workers.stop(pid)
        self.rig.sandbox.clear_faults()

    def _wake(self, scenario: Scenario, pid: int, claims: int) -> None:
        """When another has taken over, or ended the order; who holds SQLite's lock keeps it from that."""
        if scenario.place.endswith("before"):
            time.sleep(2 * LEASE)
        elif scenario.late:
            self.rig.wait_until_all_ended(20 if self.controls else 60)
        else:
            _until(lambda: self.rig.claims() > claims, 60)
        self.rig.workers.wake(pid)

    def _order(self, users: Sequence[int]) -> str:
        """With an answer left out, a batch lost on its way back, and a wait: every place is passed."""
        fault = self.rig.sandbox.fault
        fault("missing_item", nth=1)
        fault("drop", path="/graph/v1.0/$batch", when="after", nth=4)
        fault("throttle", path="*/assignLicense", nth=2, retry_after=1)
        wish = give("POWER_BI_PRO", "EMS").with_location(LocationWish("SE", LocationScope.ALL))
        return self.rig.save(self.rig.customers[0], users, wish)

    def _life(self, point: Failpoint | None = None) -> Life:
        return Life(lease=LEASE, controls=self.controls, failpoint=point)


def _until(holds: Callable[[], bool], seconds: float) -> bool:
    give_up = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > give_up:
            return False
        time.sleep(0.02)
    return True


def trials(
    folder: Path, scenarios: Sequence[Scenario], controls: tuple[str, ...] = ()
) -> Iterator[tuple[Trial, Tally]]:
    """The scenarios spread over a few installations that are tried at once: most of the time is waiting."""

    def one(number: int) -> tuple[Trial, Tally]:
        mine = scenarios[number::RIGS]
        with rig(folder / str(number), users=USERS * max(1, len(mine))) as made:
            trial = Trial(made, controls)
            return trial, trial.run(mine)

    with ThreadPoolExecutor(RIGS) as pool:
        yield from pool.map(one, range(RIGS))


def all_scenarios(folder: Path) -> list[Scenario]:
    """Each place, died at and stalled at; those that an order passes often also at later passings.

    A worker frozen inside a call would still be heard when it wakes: Graph takes no fence. So there is no
    stalling at `http`.
    """
    found = []
    for place, passed in places(folder).items():
        often = passed if place.startswith(OFTEN) else 1
        for nth in range(1, min(often, MOST_NTH) + 1):
            found.append(Scenario(place, "kill", nth))
            if not place.startswith("http."):
                found.append(Scenario(place, "stall", nth))
                if place.endswith("after"):
                    found.append(Scenario(place, "stall", nth, late=True))
    return found


def places(folder: Path) -> Counter[str]:
    with rig(folder / "places", users=USERS) as made:
        passed = Trial(made).record()
    assert {place.split()[0] for place in passed} >= MUST_PASS, passed
    return Counter({place: count for place, count in passed.items() if not place.startswith("workers.")})


def _all(found: Sequence[tuple[Trial, Tally]]) -> Tally:
    return sum((tally for _, tally in found), Tally())


def dirty(found: Sequence[tuple[Trial, Tally]]) -> set[Scenario]:
    """Scenarios of whose orders something false is known."""
    return {
        scenario
        for trial, tally in found
        for ref, scenario in trial.orders.items()
        if any(ref in line for line in tally.found)
    }


def test_no_place_to_die_or_stall_shows_in_the_result(folder: Path, is_long: bool, figures: Print) -> None:
    rounds = 3 if is_long else 1
    scenarios = all_scenarios(folder)
    scenarios = scenarios if is_long else [one for one in scenarios if one.is_short]
    found = list(trials(folder, scenarios * rounds))
    fired = sum((trial.fired for trial, _ in found), Counter())
    wrong = dirty(found)
    where = len({one.place for one in scenarios})
    figures(
        f"{len(scenarios)} scenarios at {where} places, fired {fired.total()} times, "
        f"{len(scenarios) - len(wrong)} clean; {_all(found).said()}"
    )
    assert not wrong
    assert _all(found).is_clean
    assert _all(found).repeated == 0
    assert [scenario for scenario in scenarios if fired[scenario] < rounds] == []


def test_control_without_the_fence_stalling_shows(folder: Path, is_long: bool, figures: Print) -> None:
    scenarios = [
        Scenario("sending._checkpoint after", "stall", nth, late=late)
        for nth in ((1, 2, 3) if is_long else (2, 3))
        for late in (False, True)
    ]
    found = list(trials(folder, scenarios, ("no_fence",)))
    wrong = dirty(found)
    figures(f"{len(wrong)} of {len(scenarios)} scenarios show it; {_all(found).said()}")
    assert wrong
