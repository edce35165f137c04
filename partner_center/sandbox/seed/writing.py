"""The seed's rows, written in bulk."""

from __future__ import annotations

import json
import random
import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from partner_center.sandbox import access
from partner_center.sandbox.graph.shapes import stored
from partner_center.sandbox.seed.cast import Person, guid
from partner_center.sandbox.seed.catalogue import Company, Line
from partner_center.sandbox.seed.giving import PRODUCTS, Group

_TABLES = (
    "tenant",
    "reseller",
    "relationship",
    "subscription",
    "user",
    "grp",
    "member",
    "seat",
    "write_log",
    "answered",
)
_LANGUAGES = {"US": "en-US", "TR": "tr-TR", "NO": "nb-NO", "SE": "sv-SE"}
_FULL = (
    access.DIRECTORY_READERS,
    access.DIRECTORY_WRITERS,
    access.GLOBAL_READER,
    access.HELPDESK_ADMIN,
    access.LICENSE_ADMIN,
    access.PRIVILEGED_ROLE_ADMIN,
    access.SERVICE_SUPPORT_ADMIN,
    access.USER_ADMIN,
)
_READING = (access.DIRECTORY_READERS, access.GLOBAL_READER)
_RELATIONSHIPS: dict[str, list[tuple[str, int, int | None, tuple[str, ...]]]] = {
    # access: (status, begun days ago, ends in days, roles)
    "full": [("active", 200, 530, _FULL)],
    "renewed": [("terminated", 600, -120, _FULL), ("active", 115, 615, _FULL)],
    "read": [("active", 60, 305, _READING)],
    "month": [("active", 709, 21, _FULL)],
    "week": [("active", 726, 4, _FULL)],
    "ended": [("expired", 742, -12, _FULL)],
    "pending": [("approvalPending", 9, None, _FULL)],
}
_TERM_DAYS = {"P1M": 30, "P1Y": 365, "P3Y": 1095}


