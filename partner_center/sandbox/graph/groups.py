"""Groups and the licences they hand out. A licence change answers 202; see `group_work` for what follows."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from partner_center.sandbox import seats
from partner_center.sandbox.calls import Call, Reply, graph_error
from partner_center.sandbox.graph.group_work import queue, state_of
from partner_center.sandbox.graph.licenses import read_wish
from partner_center.sandbox.graph.members import failed_members, find_group
from partner_center.sandbox.licensing import Wish
from partner_center.sandbox.odata import paging
from partner_center.sandbox.odata.rows import keep, ordered
from partner_center.sandbox.odata.where import unsupported
from partner_center.sandbox.world import World

_DEFAULT = (
    "id",
    "createdDateTime",
    "description",
    "displayName",
    "groupTypes",
    "mailEnabled",
    "mailNickname",
    "securityEnabled",
)
_ALL = (*_DEFAULT, "assignedLicenses", "licenseProcessingState")
_HIDDEN = "hasMembersWithLicenseErrors"


def list_groups(world: World, call: Call) -> Reply:
    """GET /groups. Filters on the count of licences are advanced; the errors' flag is filter-only."""
    text = call.query.get("$filter", "")
    if "assignedLicenses/$count" in text and not (call.eventual and call.query.get("$count") == "true"):
        raise unsupported()
    db = world.state.db
    rows = db.execute("SELECT * FROM grp WHERE tenant = ? ORDER BY display_name", (call.tenant,))
    asked = _HIDDEN in text  # looking at every member is dear
    groups = [
        _group(row) | {_HIDDEN: asked and bool(failed_members(db, row["id"]))} for row in rows.fetchall()
    ]
    groups = ordered(keep(groups, text), call.query.get("$orderby"))
    size, fields = paging.page_size(call), _fields(call)
    shown, told = paging.part_of(call, "/groups", groups, size, countable=call.eventual)
    value = [{name: group[name] for name in fields} for group in shown]
    return Reply(200, {"@odata.context": f"{call.base}/$metadata#groups", **told, "value": value})


def get_group(world: World, call: Call, group: str) -> Reply:
    """GET /groups/{id}."""
    found = _group(find_group(world.state.db, call.tenant, group))
    context = {"@odata.context": f"{call.base}/$metadata#groups/$entity"}
    return Reply(200, context | {name: found[name] for name in _fields(call)})


def assign_license(world: World, call: Call, group: str) -> Reply:
    """POST /groups/{id}/assignLicense: 202; what went wrong stands later in the members' states."""
    wish = read_wish(call, "assignLicense")
    world.quota.take(call.app_id, call.tenant)
    with world.state.write() as db:
        row = find_group(db, call.tenant, group)
        licenses = _after(world, db, call, json.loads(row["licenses"]), wish)
        db.execute("UPDATE grp SET licenses = ? WHERE id = ?", (json.dumps(licenses), group))
        queue(world, db, group)
        detail = {"add": wish.add, "remove": wish.remove}
        seats.log_write(
            db,
            call.tenant,
            "assignGroupLicense",
            group,
            status=202,
            detail=detail,
            request_id=call.request_id,
        )
        shown = _group(find_group(db, call.tenant, group))
    headers = {"Location": f"{call.base}/groups/{group}"}
    return Reply(202, {name: shown[name] for name in _ALL}, headers)


def _after(
    world: World, db: sqlite3.Connection, call: Call, licenses: list[list[Any]], wish: Wish
) -> list[list[Any]]:
    """The group's licences after the wish; refused when the tenant or the group does not have them."""
    owned, _ = seats.owned(db, call.tenant)
    for sku, _ in wish.add:
        if sku not in owned or sku not in world.products:
            text = f"License {sku} does not correspond to a valid company License."
            raise graph_error(400, "Request_BadRequest", text)
    for sku in wish.remove:
        if sku not in {held for held, _ in licenses}:
            raise graph_error(400, "Request_BadRequest", "Group does not have a corresponding license.")
    gone = {sku for sku, _ in wish.add} | set(wish.remove)
    return [entry for entry in licenses if entry[0] not in gone] + [[sku, list(off)] for sku, off in wish.add]


def _fields(call: Call) -> tuple[str, ...]:
    return paging.selected(call.query.get("$select"), _ALL, _DEFAULT, "group")


def _group(row: sqlite3.Row) -> dict[str, Any]:
    return {
        "id": row["id"],
        "createdDateTime": row["created_at"],
        "description": row["description"],
        "displayName": row["display_name"],
        "groupTypes": [],
        "mailEnabled": False,
        "mailNickname": row["id"][:8],
        "securityEnabled": True,
        "assignedLicenses": [
            {"disabledPlans": off, "skuId": sku} for sku, off in json.loads(row["licenses"])
        ],
        "licenseProcessingState": {"state": state_of(row)},
    }
