"""Fill a state with the whole partner; the same on every run but for the dates, which count from today."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime

from partner_center.sandbox.demo_identity import PARTNER_DOMAIN, PARTNER_NAME, PARTNER_TENANT_ID
from partner_center.sandbox.seed.cast import cast, guid
from partner_center.sandbox.seed.catalogue import Company, Line
from partner_center.sandbox.seed.companies_no import NORWAY
from partner_center.sandbox.seed.companies_se import SWEDEN
from partner_center.sandbox.seed.companies_tr import TURKEY
from partner_center.sandbox.seed.companies_us import UNITED_STATES
from partner_center.sandbox.seed.giving import Giving
from partner_center.sandbox.seed.people import Names, load_names
from partner_center.sandbox.seed.writing import Writer
from partner_center.sandbox.storage import State
from partner_center.shared import clock

COMPANIES = (*UNITED_STATES, *TURKEY, *NORWAY, *SWEDEN)
RESELLERS = {"Kuzey Bilişim": "4871203", "Fjordsky IT AS": "5120448"}


def is_seeded(state: State) -> bool:
    """Whether there is a partner in the state."""
    return state.db.execute("SELECT 1 FROM tenant LIMIT 1").fetchone() is not None


def seed_partner(state: State, *, at: datetime | None = None, max_users: int | None = None) -> None:
    """Empty the state and fill it. `max_users` caps every customer, for quick tests.

    Raises `FakerMissing` when Faker is not installed.
    """
    names = load_names()
    moment = at or clock.now()
    with state.write() as db:
        writer = Writer(db, moment)
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
        resellers = writer.resellers(RESELLERS)
        for position, company in enumerate(COMPANIES, start=1):
            reseller = resellers.get(company.reseller or "")
            _write(writer, _sized(company, max_users), names[company.country], position, reseller)
        writer.finish()


def _write(writer: Writer, company: Company, names: Names, position: int, reseller: str | None) -> None:
    """One customer with everything it has; the dice of its own make it the same whatever the others are."""
    dice = random.Random(company.domain)
    tenant = guid(dice)
    people = cast(company, names, dice)
    giving = Giving(company, people, dice, writer.at)
    giving.run()
    writer.tenant_row(
        tenant,
        position=position,
        name=company.name,
        domain=company.domain,
        country=company.country,
        city=company.city,
        kind="reseller",
        reseller=reseller,
    )
    writer.relationships(tenant, company, dice)
    writer.people(tenant, people, dice)
    writer.groups(tenant, giving.groups, people)
    writer.subscriptions(tenant, company, people, dice)


def _sized(company: Company, most: int | None) -> Company:
    """The company with at most `most` users, its troubles shrunk alike but never to none."""
    if most is None or company.users <= most:
        return company
    scale = most / company.users

    def shrunk(number: int) -> int:
        return max(1, round(number * scale)) if number else 0

    return replace(
        company,
        users=most,
        guests=shrunk(company.guests),
        without_location=shrunk(company.without_location),
        shared=shrunk(company.shared),
        rooms=shrunk(company.rooms),
        deleted=shrunk(company.deleted),
        blocked=shrunk(company.blocked),
        lines=tuple(_sized_line(line, scale) for line in company.lines),
    )


def _sized_line(line: Line, scale: float) -> Line:
    return replace(line, count=max(1, round(line.count * scale)) if line.count else 0)
