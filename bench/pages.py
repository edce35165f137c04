"""Pages over HTTP: a customer of 1,000,000 users against one of 1,000, and beside other frameworks' lists.

One gunicorn worker and one connection for everybody, in turns. Promised: the users page at most 1.5 times as
slow at a million as at a thousand; at 100,000 at least 20 times the requests a second of Flask-Admin's and
Django admin's list; Manage licenses with 10,000 of a million selected at most 3 times, with all of them at
most 10 times as slow as with 10 of a thousand.

The peers show the same rows, columns and filters (`bench.peers`), by name and 50 a page, from the same
database file. It has no index on the name, which their order would use: the console does not need one. What
they would do with one is printed last, when it has been made. *First page* is the page everybody opens, kept
by the console once it has been drawn; *any page* is one of 2,000, which it mostly has to draw.
BENCH_DATABASE may name a database that `seed_mirror` made with these three sizes; a copy of it is used.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path

from pyroaring import BitMap
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from bench.seed_mirror import customers_by_size, open_database, seed
from bench.serving import Browser, Contestant, Server, served, take_turns
from partner_center.directory import selection
from partner_center.directory.listing import living
from partner_center.directory.models import Holding, SubscribedSku
from partner_center.staff.demo import DEMO_PEOPLE, install_demo_staff
from partner_center.staff.queries import actor_of, find_by_email

SMALL, MIDDLE, LARGE = 1_000, 100_000, 1_000_000
ROUNDS, TIMES = 20, 5
PAGES = MIDDLE // 50
ADMIN = DEMO_PEOPLE[0].email


def main() -> None:
    """Print every ratio."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        file = Path(folder) / "pages.db"
        if given := os.environ.get("BENCH_DATABASE"):
            shutil.copy(given, file)
        else:
            seed(file, [SMALL, MIDDLE, LARGE])
        customers, sku = _prepare(file)
        server = stack.enter_context(served("bench.peers.console", {"BENCH_DATABASE": str(file)}))
        browser = Browser(server.port).sign_in(ADMIN)
        _measure_growth(server, browser, customers, sku)
        _measure_manage(server, browser, file, customers)
        peers = _serve_peers(stack, file, customers[MIDDLE])
        users = f"/customers/{customers[MIDDLE]}/users?size=50"
        _measure_peers(server, browser, users, peers)
        _add_index(file)
        _measure_peers(server, browser, users, peers, indexed=True)


def _prepare(file: Path) -> tuple[dict[int, int], str]:
    """Add the people who sign in; gives the customers by size, and a product that many users have."""
    engine = open_database(file)
    with Session(engine) as session:
        if find_by_email(session, ADMIN) is None:
            install_demo_staff(session)
            session.commit()
        customers = customers_by_size(session)
        sku = session.scalar(
            select(SubscribedSku.sku_id)
            .where(SubscribedSku.customer_id == customers[LARGE])
            .order_by(SubscribedSku.consumed.desc())
        )
        holdings = session.scalar(select(func.count()).select_from(Holding))
    engine.dispose()
    print(f"   {holdings} distinct sets of licenses over {sum(customers):,} users")
    return customers, str(sku)


