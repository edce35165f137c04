"""The tenants of the gates: plain users without licences, and products with room for everybody."""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path

from partner_center.sandbox.demo_identity import PARTNER_DOMAIN, PARTNER_NAME, PARTNER_TENANT_ID
from partner_center.sandbox.seed.cast import Person, guid
from partner_center.sandbox.seed.catalogue import Company, Line
from partner_center.sandbox.seed.giving import PRODUCTS
from partner_center.sandbox.seed.writing import Writer
from partner_center.sandbox.storage import State
from partner_center.shared import clock

PARTS = (
    "POWER_BI_PRO",
    "VISIOCLIENT",
    "PROJECT_P1",
    "POWERAPPS_PER_USER",
    "FLOW_PER_USER",
    "AAD_PREMIUM",
    "EMS",
    "INTUNE_A",
    "WIN10_VDA_E3",
    "ATP_ENTERPRISE",
    "PBI_PREMIUM_PER_USER",
    "AAD_PREMIUM_P2",
    "RIGHTSMANAGEMENT",
    "OFFICESUBSCRIPTION",
    "DEFENDER_ENDPOINT_P1",
    "FLOW_FREE",
)
"""None of them excludes or needs another, so that only what a gate does can go wrong."""


def sku(part: str) -> str:
    """The SKU of a part number."""
    return PRODUCTS[part].sku_id


def seed(
    file: Path, *, customers: int, users: int, parts: tuple[str, ...], seats: Mapping[str, int] | None = None
) -> list[str]:
    """Make `customers` tenants of `users` users up; their ids. `seats` by part number, else two a user."""
    state = State(file)
    tenants = []
    with state.write() as db:
        writer = Writer(db, clock.now())
        writer.clear()
        writer.tenant_row(
            PARTNER_TENANT_ID,
            position=0,
            name=PARTNER_NAME,
            domain=PARTNER_DOMAIN,
            country="NO",
            city="Oslo",
            kind="self",
            reseller=None,
        )
        for number in range(1, customers + 1):
            tenants.append(_customer(writer, number, users, parts, seats or {}))
        writer.finish()
    state.close()
    return tenants


def _customer(
    writer: Writer, number: int, users: int, parts: tuple[str, ...], seats: Mapping[str, int]
) -> str:
    dice = random.Random(number)
    tenant, domain = guid(dice), f"gate{number:02}.no"
    lines = tuple(Line(part, split=(seats.get(part, 2 * users),)) for part in parts)
    company = Company(f"Gate {number:02} AS", domain, "NO", "Oslo", users, lines)
    people = [
        Person(
            id=guid(dice),
            display_name=f"User {one:04}",
            upn=f"user{one}@{domain}",
            mail=f"user{one}@{domain}",
            location="NO",
        )
        for one in range(users)
    ]
    writer.tenant_row(
        tenant,
        position=number,
        name=company.name,
        domain=domain,
        country="NO",
        city="Oslo",
        kind="reseller",
        reseller=None,
    )
    writer.relationships(tenant, company, dice)
    writer.people(tenant, people, dice)
    writer.subscriptions(tenant, company, people, dice)
    return tenant
