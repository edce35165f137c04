"""Asks the sandbox in this process, as a client with a token would."""

from __future__ import annotations

import random
from typing import Any

from werkzeug.test import TestResponse

from partner_center.sandbox import tokens
from partner_center.sandbox.demo_identity import CLIENT_ID, PARTNER_DOMAIN, PARTNER_NAME, PARTNER_TENANT_ID
from partner_center.sandbox.seed.cast import Person, guid
from partner_center.sandbox.seed.catalogue import Company, Line
from partner_center.sandbox.seed.giving import PRODUCTS, Group
from partner_center.sandbox.seed.writing import Writer
from partner_center.sandbox.server import create_sandbox
from partner_center.sandbox.storage import State
from partner_center.sandbox.world import World
from partner_center.shared import clock

TENANT = "0d6c3f5e-2a41-4b8e-9c7d-51e0f2a3b4c5"
STOCK = {
    "ENTERPRISEPACK": 5,
    "STANDARDPACK": 5,
    "EXCHANGESTANDARD": 5,
    "EXCHANGEARCHIVE": 5,
    "MCOPSTN1": 5,
    "MCOPSTN2": 5,
    "MCOMEETADV": 5,
    "VISIOCLIENT": 1,
    "POWER_BI_PRO": 2,
    "PROJECTPROFESSIONAL": 3,
    "DYN365_ENTERPRISE_SALES": 3,
    "DYN365_ENTERPRISE_TEAM_MEMBERS": 3,
    "SHAREPOINTSTORAGE": 10,
}


def sku(part: str) -> str:
    """The SKU of a part number."""
    return PRODUCTS[part].sku_id


def plan(part: str, name: str) -> str:
    """A plan's id, by product and part name."""
    return next(p.plan_id for p in PRODUCTS[part].plans if p.part_name == name)


class Asking:
    """A client of one tenant; `as_partner()` and `at()` are other clients of the same sandbox."""

    def __init__(self, state: State, tenant: str = PARTNER_TENANT_ID) -> None:
        self.state = state
        self.tenant = tenant
        self.app = create_sandbox(state)
        self.client = self.app.test_client()
        self.world: World = self.app.extensions["world"]
        self.world.switches.group_delay_s = 0  # by the next call; the tests of waiting turn it up

    def at(self, tenant: str) -> Asking:
        """The same sandbox, asked in another tenant."""
        other = Asking.__new__(Asking)
        other.__dict__.update(self.__dict__, tenant=tenant)
        return other

    def as_partner(self) -> Asking:
        return self.at(PARTNER_TENANT_ID)

    def customer(self, name: str) -> Asking:
        """Asked in the customer of that name."""
        row = self.state.db.execute("SELECT id FROM tenant WHERE name = ?", (name,)).fetchone()
        return self.at(row["id"])

    def token(self, audience: str = tokens.GRAPH, *, with_user: bool = False) -> dict[str, str]:
        text = tokens.mint(self.tenant, audience, CLIENT_ID, with_user=with_user)
        return {"Authorization": f"Bearer {text}"}

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
        """One Graph call; header names with _ for -."""
        extra = {name.replace("_", "-"): value for name, value in headers.items()}
        url = path if path.startswith("http") else "/graph/v1.0" + path
        return self.client.open(url, method=method, json=body, headers={**self.token(), **extra})

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.ask("GET", path, **headers)

    def partner(self, method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
        """One Partner Center call, app and user."""
        extra = {name.replace("_", "-"): value for name, value in headers.items()}
        token = self.as_partner().token(tokens.PARTNER_CENTER, with_user=True)
        return self.client.open(
            "/partnercenter/v1" + path, method=method, json=body, headers={**token, **extra}
        )

    def control(self, path: str, **body: Any) -> Any:
        reply = self.client.post("/sandbox/" + path, json=body)
        assert reply.status_code == 200, reply.json
        return reply.json

    def assign(
        self, user: str, *add: str, remove: tuple[str, ...] = (), off: tuple[str, ...] = ()
    ) -> TestResponse:
        """assignLicense with part numbers; `off` are plan ids, for each product added."""
        body = {
            "addLicenses": [{"skuId": sku(part), "disabledPlans": list(off)} for part in add],
            "removeLicenses": [sku(part) for part in remove],
        }
        return self.ask("POST", f"/users/{user}/assignLicense", body)

    def users(self) -> list[str]:
        """Ids of the living users, in the order they came."""
        rows = self.state.db.execute(
            "SELECT id FROM user WHERE tenant = ? AND deleted_at IS NULL ORDER BY number", (self.tenant,)
        )
        return [row["id"] for row in rows]

    def consumed(self, part: str) -> int:
        """Seats taken, as subscribedSkus tells."""
        reply = self.get("/subscribedSkus")
        return next(s["consumedUnits"] for s in reply.json["value"] if s["skuPartNumber"] == part)

    def states(self, user: str) -> list[dict[str, Any]]:
        """The user's licenseAssignmentStates."""
        shown: list[dict[str, Any]] = self.get(f"/users/{user}?$select=licenseAssignmentStates").json[
            "licenseAssignmentStates"
        ]
        return shown

    def update(self, user: str, **columns: Any) -> None:
        """Change a user's row behind everybody's back."""
        names = ", ".join(f"{name} = ?" for name in columns)
        sql = f"UPDATE user SET {names} WHERE id = ?"  # noqa: S608 - column names of our own
        with self.state.write() as db:
            db.execute(sql, (*columns.values(), user))

    def error(self, reply: TestResponse) -> tuple[int, str, str]:
        """Status, code and message of a refusal."""
        return reply.status_code, reply.json["error"]["code"], reply.json["error"]["message"]


def seed_plain(state: State) -> None:
    """Ten users without licences, the products of `STOCK`, one empty group."""
    dice = random.Random(7)
    lines = tuple(Line(part, split=(seats,)) for part, seats in STOCK.items())
    company = Company("Plain AS", "plain.no", "NO", "Oslo", 10, lines)
    people = [
        Person(
            id=guid(dice),
            display_name=f"User {number}",
            upn=f"user{number}@plain.no",
            mail=f"user{number}@plain.no",
            location="NO",
        )
        for number in range(10)
    ]
    with state.write() as db:
        writer = Writer(db, clock.now())
        partner = {"name": PARTNER_NAME, "domain": PARTNER_DOMAIN, "country": "NO", "city": "Oslo"}
        writer.tenant_row(PARTNER_TENANT_ID, position=0, kind="self", reseller=None, **partner)
        customer = {"name": "Plain AS", "domain": "plain.no", "country": "NO", "city": "Oslo"}
        writer.tenant_row(TENANT, position=1, kind="reseller", reseller=None, **customer)
        writer.relationships(TENANT, company, dice)
        writer.people(TENANT, people, dice)
        writer.groups(TENANT, [Group(guid(dice), "Everybody", sku("POWER_BI_PRO"))], people)
        db.execute("UPDATE grp SET licenses = '[]'")
        writer.subscriptions(TENANT, company, people, dice)
        writer.finish()
