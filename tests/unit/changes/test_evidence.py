"""The evidence tells what was stored, the same bytes for good, and a hash tells when it does not."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select, update

from partner_center.audit.models import AuditEntry
from partner_center.catalog.models import Product
from partner_center.changes import evidence, queries
from partner_center.changes.models import Change, ChangeEntry
from partner_center.cloud.port import Reason
from partner_center.licensing.values import LocationScope, LocationWish
from partner_center.shared.errors import Conflict
from tests.make import Make
from tests.unit.changes.conftest import StageOf
from tests.unit.changes.fake_cloud import Fate
from tests.unit.changes.stage import E3, TEAMS, VISIO, Stage, assign, held, revoke, sku


@pytest.fixture
def stage(make: Make, stage_of: StageOf) -> Stage:
    people = [
        make.user("=Ada", licenses=(held(E3, off=[TEAMS]), held(VISIO, direct=False, groups=["g1"]))),
        make.user("Bøb"),
        make.user("Cem"),
    ]
    return stage_of(people, [sku(E3), sku(VISIO)])


def document(stage: Stage, change: Change) -> dict[str, Any]:
    return json.loads(whole(stage, change, "json"))  # type: ignore[no-any-return]


def whole(stage: Stage, change: Change, kind: str) -> bytes:
    return b"".join(queries.evidence_pieces(stage.session, stage.actor, stage.customer.id, change.ref, kind))


def check(document: dict[str, Any]) -> bool:
    """As `docs/evidence.md` says it is checked."""
    rest = {key: value for key, value in document.items() if key != "sha256"}
    text = json.dumps(rest, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest() == document["sha256"]


def test_it_tells_who_what_before_and_after(stage: Stage) -> None:
    change = stage.submit(revoke(E3).with_location(LocationWish("SE", LocationScope.ALL)))
    stage.save(change, note="Ticket 4711")
    stage.run()

    told = document(stage, change)

    assert told["operator"] == {"name": stage.actor.name, "email": stage.actor.email}
    assert told["customer"]["tenant_id"] == stage.customer.tenant_id
    assert (told["change"]["ref"], told["change"]["note"]) == (change.ref, "Ticket 4711")
    assert told["change"]["finished_at"].endswith("Z")
    ada, bob, _ = sorted(told["users"], key=lambda user: user["name"])
    assert ada["before"] == {
        "licenses": sorted(
            (
                {"sku": E3, "direct": True, "groups": [], "off": [TEAMS]},
                {"sku": VISIO, "direct": False, "groups": ["g1"], "off": []},
            ),
            key=lambda one: one["sku"],
        ),
        "usage_location": "US",
    }
    assert [one["sku"] for one in ada["after"]["licenses"]] == [VISIO]
    assert ada["after"]["usage_location"] == "SE"
    assert {one["action"]: one["outcome"] for one in ada["asked"]} == {"location": "done", "revoke": "done"}
    assert all(one["request_id"] for one in ada["asked"])
    assert bob["asked"][1]["outcome"] == "already_so"
    assert told["names"]["service_plans"] == {TEAMS: "TEAMS1"}


def test_what_microsoft_did_not_tell_is_not_claimed(stage: Stage) -> None:
    stage.cloud.fate = lambda _graph_id: Fate.SHUT
    change = stage.submit_and_save(assign(E3))
    stage.run()

    users = document(stage, change)["users"]

    assert {user["name"]: user["after"]["licenses"] for user in users if user["name"] != "=Ada"} == {
        "Bøb": None,
        "Cem": None,
    }
    reasons = {one["reason"] for user in users for one in user["asked"]}
    assert Reason.NO_RIGHTS in reasons
    rows = list(csv.DictReader(io.StringIO(whole(stage, change, "csv").decode("utf-8-sig"))))
    assert {row["licenses_after"] for row in rows} == {"not told"}


def test_both_hashes_are_of_what_is_downloaded(stage: Stage) -> None:
    change = stage.submit_and_save(assign(E3))
    stage.run()

    told = document(stage, change)

    assert check(told)
    assert hashlib.sha256(whole(stage, change, "csv")).hexdigest() == told["csv_sha256"]
    canonical = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    assert whole(stage, change, "json") == canonical
    kept = stage.session.scalars(select(AuditEntry).where(AuditEntry.action == "change_sealed")).one()
    assert kept.details == {"csv_sha256": told["csv_sha256"], "sha256": told["sha256"]}
    sealed = stage.result(change).sealed
    assert sealed
    assert (sealed.csv_sha256, sealed.sha256) == (told["csv_sha256"], told["sha256"])


def test_a_changed_row_no_longer_fits_its_hash(stage: Stage) -> None:
    """The control of the test above."""
    change = stage.submit_and_save(assign(E3))
    stage.run()
    stage.session.execute(update(ChangeEntry).values(outcome="done"))
    stage.session.commit()

    told = document(stage, change)

    assert not check(told)
    assert hashlib.sha256(whole(stage, change, "csv")).hexdigest() != told["csv_sha256"]


def test_whatever_is_renamed_later_the_bytes_stay(stage: Stage) -> None:
    change = stage.submit_and_save(assign(E3))
    stage.run()
    before = whole(stage, change, "csv"), whole(stage, change, "json")
    stage.customer.name = "Contoso, renamed"
    stage.member.display_name = "Somebody Else"
    stage.session.add(Product(sku_id=E3, part_number="NEW", name="A new name"))
    stage.session.commit()
    stage.cloud.products.clear()
    stage.tell(replace(next(iter(stage.cloud.users_by_id.values())), display_name="Renamed"))

    assert (whole(stage, change, "csv"), whole(stage, change, "json")) == before


def test_no_cell_is_a_formula(stage: Stage) -> None:
    change = stage.submit(assign(E3))
    stage.save(change, note="=cmd|' /C calc'!A0") if change.state == "planned" else None
    stage.run()
    rows = list(csv.reader(io.StringIO(whole(stage, change, "csv").decode("utf-8-sig"))))
    assert rows[1][rows[0].index("user")] == "'=Ada"
    assert not [cell for row in rows for cell in row if cell[:1] in "=+-@" and cell]


def test_it_is_there_only_when_the_change_has_finished(stage: Stage) -> None:
    change = stage.submit_and_save(assign(E3))
    with pytest.raises(Conflict, match="not there yet"):
        whole(stage, change, "csv")


def test_a_big_change_is_sealed_by_a_job_to_the_same_bytes(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evidence, "AT_ONCE", 2)
    change = stage.submit_and_save(assign(E3))
    stage.run()
    assert stage.result(change).sealed is None
    direct = evidence.make_facts(stage.session, change)

    stage.worker._table = {**stage.worker._table, evidence.JOB_KIND: evidence.evidence_handler}
    stage.run()

    assert change.evidence == direct
    assert check(document(stage, change))
    entries = select(AuditEntry).where(AuditEntry.action == "change_sealed")
    assert len(stage.session.scalars(entries).all()) == 1
