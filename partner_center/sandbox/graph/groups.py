"""Groups and the licences they hand out.

A licence change of a group answers 202 and is worked off before the next call is: Microsoft takes
minutes to hours, and publishes no figure.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from typing import Any

from partner_center.sandbox import seats
from partner_center.sandbox.calls import Call, Reply, graph_error
from partner_center.sandbox.graph import shapes
from partner_center.sandbox.graph.licenses import inherited, read_wish, store
from partner_center.sandbox.graph.relationships import page
from partner_center.sandbox.graph.users import find_user, missing
from partner_center.sandbox.licensing import Wish
from partner_center.sandbox.odata import paging
from partner_center.sandbox.odata.rows import keep, ordered
from partner_center.sandbox.odata.where import unsupported
from partner_center.sandbox.world import World

MOST_MEMBERS_A_PATCH = 20
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
    groups = [_group(row) | {_HIDDEN: bool(_failed(db, row["id"]))} for row in rows.fetchall()]
    groups = ordered(keep(groups, text), call.query.get("$orderby"))
    size = paging.page_size(call)
    fields = _fields(call)
    start = paging.offset(call)
    body: dict[str, Any] = {"@odata.context": f"{call.base}/$metadata#groups"}
    if call.eventual and call.query.get("$count") == "true" and not start:
        body["@odata.count"] = len(groups)
    if len(groups) > start + size:
        query = {**call.query, "$skiptoken": paging.to_token(start + size)}
        body["@odata.nextLink"] = paging.next_link(call, "/groups", query)
    shown = [{name: group[name] for name in fields} for group in groups[start : start + size]]
    return Reply(200, body | {"value": shown})


def get_group(world: World, call: Call, group: str) -> Reply:
    """GET /groups/{id}."""
    found = _group(_row(world.state.db, call.tenant, group))
    context = {"@odata.context": f"{call.base}/$metadata#groups/$entity"}
    return Reply(200, context | {name: found[name] for name in _fields(call)})


def list_members(world: World, call: Call, group: str) -> Reply:
    """GET /groups/{id}/members."""
    db = world.state.db
    _row(db, call.tenant, group)
    return page(call, f"/groups/{group}/members", [_person(row) for row in _members(db, group)])


def members_with_errors(world: World, call: Call, group: str) -> Reply:
    """GET /groups/{id}/membersWithLicenseErrors."""
    db = world.state.db
    _row(db, call.tenant, group)
    path = f"/groups/{group}/membersWithLicenseErrors"
    return page(call, path, [_person(row) for row in _failed(db, group)])


def assign_license(world: World, call: Call, group: str) -> Reply:
    """POST /groups/{id}/assignLicense: 202; what went wrong stands in the members' states."""
    wish = read_wish(call, "assignLicense")
    world.quota.take(call.app_id, call.tenant)
    with world.state.write() as db:
        row = _row(db, call.tenant, group)
        licenses = _after(world, db, call, json.loads(row["licenses"]), wish)
        db.execute("UPDATE grp SET licenses = ? WHERE id = ?", (json.dumps(licenses), group))
        _work_off(world, db, call, [member["id"] for member in _members(db, group)])
        shown = _group(_row(db, call.tenant, group))
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


def add_members(world: World, call: Call, group: str) -> Reply:
    """PATCH /groups/{id} with members@odata.bind: at most 20, all or none. 204."""
    links = call.fields().get("members@odata.bind")
    if not isinstance(links, list) or not 1 <= len(links) <= MOST_MEMBERS_A_PATCH:
        text = f"The number of members in 'members@odata.bind' must be 1 to {MOST_MEMBERS_A_PATCH}."
        raise graph_error(400, "Request_BadRequest", text)
    return _add(world, call, group, [str(link).rstrip("/").rsplit("/", 1)[-1] for link in links])


def add_member(world: World, call: Call, group: str) -> Reply:
    """POST /groups/{id}/members/$ref. 204."""
    link = str(call.fields().get("@odata.id", ""))
    return _add(world, call, group, [link.rstrip("/").rsplit("/", 1)[-1]])


def _add(world: World, call: Call, group: str, users: list[str]) -> Reply:
    world.quota.take(call.app_id, call.tenant)
    with world.state.write() as db:
        _row(db, call.tenant, group)
        found = [find_user(db, call.tenant, user)["id"] for user in users]
        present = {row["id"] for row in _members(db, group)}
        if present & set(found):
            text = "One or more added object references already exist for the following modified properties: "
            raise graph_error(400, "Request_BadRequest", text + "'members'.")
        db.executemany("INSERT INTO member VALUES (?, ?)", [(group, user) for user in found])
        _work_off(world, db, call, found)
    return Reply(204)


def remove_member(world: World, call: Call, group: str, user: str) -> Reply:
    """DELETE /groups/{id}/members/{user}/$ref: what the group gave is gone. 204."""
    world.quota.take(call.app_id, call.tenant)
    with world.state.write() as db:
        _row(db, call.tenant, group)
        found = find_user(db, call.tenant, user)["id"]
        gone = db.execute("DELETE FROM member WHERE group_id = ? AND user_id = ?", (group, found))
        if gone.rowcount == 0:
            raise missing(user)
        _work_off(world, db, call, [found])
    return Reply(204)


def _work_off(world: World, db: sqlite3.Connection, call: Call, users: Iterable[str]) -> None:
    """Count what the users' groups give them anew, one user after the other; inside a write."""
    for user in users:
        row = db.execute("SELECT * FROM user WHERE id = ? AND deleted_at IS NULL", (user,)).fetchone()
        if row is not None:
            after = inherited(world, db, call.tenant, row)[0]
            store(db, call.tenant, row, after, None, request_id=call.request_id)


def _row(db: sqlite3.Connection, tenant: str, group: str) -> sqlite3.Row:
    row: sqlite3.Row | None = db.execute(
        "SELECT * FROM grp WHERE tenant = ? AND id = ?", (tenant, group)
    ).fetchone()
    if row is None:
        raise missing(group)
    return row


def _members(db: sqlite3.Connection, group: str) -> list[sqlite3.Row]:
    return db.execute(
        "SELECT u.* FROM user u JOIN member m ON m.user_id = u.id "
        "WHERE m.group_id = ? AND u.deleted_at IS NULL ORDER BY u.number",
        (group,),
    ).fetchall()


def _failed(db: sqlite3.Connection, group: str) -> list[sqlite3.Row]:
    """Members for whom a licence of this very group is in error."""
    return [
        row
        for row in _members(db, group)
        if any(held.group == group and not held.active for held in shapes.held_of(row["states"]))
    ]


def _person(row: sqlite3.Row) -> dict[str, Any]:
    return {"@odata.type": "#microsoft.graph.user", **shapes.user(row)}


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
        "licenseProcessingState": {"state": "ProcessingComplete"},
    }