class Writer:
    """Writes one seed inside one transaction; `at` is the moment it counts from."""

    def __init__(self, db: sqlite3.Connection, at: datetime) -> None:
        self.db = db
        self.at = at
        self.changes = 0

    def clear(self) -> None:
        """Empty every table."""
        for table in _TABLES:
            self.db.execute(f"DELETE FROM {table}")  # noqa: S608 - our own table names

    def finish(self) -> None:
        """Set the counter of changes past those of the seed."""
        self.db.execute("UPDATE counter SET value = ? WHERE name = 'change'", (self.changes,))

    def tenant_row(
        self,
        tenant: str,
        *,
        position: int,
        name: str,
        domain: str,
        country: str,
        city: str,
        kind: str,
        reseller: str | None,
    ) -> None:
        """One customer, or the partner itself."""
        created = self._day(-900 - 11 * position)
        row = (tenant, position, name, domain, country, _LANGUAGES[country], city, kind, reseller, created, 0)
        self.db.execute(f"INSERT INTO tenant VALUES ({_marks(row)})", row)  # noqa: S608

    def resellers(self, mpn_ids: Mapping[str, str]) -> dict[str, str]:
        """The indirect resellers; their tenants by name."""
        tenants = {name: guid(random.Random(name)) for name in mpn_ids}
        for name, mpn_id in mpn_ids.items():
            self.db.execute("INSERT INTO reseller VALUES (?, ?, ?)", (tenants[name], name, mpn_id))
        return tenants

    def relationships(self, tenant: str, company: Company, dice: random.Random) -> None:
        """The GDAP relationships that make up the company's `access`."""
        short = company.domain.split(".", maxsplit=1)[0][:30]
        for number, (status, begun, ends, roles) in enumerate(_RELATIONSHIPS[company.access], start=1):
            begun_at = None if status == "approvalPending" else self._day(-begun)
            row = (
                f"{guid(dice)}-{guid(dice)}",
                tenant,
                f"{short} GDAP {number}",
                status,
                self._day(-begun - 1),
                begun_at,
                None if ends is None else self._day(ends),
                "P730D",
                "PT0S",
                json.dumps(roles),
            )
            self.db.execute(f"INSERT INTO relationship VALUES ({_marks(row)})", row)  # noqa: S608

    def people(self, tenant: str, people: Sequence[Person], dice: random.Random) -> None:
        """All users, living and deleted, and the seats the living take."""
        days = [self._day(-dice.randint(10, 1400)) for _ in range(60)]
        taken: Counter[str] = Counter()
        rows = []
        for person in people:
            self.changes += 1
            states, skus = stored(person.held)
            if not person.deleted:
                taken.update(skus.split())
            created = dice.choice(days)
            deleted = self._day(-dice.randint(1, 20)) if person.deleted else None
            habits = self._habits(person, created)
            rows.append((*_columns(tenant, person), created, states, skus, deleted, self.changes, *habits))
        self.db.executemany(INSERT_USER, rows)
        self.db.executemany(
            "INSERT INTO seat VALUES (?, ?, ?)", [(tenant, sku, count) for sku, count in taken.items()]
        )

    def _habits(self, person: Person, created: str) -> tuple[str | None, int | None]:
        """When somebody last signed in and how large the mailbox is: dice of their own, for no other's sake.

        One in twelve stays away for one to six months, one in fifty never came; of the shared, room and
        equipment mailboxes, in which nobody signs in, one in four has grown over 50 GB.
        """
        dice = random.Random(person.id)
        has_mailbox = person.purpose != "user" or bool(person.held)
        if person.purpose != "user":
            return None, dice.randint(51, 58) * _GB if dice.random() < 0.25 else dice.randint(1, 30) * _GB
        size = dice.randint(1, 45) * _GB if has_mailbox else None
        chance = dice.random()
        away = dice.randint(31, 180) if chance < 1 / 12 or not person.enabled else dice.randint(0, 20)
        never = chance > 0.98 or person.kind == "Guest"
        return None if never else max(self._day(-away), created), size

    def groups(self, tenant: str, groups: Sequence[Group], people: Sequence[Person]) -> None:
        """Groups that hand out licences, and who is in them."""
        for group in groups:
            licenses = json.dumps([[group.sku, list(group.off)]])
            row = (group.id, tenant, group.name, None, licenses, self._day(-700), None, None)
            self.db.execute(f"INSERT INTO grp VALUES ({_marks(row)})", row)  # noqa: S608
        self.db.executemany(
            "INSERT INTO member VALUES (?, ?)",
            [(group, person.id) for person in people for group in person.groups],
        )

    def subscriptions(
        self, tenant: str, company: Company, people: Sequence[Person], dice: random.Random
    ) -> None:
        """What was bought: as much as is taken and the line's spare, or just its split."""
        position = 0
        for line in company.lines:
            sku = PRODUCTS[line.part].sku_id
            row = self.db.execute(
                "SELECT consumed FROM seat WHERE tenant = ? AND sku = ?", (tenant, sku)
            ).fetchone()
            consumed = row["consumed"] if row else 0
            owner = people[0].id if line.channel == "self-service" else None
            for place, quantity in enumerate(line.split or (max(1, consumed + line.spare),)):
                position += 1
                self._subscription(
                    line, dice, tenant=tenant, position=position, quantity=quantity, place=place, owner=owner
                )

    def _subscription(
        self,
        line: Line,
        dice: random.Random,
        *,
        tenant: str,
        position: int,
        quantity: int,
        place: int,
        owner: str | None,
    ) -> None:
        """One row; a line's second subscription was bought two days ago and can still be given back."""
        recent = place > 0
        ends = 363 if recent else line.ends_in
        created = -2 if recent else ends - _TERM_DAYS[line.term]
        batches = [{"quantity": quantity, "until": self._day(5)}] if recent else []
        row = {
            "id": guid(dice),
            "tenant": tenant,
            "position": position,
            "sku": PRODUCTS[line.part].sku_id,
            "channel": line.channel,
            "commerce_id": guid(dice),
            "status": line.status,
            "quantity": quantity,
            "is_trial": line.trial,
            "owner": owner,
            "created_at": self._day(created),
            "ends_at": self._day(ends),
            "term": line.term,
            "billing_cycle": "monthly",
            "auto_renew": line.auto_renew,
            "batches": json.dumps(batches),
            "order_id": guid(dice),
        }
        names = ", ".join(row)
        self.db.execute(
            f"INSERT INTO subscription ({names}) VALUES ({_marks(row)})",  # noqa: S608 - our own columns
            tuple(row.values()),
        )

    def _day(self, days: int) -> str:
        return (self.at + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


INSERT_USER = (
    "INSERT INTO user (id, tenant, display_name, sort_name, given_name, surname, upn, upn_key, mail, "
    "department, job_title, usage_location, user_type, enabled, purpose, created_at, states, skus, "
    "deleted_at, changed, signed_in_at, mailbox_bytes) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_GB = 1024**3


def _columns(tenant: str, person: Person) -> tuple[object, ...]:
    """A person as the first fifteen columns of `INSERT_USER`."""
    return (
        person.id,
        tenant,
        person.display_name,
        person.display_name.casefold(),
        person.given_name,
        person.surname,
        person.upn,
        person.upn.casefold(),
        person.mail,
        person.department,
        person.title,
        person.location,
        person.kind,
        person.enabled,
        person.purpose,
    )


def _marks(values: object) -> str:
    return ", ".join("?" for _ in values)  # type: ignore[attr-defined]
