"""GET /users/delta: everything once, then what changed since."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from typing import Any

from partner_center.sandbox.access import stamp
from partner_center.sandbox.calls import Call, Refused, Reply, graph_error
from partner_center.sandbox.graph import shapes
from partner_center.sandbox.odata import paging
from partner_center.sandbox.odata.where import unsupported
from partner_center.sandbox.storage import last_change
from partner_center.sandbox.world import World
from partner_center.shared import clock

USUAL_A_PAGE = 200
LIFETIME = timedelta(days=7)
"""Delta tokens of directory objects are good for seven days."""


_KEYS = {"full", "start", "last", "fields", "size", "epoch", "at"}


def users_delta(world: World, call: Call) -> Reply:
    """One page; `@odata.nextLink` while there is more, `@odata.deltaLink` at the end."""
    db = world.state.db
    text = call.query.get("$skiptoken") or call.query.get("$deltatoken")
    if not text or text == "latest":
        token = _first(db, call)
    else:
        token = paging.from_token(text)
        _check(db, call, token)
    size = paging.preferred_size(call, int(token["size"]))
    token["size"] = size
    if text == "latest":
        return _reply(call, [], token, "$deltatoken")
    rows = _page(db, call.tenant, token, size + 1)
    more = len(rows) > size
    rows = rows[:size]
    if rows:
        token["last"] = rows[-1]["number" if token["full"] else "changed"]
    if not more and token["full"]:
        token |= {"full": False, "last": token["start"]}
    if not more:
        token["at"] = stamp()
    items = [_item(row, token["fields"]) for row in rows]
    return _reply(call, items, token, "$skiptoken" if more else "$deltatoken")


def _first(db: sqlite3.Connection, call: Call) -> dict[str, Any]:
    known, usual = shapes.USER_FIELDS, shapes.DEFAULT_FIELDS
    latest = call.query.get("$deltatoken") == "latest"
    if call.query.get("$filter"):
        raise unsupported()
    start = last_change(db)
    return {
        "full": not latest,
        "start": start,
        "last": start if latest else 0,
        "fields": list(paging.selected(call.query.get("$select"), known, usual, "user")),
        "size": paging.page_size(call, usual=USUAL_A_PAGE),
        "epoch": _epoch(db, call.tenant),
        "at": stamp(),
    }


def _check(db: sqlite3.Connection, call: Call, token: dict[str, Any]) -> None:
    if not isinstance(token, dict) or token.keys() != _KEYS:
        raise paging.bad_token()
    oldest = (clock.now() - LIFETIME).strftime("%Y-%m-%dT%H:%M:%SZ")
    if token.get("epoch") != _epoch(db, call.tenant) or token["at"] < oldest:
        raise _expired(call)


def _expired(call: Call) -> Refused:
    return graph_error(
        410,
        "syncStateNotFound",
        "The sync state generation is not found; perform a full synchronization.",
        {"Location": f"{call.base}/users/delta?$deltatoken="},
    )


def _epoch(db: sqlite3.Connection, tenant: str) -> int:
    row = db.execute("SELECT delta_epoch FROM tenant WHERE id = ?", (tenant,)).fetchone()
    return int(row["delta_epoch"]) if row else 0


def _page(db: sqlite3.Connection, tenant: str, token: dict[str, Any], limit: int) -> list[sqlite3.Row]:
    if token["full"]:
        sql = (
            "SELECT * FROM user WHERE tenant = ? AND deleted_at IS NULL AND number > ? "
            "ORDER BY number LIMIT ?"
        )
    else:
        sql = "SELECT * FROM user WHERE tenant = ? AND changed > ? ORDER BY changed LIMIT ?"
    return db.execute(sql, (tenant, token["last"], limit)).fetchall()


def _item(row: sqlite3.Row, fields: list[str]) -> dict[str, Any]:
    if row["deleted_at"] is None:
        return shapes.user(row, fields)
    return {"id": row["id"], "@removed": {"reason": "deleted" if row["purged"] else "changed"}}


def _reply(call: Call, items: list[dict[str, Any]], token: dict[str, Any], name: str) -> Reply:
    link = "@odata.nextLink" if name == "$skiptoken" else "@odata.deltaLink"
    return Reply(
        200,
        {
            "@odata.context": f"{call.base}/$metadata#users({','.join(token['fields'])})",
            link: paging.next_link(call, "/users/delta", {name: paging.to_token(token)}),
            "value": items,
        },
    )
