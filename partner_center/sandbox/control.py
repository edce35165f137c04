"""Doors that Microsoft does not have: look inside, turn switches, be "another admin" for a moment."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from partner_center.sandbox.calls import Refused, Reply
from partner_center.sandbox.edits import edit
from partner_center.sandbox.seats import units
from partner_center.sandbox.seed.partner import seed_partner
from partner_center.sandbox.world import World


def answer(world: World, method: str, path: str, query: Mapping[str, str], body: Any) -> Reply:
    """The answer to one /sandbox call; 400 with a sentence for a wrong one."""
    handlers = {
        ("GET", "state"): lambda: _state(world),
        ("GET", "writes"): lambda: _writes(world, query),
        ("GET", "requests"): lambda: Reply(200, dict(world.requests)),
        ("GET", "strays"): lambda: Reply(200, {"strays": list(world.strays)}),
        ("POST", "requests/clear"): lambda: _clear(world),
        ("GET", "switches"): lambda: Reply(200, world.shown()),
        ("POST", "switches"): lambda: _switch(world, body or {}),
        ("GET", "faults"): lambda: Reply(200, {"faults": world.faults.shown()}),
        ("POST", "faults"): lambda: Reply(200, {"faults": world.faults.add(_listed(body or {}))}),
        ("POST", "faults/clear"): lambda: Reply(200, {"faults": world.faults.clear((body or {}).get("id"))}),
        ("POST", "edit"): lambda: Reply(200, edit(world, body or {})),
        ("POST", "reset"): lambda: _reset(world, body or {}),
    }
    handler = handlers.get((method, path))
    if handler is None:
        return Reply(404, {"error": f"There is no {method} /sandbox/{path[:60]}."})
    try:
        return handler()
    except (ValueError, KeyError, TypeError) as problem:
        return Reply(400, {"error": f"{type(problem).__name__}: {problem}"})
    except Refused as refusal:
        return refusal.reply


def _state(world: World) -> Reply:
    db = world.state.db
    tenants = []
    for row in db.execute("SELECT * FROM tenant ORDER BY position").fetchall():
        users = db.execute(
            "SELECT count(*) FROM user WHERE tenant = ? AND deleted_at IS NULL", (row["id"],)
        ).fetchone()[0]
        seats = {
            world.products[sku].part_number: {"free": u.free, "consumed": u.consumed, "enabled": u.enabled}
            for sku, u in units(db, row["id"]).items()
        }
        tenants.append(
            {"id": row["id"], "name": row["name"], "domain": row["domain"], "users": users, "seats": seats}
        )
    return Reply(200, {"tenants": tenants, "switches": world.shown()})


def _writes(world: World, query: Mapping[str, str]) -> Reply:
    rows = world.state.db.execute(
        "SELECT * FROM write_log WHERE seq > ? AND (? IS NULL OR tenant = ?) ORDER BY seq LIMIT 5000",
        (int(query.get("after", "0")), query.get("tenant"), query.get("tenant")),
    )
    value = [
        {
            **dict(row),
            "detail": json.loads(row["detail"]),
            "seats_before": json.loads(row["seats_before"]),
            "seats_after": json.loads(row["seats_after"]),
        }
        for row in rows
    ]
    return Reply(200, {"writes": value})


def _listed(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """One fault, or several under `faults`."""
    several = body.get("faults")
    return list(several) if isinstance(several, list) else [body]


def _clear(world: World) -> Reply:
    world.requests.clear()
    return Reply(200, {})


def _switch(world: World, body: Mapping[str, Any]) -> Reply:
    world.turn(body)
    return Reply(200, world.shown())


def _reset(world: World, body: Mapping[str, Any]) -> Reply:
    seed_partner(world.state, max_users=body.get("max_users"))
    world.quota.reset()
    return Reply(200, {})
