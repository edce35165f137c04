"""Who is in a group: listed, joining, leaving. Joining and leaving are worked off at once."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from partner_center.sandbox.calls import Call, Reply, graph_error
from partner_center.sandbox.graph import shapes
from partner_center.sandbox.graph.group_work import members, work_off
from partner_center.sandbox.graph.users import find_user, missing
from partner_center.sandbox.odata import paging
from partner_center.sandbox.odata.where import unsupported
from partner_center.sandbox.world import World

MOST_A_PATCH = 20


def find_group(db: sqlite3.Connection, tenant: str, group: str) -> sqlite3.Row:
    """The group's row; Graph's 404 otherwise."""
    row: sqlite3.Row | None = db.execute(
        "SELECT * FROM grp WHERE tenant = ? AND id = ?", (tenant, group.lower())
    ).fetchone()
    if row is None:
        raise missing(group)
    return row


def failed_members(db: sqlite3.Connection, group: str) -> list[sqlite3.Row]:
    """Members for whom a licence of this very group is in error."""
    return [
        row
        for row in members(db, group)
        if any(held.group == group and not held.active for held in shapes.held_of(row["states"]))
    ]


def list_members(world: World, call: Call, group: str) -> Reply:
    """GET /groups/{id}/members: every member is a user here."""
    find_group(world.state.db, call.tenant, group)
    return _people(call, f"/groups/{group}/members", members(world.state.db, group))


def list_users(world: World, call: Call, group: str) -> Reply:
    """GET /groups/{id}/members/microsoft.graph.user: a cast is an advanced query (group-list-members)."""
    if not (call.eventual and call.query.get("$count") == "true"):
        raise unsupported()
    find_group(world.state.db, call.tenant, group)
    return _people(call, f"/groups/{group}/members/microsoft.graph.user", members(world.state.db, group))


def members_with_errors(world: World, call: Call, group: str) -> Reply:
    """GET /groups/{id}/membersWithLicenseErrors."""
    find_group(world.state.db, call.tenant, group)
    failed = failed_members(world.state.db, group)
    return _people(call, f"/groups/{group}/membersWithLicenseErrors", failed)


def _people(call: Call, path: str, rows: Sequence[sqlite3.Row]) -> Reply:
    shown, told = paging.part_of(call, path, rows, paging.page_size(call))
    fields = paging.selected(call.query.get("$select"), shapes.USER_FIELDS, shapes.DEFAULT_FIELDS, "user")
    kind = {"@odata.type": "#microsoft.graph.user"}
    value = [kind | shapes.user(row, fields) for row in shown]
    return Reply(200, {"@odata.context": f"{call.base}/$metadata#directoryObjects", **told, "value": value})


def add_members(world: World, call: Call, group: str) -> Reply:
    """PATCH /groups/{id} with members@odata.bind: at most 20, all or none. 204."""
    links = call.fields().get("members@odata.bind")
    if not isinstance(links, list) or not 1 <= len(links) <= MOST_A_PATCH:
        text = f"The number of members in 'members@odata.bind' must be 1 to {MOST_A_PATCH}."
        raise graph_error(400, "Request_BadRequest", text)
    return _add(world, call, group, [str(link).rstrip("/").rsplit("/", 1)[-1] for link in links])


def add_member(world: World, call: Call, group: str) -> Reply:
    """POST /groups/{id}/members/$ref. 204."""
    link = str(call.fields().get("@odata.id", ""))
    return _add(world, call, group, [link.rstrip("/").rsplit("/", 1)[-1]])


def _add(world: World, call: Call, group: str, users: list[str]) -> Reply:
    world.quota.take(call.app_id, call.tenant)
    with world.state.write() as db:
        find_group(db, call.tenant, group)
        found = [find_user(db, call.tenant, user)["id"] for user in users]
        present = {row["id"] for row in members(db, group)}
        if present & set(found):
            text = "One or more added object references already exist for the following modified properties: "
            raise graph_error(400, "Request_BadRequest", text + "'members'.")
        db.executemany("INSERT INTO member VALUES (?, ?)", [(group, user) for user in found])
        work_off(world, db, call.tenant, found, call.request_id)
    return Reply(204)


def remove_member(world: World, call: Call, group: str, user: str) -> Reply:
    """DELETE /groups/{id}/members/{user}/$ref: what the group gave is gone. 204."""
    world.quota.take(call.app_id, call.tenant)
    with world.state.write() as db:
        find_group(db, call.tenant, group)
        found = find_user(db, call.tenant, user)["id"]
        gone = db.execute("DELETE FROM member WHERE group_id = ? AND user_id = ?", (group, found))
        if gone.rowcount == 0:
            raise missing(user)
        work_off(world, db, call.tenant, [found], call.request_id)
    return Reply(204)
