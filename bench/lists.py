"""Lists, counts and selections of 1,000,000 users against 1,000, in the process, without HTTP.

Figures are medians of one run. *Warm* is what a request meets in a process that has served before; *cold*
is the first request of a fresh process. BENCH_DATABASE may name a database that `seed_mirror` made.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from pyroaring import BitMap
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from bench.seed_mirror import AT, customers_by_size, open_database, remote_user, seed
from partner_center.cloud.port import RemoteUser
from partner_center.directory import listing, mirror, shelf
from partner_center.directory.locking import lock_mirror
from partner_center.directory.models import DirectoryUser
from partner_center.directory.values import HeldLicense, UserFilter, UserSort
from partner_center.shared.page import last_page

SMALL, LARGE = 1_000, 1_000_000
SIZE = 50
REPEATS = 40

Work = Callable[[Session, int], Any]


def main() -> None:
    """Print the figures."""
    given = os.environ.get("BENCH_DATABASE")
    if given:
        measure(open_database(Path(given)))
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mirror.db"
        seed(path, (SMALL, LARGE))
        measure(open_database(path))


def measure(engine: Engine) -> None:
    """Print every figure of this database."""
    with Session(engine) as session:
        ids = customers_by_size(session)
        sku = max(listing.tally(session, ids[LARGE], listing.living(session, ids[LARGE])).items(), key=_have)[
            0
        ]
    print(f"{'':44}{'1,000':>10}{'1,000,000':>12}{'ratio':>8}{'cold, 1 M':>12}")
    for name, work in _works(sku).items():
        small = median(engine, work, ids[SMALL])
        large = median(engine, work, ids[LARGE])
        cold = first(engine, work, ids[LARGE])
        print(f"{name:44}{small:>7.2f} ms{large:>9.2f} ms{large / small:>8.2f}{cold:>9.1f} ms")
    _measure_answers(engine, ids[LARGE], sku)
    _measure_addresses(engine, ids[LARGE])


def median(engine: Engine, work: Work, customer_id: int, repeats: int = REPEATS) -> float:
    """Milliseconds of a warm call, each in a transaction of its own as a request has it."""
    took = []
    for _ in range(repeats + 2):
        with Session(engine) as session:
            began = time.perf_counter()
            work(session, customer_id)
            took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took[2:])


def first(engine: Engine, work: Work, customer_id: int) -> float:
    """Milliseconds of the first call after everything was forgotten."""
    took = []
    for _ in range(3):
        shelf.forget_everything()
        with Session(engine) as session:
            began = time.perf_counter()
            work(session, customer_id)
            took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took)


def _works(sku: str) -> dict[str, Work]:
    plain, filtered = UserFilter(), UserFilter(has=sku)
    return {
        "page, first": lambda s, c: _page(s, c, plain, 1),
        "page, middle": lambda s, c: _page(s, c, plain, _pages(s, c, plain) // 2),
        "page, last": lambda s, c: _page(s, c, plain, 10**9),
        "page with a product, first": lambda s, c: _page(s, c, filtered, 1),
        "page with a product, middle": lambda s, c: _page(s, c, filtered, _pages(s, c, filtered) // 2),
        "page with a product, last": lambda s, c: _page(s, c, filtered, 10**9),
        "page by department, middle": lambda s, c: _page(
            s, c, plain, _pages(s, c, plain) // 2, UserSort.DEPARTMENT
        ),
        "page by location, middle": lambda s, c: _page(
            s, c, plain, _pages(s, c, plain) // 2, UserSort.LOCATION
        ),
        "search isil": lambda s, c: _page(s, c, UserFilter(query="isil"), 1),
        "search aa (short words are looked at)": lambda s, c: _page(s, c, UserFilter(query="aa"), 1),
        "page of 10 selected": lambda s, c: _page(s, c, UserFilter(only=_some(s, c, 10)), 1),
        "page of everybody selected": lambda s, c: _page(s, c, UserFilter(only=listing.living(s, c)), 1),
        "tri-states, 10 selected": lambda s, c: listing.tally(s, c, _some(s, c, 10)),
        "tri-states, a hundredth selected": lambda s, c: listing.tally(s, c, _hundredth(s, c)),
        "tri-states, everybody selected": lambda s, c: listing.tally(s, c, listing.living(s, c)),
        "chips: first 20 of 10": lambda s, c: listing.sorted_numbers(s, c, _some(s, c, 10), "nb", limit=20),
        "chips: first 20 of a hundredth": lambda s, c: listing.sorted_numbers(
            s, c, _hundredth(s, c), "nb", limit=20
        ),
        "chips: first 20 of half": lambda s, c: listing.sorted_numbers(s, c, _half(s, c), "nb", limit=20),
        "groups, 10 selected": lambda s, c: listing.groups_of(s, c, _some(s, c, 10)),
        "groups, a hundredth selected": lambda s, c: listing.groups_of(s, c, _hundredth(s, c)),
        "groups, everybody selected": lambda s, c: listing.groups_of(s, c, listing.living(s, c)),
    }


def _page(
    session: Session, customer_id: int, wanted: UserFilter, page: int, sort: UserSort = UserSort.NAME
) -> Any:
    return listing.list_users(session, customer_id, wanted, sort=sort, language="nb", page=page, size=SIZE)


def _pages(session: Session, customer_id: int, wanted: UserFilter) -> int:
    return last_page(len(listing.matching(session, customer_id, wanted)), SIZE)


_CHOSEN: dict[tuple[int, int], BitMap] = {}


def _some(session: Session, customer_id: int, count: int) -> BitMap:
    """`count` users from A to Z, made once: a request finds its selection made."""
    chosen = _CHOSEN.get((customer_id, count))
    if chosen is None:
        everybody = len(listing.living(session, customer_id))
        chosen = _CHOSEN[customer_id, count] = BitMap(range(1, everybody + 1, everybody // count))
    return chosen


def _hundredth(session: Session, customer_id: int) -> BitMap:
    return _some(session, customer_id, max(10, len(listing.living(session, customer_id)) // 100))


def _half(session: Session, customer_id: int) -> BitMap:
    return _some(session, customer_id, len(listing.living(session, customer_id)) // 2)


def _have(item: tuple[str, Any]) -> int:
    have: int = item[1].have
    return have


def _measure_answers(engine: Engine, customer_id: int, sku: str) -> None:
    """Users get a product, as the answers to a save tell. The floor writes the same rows, unlooked at."""
    for count, pieces in ((10_000, 1), (10_000, 10), (160, 1), (20, 1)):
        with Session(engine) as session:
            answers = _answers(session, customer_id, sku, count)
        told, floor = [], []
        for _ in range(5):
            told.append(_rolled_back(engine, customer_id, partial(_apply, answers=answers, pieces=pieces)))
            floor.append(_rolled_back(engine, customer_id, partial(_write_rows, answers=answers)))
        took, least = statistics.median(told), statistics.median(floor)
        print(
            f"{f'apply {count:,} answers, {count // pieces:,} at once':44}"
            f"{took:>19.1f} ms{took / least:>8.1f} x the bare update of their rows"
        )


def _rolled_back(engine: Engine, customer_id: int, work: Work) -> float:
    with Session(engine) as session:
        lock_mirror(session, customer_id)
        began = time.perf_counter()
        work(session, customer_id)
        took = (time.perf_counter() - began) * 1000
        session.rollback()
    return took


def _apply(session: Session, customer_id: int, *, answers: list[RemoteUser], pieces: int) -> None:
    size = len(answers) // pieces
    for start in range(0, len(answers), size):
        mirror.apply_answers(session, customer_id, answers[start : start + size], AT)


def _write_rows(session: Session, customer_id: int, *, answers: list[RemoteUser]) -> None:
    rows = [("2026-11-21 12:00:00", 1, customer_id, answer.graph_id) for answer in answers]
    session.connection().exec_driver_sql(
        "UPDATE directory_user SET changed_at = ?, generation = ? WHERE customer_id = ? AND graph_id = ?",
        rows,
    )


def _answers(session: Session, customer_id: int, sku: str, count: int) -> list[RemoteUser]:
    without = listing.matching(session, customer_id, UserFilter(lacks=sku))
    numbers = list(without)[:: max(1, len(without) // count)][:count]
    users = [session.get_one(DirectoryUser, (customer_id, number)) for number in numbers]
    rows = {row.number: row for row in listing.rows_of(session, customer_id, numbers)}
    return [remote_user(user, (*rows[user.number].licenses, HeldLicense(sku, direct=True))) for user in users]


def _measure_addresses(engine: Engine, customer_id: int) -> None:
    with Session(engine) as session:
        numbers = list(_some(session, customer_id, 10_000))[:10_000]
        addresses = [row.upn.upper() for row in listing.rows_of(session, customer_id, numbers)]
    took = median(
        engine, lambda session, c: listing.find_by_addresses(session, c, addresses), customer_id, repeats=3
    )
    print(f"10,000 addresses matched against 1,000,000 users: {took:.0f} ms")


if __name__ == "__main__":
    main()
