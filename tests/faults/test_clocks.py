"""Clocks that are an hour off, or are set an hour forward or back in the middle: the order goes on."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.faults.conftest import Print
from tests.faults.rig import Rig, give, rig
from tests.faults.seeding import PARTS
from tests.faults.tampering import Life
from tests.faults.truth import Tally, compare

pytestmark = pytest.mark.slow

HOUR = 3600.0
USERS, ORDERS, LATENCY_MS = 50, 5, 100
PATIENCE = 90.0
IN_VAIN = 10.0
"""Seconds that the control waits for what won't come."""


def carry_out(made: Rig, lives: Sequence[Life], patience: float, *, step: Path | None = None) -> Tally:
    """Orders that overlap, throttled now and then; `step` is the clock's file, written in the middle."""
    made.sandbox.ask("switches", {"latency_ms": LATENCY_MS})
    made.sandbox.fault("throttle", path="*/assignLicense", chance=0.1, seed=3, retry_after=1)
    workers = [made.workers.start(life) for life in lives]
    users = made.users(made.customers[0])
    for number, part in enumerate(PARTS[:ORDERS]):
        made.save(made.customers[0], users[number % 2 :: 2], give(part))
    time.sleep(1.0)
    made.workers.kill(workers[0])  # its leases stay behind, by its clock
    if step:
        step.write_text(str(float(step.read_text("ascii")) + _step_of(step)), "ascii")
    made.wait_until_all_ended(patience)
    return compare(made)


def _step_of(file: Path) -> float:
    return HOUR if file.name == "forward" else -HOUR


@pytest.fixture(params=["forward", "back"])
def clock_file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Says how many seconds the machine's clock is off."""
    file = tmp_path / str(request.param)
    file.write_text("0", "ascii")
    return file


def test_machines_an_hour_apart_carry_orders_out(folder: Path, figures: Print) -> None:
    with rig(folder, users=USERS) as made:
        tally = carry_out(made, [Life(clock_offset=off) for off in (HOUR, -HOUR, 0)], PATIENCE)
    figures(tally.said())
    assert tally.is_clean, tally.said()


def test_a_clock_that_is_set_in_the_middle_holds_nothing_up(
    folder: Path, clock_file: Path, figures: Print
) -> None:
    with rig(folder, users=USERS) as made:
        tally = carry_out(made, [Life(clock_file=str(clock_file))] * 3, PATIENCE, step=clock_file)
    figures(tally.said())
    assert tally.is_clean, tally.said()


def test_control_a_clock_that_is_believed_holds_orders_up(
    tmp_path: Path, folder: Path, figures: Print
) -> None:
    file = tmp_path / "back"
    file.write_text("0", "ascii")
    life = Life(clock_file=str(file), controls=("trust_any_clock",))
    with rig(folder, users=USERS) as made:
        tally = carry_out(made, [life] * 3, IN_VAIN, step=file)
    figures(tally.said())
    assert tally.unended > 0
