"""**Licenses**: typing a name among 100,000 users against 1,000; a product with 50,000 holders against 50.

One gunicorn worker and one connection. Promised: typing at most 2 times, the product's page at most 1.5 times
what the small one takes. The small and the large request are made in turn, so that whatever else the machine
does meets both alike; the ratio is that of their medians.
"""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from bench.seed_mirror import AT, open_database, remote_user, seed
from bench.serving import Browser, served
from partner_center.directory import listing, mirror
from partner_center.directory.models import DirectoryUser, SubscribedSku
from partner_center.directory.values import HeldLicense
from partner_center.staff.demo import DEMO_PEOPLE, install_demo_staff

SMALL, LARGE = 1_000, 100_000
FEW, MANY = 50, 50_000
ROUNDS = 40
TYPED = (
    "an",
    "isil",
    "ann",
    "joh",
    "is",
    "kari%20sol",
    "anna%20lund",
    "qz",
    "nobodyatall",
    "ragnhild%20wallin",
)
PAGES = ("", "?page=2", "?page=9999", "?q=anna", "?source=direct&q=sol", "?source=group")


def main() -> None:
    """Print each request's two medians and their ratio, the worst of each kind last."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "licenses.db"
        ids = seed(file, [SMALL, LARGE])
        engine = open_database(file)
        few, many = _two_products(engine, ids[LARGE])
        engine.dispose()
        with served("bench.peers.console", {"BENCH_DATABASE": str(file)}) as server:
            browser = Browser(server.port).sign_in(DEMO_PEOPLE[0].email)
            _measure_typing(browser, ids, many)
            _measure_holders(browser, f"/customers/{ids[LARGE]}/licenses/", few, many)


def _measure_typing(browser: Browser, ids: dict[int, int], sku: str) -> None:
    print(f"   typing, {SMALL:,} and {LARGE:,} users")
    address = "/customers/{}/licenses/{}/assign/people.json?q={}"
    worst = max(
        _compare(browser, text.replace("%20", " "), *(address.format(ids[size], sku, text) for size in ids))
        for text in TYPED
    )
    print(f"   typing at {LARGE:,} users against {SMALL:,}, worst of {len(TYPED)}: {worst:.2f} x (at most 2)")


def _measure_holders(browser: Browser, base: str, few: str, many: str) -> None:
    print(f"   product page, {FEW} and {MANY:,} holders among {LARGE:,} users")
    worst = max(
        _compare(browser, page or "first page", base + few + page, base + many + page) for page in PAGES
    )
    print(
        f"   product page, {MANY:,} holders against {FEW}, worst of {len(PAGES)}: {worst:.2f} x (at most 1.5)"
    )


def _compare(browser: Browser, name: str, small: str, large: str) -> float:
    took: dict[str, list[float]] = {small: [], large: []}
    for _ in range(ROUNDS):
        for address, times in took.items():
            times.append(browser.all_ms(address, 1)[0])
    one, other = (statistics.median(times) for times in took.values())
    print(f"      {name:22}{one:>8.1f} ms{other:>8.1f} ms{other / one:>7.2f} x")
    return other / one


def _two_products(engine: Engine, customer_id: int) -> tuple[str, str]:
    """Two products of the large customer that FEW and MANY users have; the people who sign in."""
    with Session(engine) as session:
        install_demo_staff(session)
        owned = session.scalars(
            select(SubscribedSku)
            .where(SubscribedSku.customer_id == customer_id)
            .order_by(SubscribedSku.sku_id)
        ).all()
        held = listing.tally(session, customer_id, listing.living(session, customer_id))
        rarest = sorted(owned, key=lambda sku: held[sku.sku_id].have if sku.sku_id in held else 0)
        few, many = rarest[0].sku_id, rarest[-1].sku_id
        _make_holders(session, customer_id, few, FEW)
        _make_holders(session, customer_id, many, MANY)
        session.commit()
    return few, many


def _make_holders(session: Session, customer_id: int, sku_id: str, count: int) -> None:
    """Have exactly `count` users hold it, spread over the alphabet as users are."""
    holders = listing.holders(session, customer_id, sku_id)
    rows = session.scalars(select(DirectoryUser).where(DirectoryUser.customer_id == customer_id)).all()
    licenses = {
        row.number: row.licenses for row in listing.rows_of(session, customer_id, [r.number for r in rows])
    }
    missing = count - len(holders)
    told = []
    for row in rows:
        others = tuple(one for one in licenses[row.number] if one.sku_id != sku_id)
        if missing > 0 and row.number not in holders:
            held = tuple(sorted((*others, HeldLicense(sku_id, direct=True)), key=lambda one: one.sku_id))
            told.append(remote_user(row, held))
            missing -= 1
        elif missing < 0 and row.number in holders:
            told.append(remote_user(row, others))
            missing += 1
    if told:
        mirror.apply_answers(session, customer_id, told, AT)
    assert len(listing.holders(session, customer_id, sku_id)) == count


if __name__ == "__main__":
    main()
