"""A disk that is full, for the database and for the log: orders stand still, and go on when there is room."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.faults.conftest import Print
from tests.faults.rig import Rig, give, rig
from tests.faults.seeding import PARTS
from tests.faults.tampering import Life
from tests.faults.truth import Tally, compare

pytestmark = pytest.mark.slow

USERS, ORDERS, LATENCY_MS = 100, 6, 50
TINY = 24 * 1024
"""Bytes: the database is far larger, its write-ahead log soon is."""
LOGGED = TINY - 8 * 1024
"""Bytes that are in the log already, so that only the first troubles can be written down."""
FILLS, FULL_FOR = 2, 3.0


def carry_out(made: Rig, life: Life, patience: float = 120) -> Tally:
    """Orders, one after the other for the same users; the disk is full again and again."""
    made.sandbox.ask("switches", {"latency_ms": LATENCY_MS})
    with (made.folder / "workers.log").open("a", encoding="ascii") as log:
        log.write("." * LOGGED + "\n")
    workers = [made.workers.start(life) for _ in range(2)]
    users = made.users(made.customers[0])
    for part in PARTS[:ORDERS]:
        made.save(made.customers[0], users, give(part))
    for _ in range(FILLS):
        time.sleep(0.7)
        for worker in workers:
            made.workers.fill_disk(worker, TINY)
        time.sleep(FULL_FOR)
        for worker in workers:
            made.workers.fill_disk(worker, None)
    made.wait_until_all_ended(patience)
    return compare(made)


def troubles(made: Rig) -> int:
    """How often a worker met the full disk, as far as it could be written down."""
    return (made.folder / "workers.log").read_text("utf-8").count("disk I/O error")


def test_orders_go_on_when_there_is_room_again(folder: Path, figures: Print) -> None:
    with rig(folder, users=USERS) as made:
        tally = carry_out(made, Life())
        met = troubles(made)
        alive = len(made.workers.alive)
    figures(f"{FILLS} times full, met at least {met} times, {alive} workers alive; {tally.said()}")
    assert met > 0, "no order met a full disk: this run proves nothing"
    assert alive == 2
    assert tally.is_clean, tally.said()
    assert (tally.unknown, tally.repeated) == (0, 0)


def test_control_who_stops_when_the_log_cannot_be_written_stops_for_good(
    folder: Path, figures: Print
) -> None:
    with rig(folder, users=USERS) as made:
        tally = carry_out(made, Life(controls=("no_log_no_work",)), patience=5)
    figures(tally.said())
    assert tally.unended > 0
