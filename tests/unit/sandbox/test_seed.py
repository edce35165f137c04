"""The demo's partner: the same each time, true to the rules, and with every trouble a console must show."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from partner_center.catalog.rules import load_rules
from partner_center.catalog.seed import load_products
from partner_center.sandbox.demo_identity import LARGE_TENANT_ID
from partner_center.sandbox.graph.shapes import held_of
from partner_center.sandbox.licensing import enabled_plans
from partner_center.sandbox.seats import units
from partner_center.sandbox.seed.large import seed_large
from partner_center.sandbox.seed.partner import COMPANIES, is_seeded, seed_partner
from partner_center.sandbox.seed.people import FakerMissing
from partner_center.sandbox.storage import State
from tests.unit.sandbox.asking import Asking

V4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
PRODUCTS = {product.sku_id: product for product in load_products()}


def everything(state: State) -> dict[str, list[tuple[object, ...]]]:
    tables = ("tenant", "reseller", "relationship", "subscription", "user", "grp", "member", "seat")
    return {
        table: [tuple(row) for row in state.db.execute(f"SELECT * FROM {table}")]  # noqa: S608
        for table in tables
    }


def test_two_seeds_at_the_same_moment_are_the_same(tmp_path: Path) -> None:
    first, second = State(tmp_path / "a.sqlite"), State(tmp_path / "b.sqlite")
    for state in (first, second):
        seed_partner(state, at=NOON, max_users=25)

    assert everything(first) == everything(second)
    seed_partner(first, at=NOON, max_users=25)
    assert everything(first) == everything(second)
    first.close()
    second.close()


def test_the_whole_partner_is_as_large_as_promised() -> None:
    assert len(COMPANIES) >= 24
    assert {company.country for company in COMPANIES} == {"US", "TR", "NO", "SE"}
    assert (min(c.users for c in COMPANIES), max(c.users for c in COMPANIES)) == (3, 12000)
    assert 20_000 < sum(company.users for company in COMPANIES) < 24_000
    assert len({line.part for company in COMPANIES for line in company.lines}) >= 35


def test_every_id_is_a_version_4_guid(demo: Asking) -> None:
    for table in ("tenant", "subscription", "user", "grp"):
        for row in demo.state.db.execute(f"SELECT id FROM {table}"):  # noqa: S608
            assert V4.fullmatch(row["id"]), (table, row["id"])


def test_hard_names_are_among_the_people(demo: Asking) -> None:
    names = {row["display_name"] for row in demo.state.db.execute("SELECT display_name FROM user")}
    assert {"Işıl Çağlar", "Åse Øvrebø", "Håkon Aasen", "Åsa Öberg"} <= names


def test_addresses_are_plain_letters_and_nobody_shares_one(demo: Asking) -> None:
    for tenant in demo.state.db.execute("SELECT id FROM tenant").fetchall():
        rows = demo.state.db.execute("SELECT upn FROM user WHERE tenant = ?", (tenant["id"],)).fetchall()
        upns = [row["upn"] for row in rows]
        assert len(set(upns)) == len(upns)
        assert all(upn.isascii() and " " not in upn for upn in upns)


def test_nobody_holds_what_the_rules_forbid(demo: Asking) -> None:
    rules = load_rules()
    rows = demo.state.db.execute("SELECT states, usage_location FROM user WHERE states <> '[]'").fetchall()
    for row in rows:
        held = held_of(row["states"])
        plans = enabled_plans(held, PRODUCTS)
        assert rules.conflicts(plans) == []
        assert rules.unmet(plans) == []
        assert rules.forbidden(plans, row["usage_location"]) == []
        if any(entry.group is None for entry in held):
            assert row["usage_location"] is not None


def scalar(asking: Asking, sql: str) -> int:
    return int(asking.state.db.execute(sql).fetchone()[0])


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT count(*) FROM user WHERE usage_location IS NULL AND user_type || purpose = 'Memberuser'",
        "SELECT count(*) FROM user WHERE user_type = 'Guest'",
        "SELECT count(*) FROM user WHERE user_type = 'Guest' AND skus <> ''",
        "SELECT count(*) FROM user WHERE deleted_at IS NOT NULL",
        "SELECT count(*) FROM user WHERE purpose = 'shared' AND skus = ''",
        "SELECT count(*) FROM user WHERE purpose = 'room'",
        "SELECT count(*) FROM user WHERE enabled = 0 AND purpose = 'user'",
        "SELECT count(*) FROM user WHERE states LIKE '%CountViolation%'",
        "SELECT count(*) FROM user WHERE states LIKE '%MutuallyExclusiveViolation%'",
        "SELECT count(*) FROM member",
        "SELECT count(*) FROM subscription WHERE channel = 'self-service' AND owner IS NOT NULL",
        "SELECT count(*) FROM subscription WHERE status = 'Suspended'",
        "SELECT count(*) FROM subscription WHERE status = 'Warning'",
        "SELECT count(*) FROM subscription WHERE is_trial = 1",
        "SELECT count(*) FROM subscription WHERE status = 'Enabled' AND NOT auto_renew "
        "AND ends_at < strftime('%Y-%m-%d', 'now', '+30 days')",
    ],
)
def test_every_trouble_is_there(demo: Asking, sql: str) -> None:
    assert scalar(demo, sql) > 0


def test_products_are_full_or_unused_somewhere(demo: Asking) -> None:
    tenants = demo.state.db.execute("SELECT id FROM tenant").fetchall()
    found = [u for tenant in tenants for u in units(demo.state.db, tenant["id"]).values()]
    assert any(u.free == 0 and u.consumed for u in found)
    assert any(u.enabled and u.consumed == 0 for u in found)


def test_some_have_plans_switched_off_and_some_a_licence_both_ways(demo: Asking) -> None:
    holdings = [held_of(row["states"]) for row in demo.state.db.execute("SELECT states FROM user")]
    assert any(entry.off for held in holdings for entry in held)
    assert any(len({e.sku for e in held}) < len(held) for held in holdings)


def test_a_mailbox_tells_whose_it_is(demo: Asking) -> None:
    row = demo.state.db.execute("SELECT id, tenant FROM user WHERE purpose = 'room' LIMIT 1").fetchone()
    reply = demo.at(row["tenant"]).get(f"/users/{row['id']}/mailboxSettings")
    assert reply.json["userPurpose"] == "room"
    nobody = demo.state.db.execute(
        "SELECT id, tenant FROM user WHERE purpose = 'user' AND skus = '' AND deleted_at IS NULL LIMIT 1"
    ).fetchone()
    customer = demo.customer("Fjordlys Energi AS")
    assert nobody is not None
    assert demo.at(nobody["tenant"]).get(f"/users/{nobody['id']}/mailboxSettings").status_code in {403, 404}
    assert customer.get("/users").status_code == 200


def test_without_faker_a_sentence_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "faker", None)
    state = State(tmp_path / "sandbox.sqlite")
    with pytest.raises(FakerMissing, match="pip install"):
        seed_partner(state)
    assert not is_seeded(state)
    state.close()


def test_one_large_customer_has_as_many_users_as_asked_and_room_for_all(tmp_path: Path) -> None:
    state = State(tmp_path / "sandbox.sqlite")
    seed_large(state, 400)
    asking = Asking(state, LARGE_TENANT_ID)

    assert len(asking.users()) == 400
    found = units(state.db, LARGE_TENANT_ID)
    assert len(found) == 30
    assert all(u.free >= 400 for u in found.values())
    assert sum(u.consumed for u in found.values()) == 300
    assert asking.assign(asking.users()[3], "POWER_BI_PRO", "VISIOCLIENT").status_code == 200
    state.close()
