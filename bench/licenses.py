"""**Licenses**: typing a name among 100,000 users against 1,000, and a product with 50,000 holders against 50.

Whole requests through the application, GETs of one signed-in person, in this process. What is promised: typing
at most 2 times, the product's page at most 1.5 times what the small one takes. Ratios are of medians of requests
that are made in turn, small and large, so that whatever else the machine does meets both alike.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from bench.seed_mirror import AT, customers_by_size, open_database, remote_user, seed
from partner_center.app import create_app
from partner_center.config import Config
from partner_center.directory import listing, mirror
from partner_center.directory.models import DirectoryUser, SubscribedSku
from partner_center.directory.values import HeldLicense
from partner_center.shared.ids import new_token
from partner_center.staff.demo import PASSWORD
from partner_center.staff.models import StaffMember
from partner_center.staff.roles import Role
from partner_center.staff.service import add_member

SMALL, LARGE = 1_000, 100_000
FEW, MANY = 50, 50_000
ROUNDS = 40
TYPED = ("an", "isil", "ann", "joh", "is", "kari sol", "anna lund", "qz", "nobodyatall", "ragnhild wallin")
PAGES = ("", "?page=2", "?page=last", "?q=anna", "?source=direct&q=sol", "?source=group")


def main() -> None:
    """Print each request's two medians and their ratio, the worst of each kind last."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench.db"
        seed(path, [SMALL, LARGE])
        engine = open_database(path)
        with Session(engine) as session:
            ids = customers_by_size(session)
        few, many = _two_products(engine, ids[LARGE])
        client = _signed_in(path, engine)
        print(f"type-ahead, {LARGE:,} users against {SMALL:,}")
        with Session(engine) as session:
            sku = session.scalars(select(SubscribedSku.sku_id).order_by(SubscribedSku.sku_id)).first()
        assign = "/customers/{}/licenses/" + str(sku) + "/assign/people.json?q={}"
        worst = max(
            _compare(client, text, assign.format(ids[SMALL], text), assign.format(ids[LARGE], text))
            for text in TYPED
        )
        print(f"   worst of {len(TYPED)}: {worst:.2f} x, wanted 2 x")
        print(f"product page, {MANY:,} holders against {FEW}, both among {LARGE:,} users")
        base = f"/customers/{ids[LARGE]}/licenses/"
        worst = max(
            _compare(
                client,
                page or "first page",
                base + few + page.replace("last", "2"),
                base + many + page.replace("last", str(MANY // 25)),
            )
            for page in PAGES
        )
        print(f"   worst of {len(PAGES)}: {worst:.2f} x, wanted 1.5 x")
        engine.dispose()


def _compare(client: FlaskClient, name: str, small: str, large: str) -> float:
    took: dict[str, list[float]] = {small: [], large: []}
    for turn in range(ROUNDS + 3):
        for address, times in took.items():
            began = time.perf_counter()
            answer = client.get(address)
            if turn >= 3:
                times.append((time.perf_counter() - began) * 1000)
            assert answer.status_code == 200, (address, answer.status_code)
    one, other = (statistics.median(times) for times in took.values())
    print(f"   {name:24}{one:>9.1f} ms{other:>9.1f} ms{other / one:>8.2f} x")
    return other / one


def _two_products(engine: Engine, customer_id: int) -> tuple[str, str]:
    """Two products of the large customer that FEW and MANY users have, two of three directly."""
    with Session(engine) as session:
        owned = session.scalars(
            select(SubscribedSku).where(SubscribedSku.customer_id == customer_id).order_by(SubscribedSku.sku_id)
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
    licenses = {row.number: row.licenses for row in listing.rows_of(session, customer_id, [r.number for r in rows])}
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


def _signed_in(path: Path, engine: Engine) -> FlaskClient:
    with Session(engine) as session:
        member = add_member(
            session, email="bench@partner.example", name="Bench", roles=(Role.ADMIN_AGENT,), password=PASSWORD
        )
        session.commit()
        key = f"{member.id}.{member.epoch}"
    app = _app(path)
    client = app.test_client()
    client.environ_base["HTTP_USER_AGENT"] = "bench"
    page = client.get("/sign-in").get_data(as_text=True)
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    fields = {"email": "bench@partner.example", "password": PASSWORD, "csrf_token": token}
    assert client.post("/sign-in", data=fields).status_code == 302 or key
    return client


def _app(path: Path) -> Flask:
    return create_app(
        Config(
            database_url=f"sqlite:///{path}",
            secret_key=new_token() * 2,
            demo=True,
            secure_cookies=False,
            var_dir=path.parent,
        )
    )


if __name__ == "__main__":
    main()
