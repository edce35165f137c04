"""One customer with as many plain users as a bench wants; quick, and without Faker."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import islice

from partner_center.sandbox.demo_identity import (
    LARGE_TENANT_ID,
    PARTNER_DOMAIN,
    PARTNER_NAME,
    PARTNER_TENANT_ID,
)
from partner_center.sandbox.graph.shapes import stored
from partner_center.sandbox.licensing import NONE, Held
from partner_center.sandbox.seed.cast import guid
from partner_center.sandbox.seed.catalogue import Company, Line, unused
from partner_center.sandbox.seed.giving import PRODUCTS
from partner_center.sandbox.seed.writing import INSERT_USER, Writer
from partner_center.sandbox.storage import State
from partner_center.shared import clock

NAME, DOMAIN = "Fjellvidda Drift AS", "fjellvidda.no"
_CHUNK = 20_000
_HELD = ("SPE_E3", "SPE_F1", "STANDARDPACK")
_FREE = (
    "POWER_BI_PRO",
    "VISIOCLIENT",
    "PROJECT_P1",
    "PROJECTPROFESSIONAL",
    "PBI_PREMIUM_PER_USER",
    "POWERAPPS_PER_USER",
    "FLOW_FREE",
    "FLOW_PER_USER",
    "VISIOONLINE_PLAN1",
    "AAD_PREMIUM",
    "AAD_PREMIUM_P2",
    "EMS",
    "INTUNE_A",
    "WIN10_VDA_E3",
    "ATP_ENTERPRISE",
    "MCOEV",
    "MCOMEETADV",
    "MCOPSTN1",
    "MCOPSTN2",
    "Microsoft_365_Copilot",
    "M365_TEAMS_PREMIUM",
    "DEFENDER_ENDPOINT_P1",
    "WIN_DEF_ATP",
    "RIGHTSMANAGEMENT",
    "OFFICESUBSCRIPTION",
    "SHAREPOINTSTANDARD",
    "EXCHANGEARCHIVE_ADDON",
)
_NAMES = ("Anna", "Berit", "Cem", "Dag", "Elif", "Filip", "Grete", "Hakan", "Ida", "Jon")
_LAST = ("Aasen", "Berg", "Demir", "Eide", "Fors", "Gran", "Holm", "Kaya", "Lund", "Moe")


def seed_large(state: State, users: int) -> None:
    """Empty the state; make `LARGE_TENANT_ID` with `users` users of whom three in four have a base product.

    It owns 30 products with room for everybody.
    """
    dice = random.Random(users)
    with state.write() as db:
        writer = Writer(db, clock.now())
        writer.clear()
        _tenant(writer, dice)
        rows = _rows(users, dice)
        while chunk := list(islice(rows, _CHUNK)):
            db.executemany(INSERT_USER, chunk)
        writer.changes = users
        db.execute(
            "INSERT INTO seat SELECT tenant, skus, count(*) FROM user WHERE skus <> '' GROUP BY tenant, skus"
        )
        writer.subscriptions(LARGE_TENANT_ID, _company(users), [], dice)
        writer.finish()


def _tenant(writer: Writer, dice: random.Random) -> None:
    partner = {"name": PARTNER_NAME, "domain": PARTNER_DOMAIN, "kind": "self"}
    customer = {"name": NAME, "domain": DOMAIN, "kind": "reseller"}
    for position, (tenant, what) in enumerate([(PARTNER_TENANT_ID, partner), (LARGE_TENANT_ID, customer)]):
        writer.tenant_row(tenant, position=position, country="NO", city="Geilo", reseller=None, **what)
    writer.relationships(LARGE_TENANT_ID, _company(0), dice)


def _company(users: int) -> Company:
    seats = max(1, users)
    lines = [Line(part, spare=seats) for part in _HELD]
    lines += [unused(part, seats) for part in _FREE]
    return Company(NAME, DOMAIN, "NO", "Geilo", users, tuple(lines))


def _rows(users: int, dice: random.Random) -> Iterator[tuple[object, ...]]:
    when = clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
    kinds = [stored([Held(PRODUCTS[part].sku_id, None, (), NONE, when)]) for part in _HELD] + [("[]", "")]
    for number in range(1, users + 1):
        first, last = dice.choice(_NAMES), dice.choice(_LAST)
        name = f"{first} {last} {number}"
        address = f"{first}.{last}.{number}@{DOMAIN}".lower()
        states, skus = kinds[number % 4]
        yield (
            guid(dice),
            LARGE_TENANT_ID,
            name,
            name.casefold(),
            first,
            last,
            address,
            address,
            address,
            "Drift",
            None,
            "NO",
            "Member",
            True,
            "user",
            when,
            states,
            skus,
            None,
            number,
            when,
            None,
        )
