"""Fills a database with customers of many users, straight into its tables: the rows a sync would leave.

`python3 -m bench.seed_mirror FILE 1000 100000 1000000` makes FILE anew with one customer of each size:
30 products, about two licences a user, some by group, some with services switched off.
"""

from __future__ import annotations

import random
import sys
import time
import uuid
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, insert, select
from sqlalchemy.orm import Session

from partner_center import schema
from partner_center.catalog.seed import SeedProduct, load_products
from partner_center.cloud.port import RemoteLicense, RemoteUser
from partner_center.customers.access import WRITING_ROLES
from partner_center.customers.models import Customer
from partner_center.directory import search
from partner_center.directory.holders import tally
from partner_center.directory.holdings import Licenses, intern_holdings
from partner_center.directory.intake import Told, light_columns, text_columns
from partner_center.directory.listing import living
from partner_center.directory.locking import lock_mirror
from partner_center.directory.models import DirectoryGroup, DirectoryUser, Mirror, SubscribedSku
from partner_center.directory.rebuild import rebuild
from partner_center.directory.rowsets import table_of
from partner_center.directory.values import HeldLicense
from partner_center.shared.names import fold
from partner_center.shared.orm import prepare_sqlite

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
PRODUCTS = 30
SHAPES = 400  # distinct sets of licences
_AT_ONCE = 20_000
_FIRST_NAMES = """
Ada Alan Anna Aase Åse Ayşe Barış Bengt Berit Can Carla Cem Çağla Deniz Ebba Elif Emre Erik Fatma
Frida Grace Gül Gustav Håkon Hale Ingrid Işıl Işık İpek Jale John Kari Karin Kemal Lars Leyla Linus
Maja Margaret Mats Mehmet Mona Nils Nora Odd Ole Olga Ömer Per Pelin Petra Ragnhild Rolf Sara Selin
Sigrid Sven Şule Tuva Ulla Umut Veli Vera William Yngve Yusuf Zehra Zorro Ægir Øystein Åge Östen
Özlem Ünal
"""
_LAST_NAMES = """
Aas Acar Andersson Arslan Aydın Bakke Berg Berglund Bjerke Borg Brown Çelik Dahl Demir Doğan Ek
Ekström Eriksen Eriksson Fjeld Garcia Güneş Hagen Hansen Haugen Holm Hopper Işıklı Jensen Johansson
Johnson Kaya Kılıç Kristiansen Larsen Lie Lind Lovelace Lund Lundgren Martin Moen Nilsen Nilsson
Nyström Olsen Öberg Öztürk Pedersen Polat Rossi Sandberg Şahin Smith Solberg Strand Sundberg
Svensson Tekin Thomas Turing Uçar Vik Wallin Wang Yıldız Yılmaz Zeng Åberg
"""
_FIRST, _LAST = _FIRST_NAMES.split(), _LAST_NAMES.split()
_DEPARTMENTS = (
    None,
    "Sales",
    "Finance",
    "IT",
    "Support",
    "Üretim",
    "Kundtjänst",
    "Økonomi",
    "Legal",
    "HR",
    "Design",
)
_COUNTRIES = ("US", "TR", "NO", "SE", "DE", None)


def seed(path: Path, sizes: Sequence[int]) -> dict[int, int]:
    """Make the database at `path` anew; the customer's id for each size."""
    for name in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
        name.unlink(missing_ok=True)
    engine = open_database(path)
    schema.upgrade(engine)
    return {size: seed_customer(engine, size) for size in sizes}


def open_database(path: Path) -> Engine:
    """The database as the product opens it."""
    engine = create_engine(f"sqlite:///{path}")
    prepare_sqlite(engine)
    return engine


def seed_customer(engine: Engine, size: int) -> int:
    """One customer with `size` users; its id."""
    draw = random.Random(size)
    products = [product for product in load_products() if product.applies_to == "User"][:PRODUCTS]
    with Session(engine) as session:
        customer_id = _add_customer(session, size)
        groups = _add_groups(session, customer_id)
        lock_mirror(session, customer_id)
        shapes = list({_shape(draw, products, groups) for _ in range(SHAPES)})
        holdings = list(intern_holdings(session, customer_id, shapes).values())
        for rows in _users(draw, customer_id, holdings, size):
            session.execute(insert(table_of(DirectoryUser)), rows)
            search.add_texts(session, customer_id, ((row["number"], row["search_text"]) for row in rows))
            session.commit()
        mirror = lock_mirror(session, customer_id)
        mirror.next_number, mirror.synced_at, mirror.generation = size + 1, AT, 1
        rebuild(session, customer_id)
        _add_skus(session, customer_id, products)
        session.commit()
    return customer_id


