"""**Find a person**: among 100,000 users in 50 customers against 1,000 in one.

One gunicorn worker each and one connection. Promised: at most 2 times as long, for who sees all customers and
for who sees every other one. The small and the large request are made in turn; the ratio is that of their
medians.
"""

from __future__ import annotations

import statistics
import tempfile
from contextlib import ExitStack
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from bench.seed_mirror import open_database, seed
from bench.serving import Browser, served
from partner_center.customers.models import Customer
from partner_center.staff.demo import DEMO_PEOPLE, install_demo_staff
from partner_center.staff.models import StaffCustomer
from partner_center.staff.queries import find_by_email
from partner_center.staff.roles import Scope

SMALL = [1_000]
LARGE = [1_951 + 2 * place for place in range(50)]
"""50 customers of 1,951 to 2,049 users: 100,000 in all."""
ROUNDS = 30
TYPED = ("anna", "isil", "ann", "sol", "kari+sol", "anna+lund", "anna.lund", "bench", "nobodyatall")


def main() -> None:
    """Print each request's two medians and their ratio, the worst of each kind last."""
    assert sum(LARGE) == 100_000
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        browsers = []
        for name, sizes in (("small", SMALL), ("large", LARGE)):
            file = Path(folder) / f"{name}.db"
            seed(file, sizes)
            _add_people(file)
            server = stack.enter_context(served("bench.peers.console", {"BENCH_DATABASE": str(file)}))
            browsers.append(server)
        for what, person in (("all customers", DEMO_PEOPLE[0]), ("every other customer", DEMO_PEOPLE[2])):
            small, large = (Browser(server.port).sign_in(person.email) for server in browsers)
            print(f"   {what}: 1,000 users in 1, and 100,000 in 50")
            worst = max(_compare(small, large, text) for text in TYPED)
            print(f"   find a person, {what}, worst of {len(TYPED)}: {worst:.2f} x (at most 2)")


def _compare(small: Browser, large: Browser, text: str) -> float:
    took: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        for browser, times in zip((small, large), took, strict=True):
            times.append(browser.all_ms(f"/people?q={text}", 1)[0])
    one, other = (statistics.median(times) for times in took)
    print(f"      {text:22}{one:>8.1f} ms{other:>8.1f} ms{other / one:>7.2f} x")
    return other / one


def _add_people(file: Path) -> None:
    """The people who sign in; one of them sees every other customer only."""
    engine = open_database(file)
    with Session(engine) as session:
        install_demo_staff(session)
        bound = find_by_email(session, DEMO_PEOPLE[2].email)
        assert bound
        bound.scope = Scope.LISTED.value
        for customer_id in sorted(session.scalars(select(Customer.id)))[::2]:
            session.add(StaffCustomer(staff_id=bound.id, customer_id=customer_id))
        session.commit()
    engine.dispose()


if __name__ == "__main__":
    main()
