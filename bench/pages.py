"""Pages over HTTP: a customer of 1,000,000 users against one of 1,000, and beside other frameworks' lists.

One gunicorn worker and one connection for everybody, medians of requests made one after the other. Promised:
the users page at most 1.5 times as slow at a million as at a thousand; at 100,000 at least 20 times the
requests a second of Flask-Admin's and Django admin's list; Manage licenses with 10,000 of a million selected
at most 3 times, with all of them at most 10 times as slow as with 10 of a thousand.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from pyroaring import BitMap
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bench.seed_mirror import open_database, seed
from bench.serving import Browser, served
from partner_center.directory import selection
from partner_center.directory.listing import living
from partner_center.directory.models import Holding, SubscribedSku
from partner_center.staff.demo import DEMO_PEOPLE, install_demo_staff
from partner_center.staff.queries import actor_of, find_by_email

SMALL, MIDDLE, LARGE = 1_000, 100_000, 1_000_000
REPEATS = 40
ADMIN = DEMO_PEOPLE[0].email


def main() -> None:
    """Print every ratio."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "pages.db"
        customers = seed(file, [SMALL, MIDDLE, LARGE])
        sku = _prepare(file, customers)
        with served("bench.peers.console", {"BENCH_DATABASE": str(file)}) as port:
            browser = Browser(port).sign_in(ADMIN)
            _measure_growth(browser, customers, sku)
            ours = browser.median_ms(f"/customers/{customers[MIDDLE]}/users?size=50", REPEATS)
            _measure_manage(browser, file, customers)
        _measure_peers(file, customers[MIDDLE], ours)


def _prepare(file: Path, customers: dict[int, int]) -> str:
    """Add the people who sign in; gives a product that a good part of the users have."""
    engine = open_database(file)
    with Session(engine) as session:
        install_demo_staff(session)
        session.commit()
        sku = session.scalar(
            select(SubscribedSku.sku_id)
            .where(SubscribedSku.customer_id == customers[LARGE])
            .order_by(SubscribedSku.consumed.desc())
        )
        holdings = session.scalar(select(func.count()).select_from(Holding))
    engine.dispose()
    print(f"   {holdings} distinct sets of licenses over {sum(customers):,} users")
    return str(sku)


def _measure_growth(browser: Browser, customers: dict[int, int], sku: str) -> None:
    for what, query in (("plain", ""), ("one product", f"&has={sku}")):
        for place in ("first", "middle", "last"):
            ms = {}
            for size in (SMALL, LARGE):
                page = {"first": 1, "middle": size // 50 // 2 if not query else 9, "last": 10**7}[place]
                ms[size] = browser.median_ms(
                    f"/customers/{customers[size]}/users?size=50&page={page}{query}", REPEATS
                )
            print(
                f"   users page, {what}, {place}: {ms[LARGE]:.1f} ms at 1,000,000, "
                f"{ms[SMALL]:.1f} ms at 1,000: {ms[LARGE] / ms[SMALL]:.2f} x (at most 1.5)"
            )


def _measure_manage(browser: Browser, file: Path, customers: dict[int, int]) -> None:
    base = 0.0
    for size, chosen, most in ((SMALL, 10, 1), (LARGE, 10_000, 3), (LARGE, LARGE, 10)):
        _select(file, customers[size], chosen)
        ms = browser.median_ms(f"/customers/{customers[size]}/manage", REPEATS)
        base = base or ms
        print(
            f"   Manage licenses, {chosen:,} selected of {size:,}: {ms:.1f} ms, "
            f"{ms / base:.2f} x (at most {most})"
        )


def _select(file: Path, customer_id: int, count: int) -> None:
    engine = open_database(file)
    with Session(engine) as session:
        member = find_by_email(session, ADMIN)
        assert member
        everybody = living(session, customer_id)
        step = max(1, len(everybody) // count)
        selection.replace(session, actor_of(member), customer_id, BitMap(list(everybody)[::step][:count]))
        session.commit()
    engine.dispose()


def _measure_peers(file: Path, customer_id: int, ours: float) -> None:
    print(f"   users page at 100,000: {ours:.1f} ms, {1000 / ours:.0f} requests a second")
    environment = {"BENCH_DATABASE": str(file), "BENCH_CUSTOMER": str(customer_id)}
    with served("bench.peers.flask_admin_list", environment) as port:
        _compare("Flask-Admin", Browser(port).median_ms("/admin/directoryuser/", 10), ours)
    environment["BENCH_DJANGO"] = str(file.with_name("django.db"))
    command = [sys.executable, "-c", "from bench.peers.django_admin_list import prepare; print(prepare())"]
    told = subprocess.run(
        command, env={**os.environ, **environment}, check=True, capture_output=True, text=True
    )
    with served("bench.peers.django_admin_list", environment) as port:
        browser = Browser(port)
        browser.cookies["sessionid"] = told.stdout.strip().removeprefix("sessionid=")
        _compare("Django admin", browser.median_ms("/admin/auth/directoryuser/", 10), ours)


def _compare(name: str, theirs: float, ours: float) -> None:
    print(
        f"   {name}'s list of the same rows: {theirs:.1f} ms, {1000 / theirs:.0f} requests a second; "
        f"ours {theirs / ours:.1f} x as many (at least 20)"
    )
