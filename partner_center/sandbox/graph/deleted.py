"""Deleted users: kept for 30 days, restored with their licences while seats last."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from typing import Any

from partner_center.sandbox import seats
from partner_center.sandbox.calls import Call, Reply, graph_error
from partner_center.sandbox.graph import shapes
from partner_center.sandbox.graph.relationships import page
from partner_center.sandbox.graph.users import missing
from partner_center.sandbox.licensing import taken
from partner_center.sandbox.odata import paging
from partner_center.sandbox.storage import next_change
from partner_center.sandbox.world import World
from partner_center.shared import clock

KEPT = timedelta(days=30)


def list_deleted(world: World, call: Call) -> Reply:
    """GET /directory/deletedItems/microsoft.graph.user."""
    rows = world.state.db.execute(
        "SELECT * FROM user WHERE tenant = ? AND deleted_at > ? AND purged = 0 ORDER BY number",
        (call.tenant, _oldest()),
    ).fetchall()
    usual = (*shapes.DEFAULT_FIELDS, "deletedDateTime")
    fields = paging.selected(call.query.get("$select"), shapes.USER_FIELDS, usual, "user")
    items = [shapes.user(row, tuple(dict.fromkeys((*fields, "displayName")))) for row in rows]
    return page(call, "/directory/deletedItems/microsoft.graph.user", items)


def get_deleted(world: World, call: Call, item: str) -> Reply:
    """GET /directory/deletedItems/{id}."""
    return _shown(call, _row(world.state.db, call.tenant, item))


def restore(world: World, call: Call, item: str) -> Reply:
    """POST /directory/deletedItems/{id}/restore: the user is back; licences only while seats are free."""
    world.quota.take(call.app_id, call.tenant)
    with world.state.write() as db:
        row = _row(db, call.tenant, item)
        if _upn_taken(db, row):
            text = "Another object with the same value for property userPrincipalName already exists."
            raise graph_error(400, "Request_BadRequest", text)
        held = [h for h in shapes.held_of(row["states"]) if seats.free(db, call.tenant, h.sku) > 0]
        states, skus = shapes.stored(held)
        db.execute(
            "UPDATE user SET deleted_at = NULL, states = ?, skus = ?, changed = ? WHERE id = ?",
            (states, skus, next_change(db), row["id"]),
        )
        seats.move(db, call.tenant, (), taken(held))
        seats.log_write(db, call.tenant, "restore", row["id"], request_id=call.request_id)
        return _shown(call, db.execute("SELECT * FROM user WHERE id = ?", (row["id"],)).fetchone())


def purge(world: World, call: Call, item: str) -> Reply:
    """DELETE /directory/deletedItems/{id}: gone for good. 204."""
    world.quota.take(call.app_id, call.tenant)
    with world.state.write() as db:
        row = _row(db, call.tenant, item)
        db.execute("UPDATE user SET purged = 1, changed = ? WHERE id = ?", (next_change(db), row["id"]))
        seats.log_write(db, call.tenant, "purge", row["id"], status=204, request_id=call.request_id)
    return Reply(204)


def _row(db: sqlite3.Connection, tenant: str, item: str) -> sqlite3.Row:
    row: sqlite3.Row | None = db.execute(
        "SELECT * FROM user WHERE tenant = ? AND id = ? AND deleted_at > ? AND purged = 0",
        (tenant, item.lower(), _oldest()),
    ).fetchone()
    if row is None:
        raise missing(item)
    return row


def _upn_taken(db: sqlite3.Connection, row: sqlite3.Row) -> bool:
    found = db.execute(
        "SELECT 1 FROM user WHERE tenant = ? AND upn_key = ? AND deleted_at IS NULL",
        (row["tenant"], row["upn_key"]),
    ).fetchone()
    return found is not None


def _oldest() -> str:
    return (clock.now() - KEPT).strftime("%Y-%m-%dT%H:%M:%SZ")


def _shown(call: Call, row: sqlite3.Row) -> Reply:
    body: dict[str, Any] = {
        "@odata.context": f"{call.base}/$metadata#directoryObjects/$entity",
        "@odata.type": "#microsoft.graph.user",
    }
    return Reply(200, body | shapes.user(row, (*shapes.DEFAULT_FIELDS, "deletedDateTime")))