def remote_user(row: DirectoryUser, licenses: Licenses) -> RemoteUser:
    """A stored user as Microsoft would tell it, with other licences."""
    return RemoteUser(
        row.graph_id,
        row.display_name,
        row.user_principal_name,
        row.mail,
        row.department,
        row.usage_location,
        row.user_type,
        row.account_enabled,
        tuple(RemoteLicense(one.sku_id, one.direct, one.groups, one.off, one.error) for one in licenses),
    )


def _add_customer(session: Session, size: int) -> int:
    customer = Customer(
        tenant_id=str(uuid.uuid5(uuid.NAMESPACE_URL, f"bench {size}")),
        name=f"Bench {size:,}",
        domain=f"bench{size}.example",
        country="US",
        search_text=fold(f"Bench {size} bench{size}.example"),
        access_state="active",
        access_roles=sorted(WRITING_ROLES),
    )
    session.add(customer)
    session.flush()
    return customer.id


def _add_groups(session: Session, customer_id: int) -> list[str]:
    ids = [str(uuid.uuid5(uuid.NAMESPACE_URL, f"bench group {index}")) for index in range(5)]
    session.add_all(
        DirectoryGroup(customer_id=customer_id, graph_id=id_, display_name=f"Licensed {index}")
        for index, id_ in enumerate(ids)
    )
    return ids


def _shape(draw: random.Random, products: Sequence[SeedProduct], groups: Sequence[str]) -> Licenses:
    weights = [1 / (place + 2) for place in range(len(products))]
    chosen = {draw.choices(products, weights)[0] for _ in range(draw.choice((0, 1, 2, 2, 3, 3, 4)))}
    held = []
    for product in sorted(chosen, key=lambda product: product.sku_id):
        by_group = draw.random() < 0.15
        off = draw.sample(product.plans, 1) if product.plans and draw.random() < 0.1 else []
        held.append(
            HeldLicense(
                product.sku_id,
                direct=not by_group or draw.random() < 0.2,
                groups=(draw.choice(groups),) if by_group else (),
                off=tuple(plan.plan_id for plan in off),
            )
        )
    return tuple(held)


def _users(
    draw: random.Random, customer_id: int, holdings: Sequence[int], size: int
) -> Iterator[list[dict[str, Any]]]:
    popular = [1 / (place + 5) for place in range(len(holdings))]
    for start in range(1, size + 1, _AT_ONCE):
        numbers = range(start, min(start + _AT_ONCE, size + 1))
        drawn = draw.choices(holdings, popular, k=len(numbers))
        yield [
            _user(draw, customer_id, number, holding) for number, holding in zip(numbers, drawn, strict=True)
        ]


def _user(draw: random.Random, customer_id: int, number: int, holding_id: int) -> dict[str, Any]:
    name = f"{draw.choice(_FIRST)} {draw.choice(_LAST)}"
    upn = f"{fold(name).replace(' ', '.')}.{number}@bench{customer_id}.example"
    told = Told(
        graph_id=str(uuid.UUID(int=customer_id << 64 | number)),
        name=name,
        upn=upn,
        mail=None,
        department=draw.choice(_DEPARTMENTS),
        location=draw.choices(_COUNTRIES, (40, 20, 15, 12, 10, 3))[0],
        user_type="Guest" if draw.random() < 0.05 else "Member",
        enabled=draw.random() > 0.03,
        holding_id=holding_id,
    )
    row = {"customer_id": customer_id, "number": number, "graph_id": told.graph_id}
    return row | light_columns(told, 1, AT) | text_columns(told)


def _add_skus(session: Session, customer_id: int, products: Sequence[SeedProduct]) -> None:
    held = tally(session, customer_id, living(session, customer_id))
    for product in products:
        consumed = held[product.sku_id].have if product.sku_id in held else 0
        session.add(
            SubscribedSku(
                customer_id=customer_id,
                sku_id=product.sku_id,
                part_number=product.part_number,
                applies_to="User",
                capability_status="Enabled",
                enabled=consumed + consumed // 10 + 20,
                warning=0,
                suspended=0,
                locked_out=0,
                consumed=consumed,
                plans=[
                    {
                        "id": plan.plan_id,
                        "name": plan.part_name,
                        "applies_to": plan.applies_to,
                        "status": "Success",
                    }
                    for plan in product.plans
                ],
            )
        )


def customers_by_size(session: Session) -> dict[int, int]:
    """Customer ids of a seeded database by number of users."""
    return dict(session.execute(select(Mirror.user_count, Mirror.customer_id)).all())  # type: ignore[arg-type]


if __name__ == "__main__":
    began = time.monotonic()
    made = seed(Path(sys.argv[1]), [int(size) for size in sys.argv[2:]])
    print(made, f"{time.monotonic() - began:.0f} s")