def _measure_growth(server: Server, browser: Browser, customers: dict[int, int], sku: str) -> None:
    for what, query in (("plain", ""), ("one product", f"&has={sku}")):
        for place in ("first", "middle", "last"):
            sizes = {}
            for size in (SMALL, LARGE):
                page = {"first": 1, "middle": size // 50 // 2 if not query else 9, "last": 10**7}[place]
                path = f"/customers/{customers[size]}/users?size=50&page={page}{query}"
                sizes[f"{size:,}"] = _asking(server, browser, path)
            take_turns(sizes, ROUNDS)
            small, large = sizes.values()
            print(f"   users page, {what}, {place}, 1,000,000 to 1,000: {_ratio(large, small)} (at most 1.5)")


def _measure_manage(server: Server, browser: Browser, file: Path, customers: dict[int, int]) -> None:
    _select(file, customers[SMALL], 10)
    for chosen, most in ((10_000, 3), (LARGE, 10)):
        _select(file, customers[LARGE], chosen)
        few = _asking(server, browser, f"/customers/{customers[SMALL]}/manage")
        many = _asking(server, browser, f"/customers/{customers[LARGE]}/manage")
        take_turns({"few": few, "many": many}, ROUNDS)
        print(
            f"   Manage licenses, {chosen:,} of 1,000,000 selected to 10 of 1,000: "
            f"{_ratio(many, few)} (at most {most})"
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


def _serve_peers(stack: ExitStack, file: Path, customer_id: int) -> dict[str, tuple[Server, Browser, str]]:
    """Server, browser and address of each; the address ends where the number of the page begins."""
    environment = {"BENCH_DATABASE": str(file), "BENCH_CUSTOMER": str(customer_id)}
    environment["BENCH_DJANGO"] = str(file.with_name("django.db"))
    command = [sys.executable, "-c", "from bench.peers.django_admin_list import prepare; print(prepare())"]
    told = subprocess.run(
        command, env={**os.environ, **environment}, check=True, capture_output=True, text=True
    )
    flask_admin = stack.enter_context(served("bench.peers.flask_admin_list", environment))
    django = stack.enter_context(served("bench.peers.django_admin_list", environment))
    signed_in = Browser(django.port)
    signed_in.cookies["sessionid"] = told.stdout.strip().removeprefix("sessionid=")
    return {
        "Flask-Admin": (flask_admin, Browser(flask_admin.port), "/admin/directoryuser/?page="),
        "Django admin": (django, signed_in, "/admin/auth/directoryuser/?p="),
    }


def _measure_peers(
    server: Server,
    browser: Browser,
    users: str,
    peers: Mapping[str, tuple[Server, Browser, str]],
    *,
    indexed: bool = False,
) -> None:
    draw = random.Random(7)
    pages = [draw.randrange(PAGES) for _ in range(1000)]
    for what, places, times in (("first page", [0], TIMES), ("any page", pages, 2)):
        field = {"ours": Contestant(server, browser, _turn(f"{users}&page=", places, 1), times)}
        for name, (peer, their_browser, address) in peers.items():
            first = 1 if name == "Django admin" else 0
            field[name] = Contestant(peer, their_browser, _turn(address, places, first), 2)
        take_turns(field, ROUNDS)
        ours = field.pop("ours")
        print(f"   users page at 100,000, {what}: {ours.wall_ms:.1f} ms, {1000 / ours.wall_ms:.0f} a second")
        for name, theirs in field.items():
            promise = "with an index made for it" if indexed else "at least 20 on the first page"
            print(f"      {name}'s list of the same rows: {_ratio(theirs, ours)} ({promise})")


def _add_index(file: Path) -> None:
    """What the peers' order and their count can use."""
    engine = open_database(file)
    with engine.begin() as connection:
        connection.execute(text("CREATE INDEX bench_by_name ON directory_user (customer_id, display_name)"))
    engine.dispose()


def _asking(server: Server, browser: Browser, path: str) -> Contestant:
    return Contestant(server, browser, lambda _turn: path, TIMES)


def _turn(address: str, places: list[int], first: int) -> Callable[[int], str]:
    """The address of the page for a turn; `first` is what the first page is called."""
    return lambda turn: f"{address}{places[turn % len(places)] + first}"


def _ratio(one: Contestant, other: Contestant) -> str:
    """`one` to `other`: by the clock, and by the CPU where that is known."""
    said = f"{one.wall_ms:.1f} ms to {other.wall_ms:.1f}: {one.wall_ms / other.wall_ms:.2f} x"
    if one.cpu_ms is None or other.cpu_ms is None:
        return said
    return f"{said}, CPU {one.cpu_ms:.1f} to {other.cpu_ms:.1f}: {one.cpu_ms / other.cpu_ms:.2f} x"


if __name__ == "__main__":
    main()
