"""Users: list with Graph's query rules, read, change of the location, delete."""

from __future__ import annotations

import re
import sqlite3
from typing import Any

from partner_center.sandbox import seats
from partner_center.sandbox.access import Need, check, stamp
from partner_center.sandbox.calls import Call, Reply, graph_error
from partner_center.sandbox.countries import COUNTRIES
from partner_center.sandbox.graph import shapes
from partner_center.sandbox.odata import paging
from partner_center.sandbox.odata.search import user_search
from partner_center.sandbox.odata.syntax import Value
from partner_center.sandbox.odata.where import Where, unsupported, user_filter
from partner_center.sandbox.storage import next_change
from partner_center.sandbox.world import World

_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_ORDERS = {
    "": "number",
    "displayName": "sort_name",
    "userPrincipalName": "upn_key",
    "createdDateTime": "created_at",
}
MOST_WITH_SIGN_INS = 500
"""Users on a page once signInActivity is selected (user-list)."""
_SEARCH_NEEDS_HEADER = (
    "Request with $search query parameter only works through MSGraph with a special request header: "
    "'ConsistencyLevel: eventual'"
)


def find_user(db: sqlite3.Connection, tenant: str, key: str) -> sqlite3.Row:
    """A living user of the tenant by id or sign-in name; Graph's 404 otherwise."""
    column, value = ("id", key.lower()) if _GUID.fullmatch(key) else ("upn_key", key.casefold())
    row: sqlite3.Row | None = db.execute(
        f"SELECT * FROM user WHERE tenant = ? AND {column} = ? AND deleted_at IS NULL",  # noqa: S608
        (tenant, value),
    ).fetchone()
    if row is None:
        raise missing(key)
    return row


def missing(key: str) -> Exception:
    """Graph's answer to an id nobody has."""
    return graph_error(
        404,
        "Request_ResourceNotFound",
        f"Resource '{key}' does not exist or one of its queried reference-property objects are not present.",
    )


def list_users(world: World, call: Call) -> Reply:
    """GET /users."""
    where, order = _conditions(call), _order(call)
    _check_advanced(call, where, order)
    fields = paging.selected(call.query.get("$select"), shapes.USER_FIELDS, shapes.DEFAULT_FIELDS, "user")
    size = paging.page_size(call)
    if shapes.SIGN_INS in fields:
        demand_premium(world, call.tenant)
        size = min(size, MOST_WITH_SIGN_INS)
    body: dict[str, Any] = {"@odata.context": f"{call.base}/$metadata#users{_projection(call)}"}
    db = world.state.db
    token = call.query.get("$skiptoken")
    if call.eventual and call.query.get("$count") == "true" and token is None:
        body["@odata.count"] = _count(db, call.tenant, where)
    rows = _page(db, call, where, order, size + 1)
    if len(rows) > size:
        rows = rows[:size]
        last = [rows[-1][order[0]], rows[-1]["number"]]
        body["@odata.nextLink"] = paging.next_link(
            call, "/users", {**call.query, "$skiptoken": paging.to_token(last)}
        )
    body["value"] = [shapes.user(row, fields) for row in rows]
    return Reply(200, body)


def demand_premium(world: World, tenant: str) -> None:
    """Sign-in activity is there for tenants with Microsoft Entra ID P1 or P2 (user resource type)."""
    live = "SELECT DISTINCT sku FROM subscription WHERE tenant = ? AND status IN ('Enabled', 'Warning')"
    rows = world.state.db.execute(live, (tenant,))
    plans = {plan.part_name for row in rows for plan in world.products[row["sku"]].plans}
    if not plans & {"AAD_PREMIUM", "AAD_PREMIUM_P2"}:
        text = "Neither tenant is B2C or tenant doesn't have premium license"
        raise graph_error(403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant", text)


def count_users(world: World, call: Call) -> Reply:
    """GET /users/$count: a bare number, and only with ConsistencyLevel."""
    if not call.eventual:
        raise graph_error(400, "Request_BadRequest", "$count is not currently supported.")
    total = _count(world.state.db, call.tenant, _conditions(call))
    return Reply(200, total, {"Content-Type": "text/plain"})


def get_user(world: World, call: Call, user: str) -> Reply:
    """GET /users/{id}."""
    row = find_user(world.state.db, call.tenant, user)
    fields = paging.selected(call.query.get("$select"), shapes.USER_FIELDS, shapes.DEFAULT_FIELDS, "user")
    if shapes.SIGN_INS in fields:
        demand_premium(world, call.tenant)
    context = f"{call.base}/$metadata#users{_projection(call)}/$entity"
    return Reply(200, {"@odata.context": context, **shapes.user(row, fields)})


def mailbox_settings(world: World, call: Call, user: str) -> Reply:
    """GET /users/{id}/mailboxSettings: whose mailbox it is; rooms and shared ones need no licence."""
    row = find_user(world.state.db, call.tenant, user)
    if row["purpose"] == "user" and not row["skus"]:
        text = "The mailbox is either inactive, soft-deleted, or is hosted on-premise."
        raise graph_error(404, "MailboxNotEnabledForRESTAPI", text)
    context = f"{call.base}/$metadata#users('{row['id']}')/mailboxSettings"
    return Reply(200, {"@odata.context": context, "userPurpose": row["purpose"]})


_CHANGEABLE = {
    "usageLocation": "usage_location",
    "department": "department",
    "jobTitle": "job_title",
    "displayName": "display_name",
    "accountEnabled": "enabled",
}


def patch_user(world: World, call: Call, user: str) -> Reply:
    """PATCH /users/{id}: location, department, title, name, blocked or not. 204."""
    wanted = {name: value for name, value in call.fields().items() if not name.startswith("@")}
    world.quota.take(call.app_id, call.tenant)
    if wanted.keys() - {"usageLocation"}:  # which alone a License Administrator may change
        check(world.state.db, call.tenant, Need.USERS)
    if (profile := wanted.pop("passwordProfile", None)) is not None:
        check_password(profile)  # no password is kept: nobody signs in here
    for name, value in wanted.items():
        wanted[name] = _changed(name, value)
    with world.state.write() as db:
        row = find_user(db, call.tenant, user)
        world.claim(row["id"], call.outer_id)
        for name, value in wanted.items():
            db.execute(f"UPDATE user SET {_CHANGEABLE[name]} = ? WHERE id = ?", (value, row["id"]))  # noqa: S608
        db.execute(
            "UPDATE user SET sort_name = fold(display_name), changed = ? WHERE id = ?",
            (next_change(db), row["id"]),
        )
        seats.log_write(
            db, call.tenant, "patch", row["id"], status=204, detail=wanted, request_id=call.request_id
        )
    return Reply(204)


def check_password(profile: object) -> None:
    """Eight to 256 characters of three of the four kinds (Entra's password policy); Graph's 400 otherwise."""
    password = profile.get("password") if isinstance(profile, dict) else None
    if not isinstance(password, str):
        text = "Invalid value specified for property 'passwordProfile' of resource 'User'."
        raise graph_error(400, "Request_BadRequest", text)
    kinds = (str.isupper, str.islower, str.isdigit, lambda sign: not sign.isalnum())
    if not 8 <= len(password) <= 256 or sum(any(map(kind, password)) for kind in kinds) < 3:
        text = (
            "The specified password does not comply with password complexity requirements. "
            "Please provide a different password."
        )
        raise graph_error(400, "Request_BadRequest", text)


def _changed(name: str, value: object) -> object:
    """The value a property may take; a location is a country's code, a name is not empty."""
    if name not in _CHANGEABLE:
        text = f"Property '{name[:60]}' is read-only and cannot be set."
        raise graph_error(400, "Request_BadRequest", text)
    if name == "usageLocation" and isinstance(value, str) and value.upper() in COUNTRIES:
        return value.upper()
    if name == "accountEnabled" and isinstance(value, bool):
        return value
    if name in _EMPTIED and (value is None or (isinstance(value, str) and name != "usageLocation")):
        return value
    if name == "displayName" and isinstance(value, str) and value.strip():
        return value
    text = f"Invalid value specified for property '{name}' of resource 'User'."
    raise graph_error(400, "Request_BadRequest", text)


_EMPTIED = {"usageLocation", "department", "jobTitle"}


def delete_user(world: World, call: Call, user: str) -> Reply:
    """DELETE /users/{id}: kept for 30 days; its seats are free at once. 204."""
    world.quota.take(call.app_id, call.tenant)
    with world.state.write() as db:
        row = find_user(db, call.tenant, user)
        world.claim(row["id"], call.outer_id)
        remove(db, call.tenant, row, request_id=call.request_id)
    return Reply(204)


def remove(db: sqlite3.Connection, tenant: str, row: sqlite3.Row, *, request_id: str = "") -> None:
    """Put a user among the deleted and free its seats; inside a write."""
    seats.move(db, tenant, row["skus"].split(), ())
    db.execute(
        "UPDATE user SET deleted_at = ?, changed = ? WHERE id = ?", (stamp(), next_change(db), row["id"])
    )
    seats.log_write(db, tenant, "delete", row["id"], status=204, request_id=request_id)


def _conditions(call: Call) -> Where:
    parts = []
    if "$skip" in call.query:
        raise graph_error(400, "Request_BadRequest", "'$skip' is not supported by the service.")
    if text := call.query.get("$search"):
        if not call.eventual:
            raise unsupported(_SEARCH_NEEDS_HEADER)
        parts.append(user_search(text))
    if text := call.query.get("$filter"):
        parts.append(user_filter(text))
    if not parts:
        return Where("1")
    values: list[Value] = [value for part in parts for value in part.values]
    advanced = any(part.advanced for part in parts)
    return Where(" AND ".join(part.sql for part in parts), values, advanced)


def _order(call: Call) -> tuple[str, bool]:
    name, _, way = call.query.get("$orderby", "").strip().partition(" ")
    if name not in _ORDERS or way.strip().lower() not in {"", "asc", "desc"}:
        raise unsupported("Sorting not supported for current query.")
    return _ORDERS[name], way.strip().lower() == "desc"


def _check_advanced(call: Call, where: Where, order: tuple[str, bool]) -> None:
    """Advanced queries want the header and $count=true; $search wants only the header."""
    searching = "$search" in call.query
    mixed = "$filter" in call.query and "$orderby" in call.query
    needs = where.advanced or mixed or order[0] == "created_at"
    granted = call.eventual and (call.query.get("$count") == "true" or searching)
    if needs and not granted:
        raise unsupported()


def _count(db: sqlite3.Connection, tenant: str, where: Where) -> int:
    sql = f"SELECT count(*) FROM user WHERE tenant = ? AND deleted_at IS NULL AND ({where.sql})"  # noqa: S608
    return int(db.execute(sql, (tenant, *where.values)).fetchone()[0])


def _page(
    db: sqlite3.Connection, call: Call, where: Where, order: tuple[str, bool], limit: int
) -> list[sqlite3.Row]:
    column, descending = order
    values: list[Value] = [call.tenant, *where.values]
    sql = f"SELECT * FROM user WHERE tenant = ? AND deleted_at IS NULL AND ({where.sql})"  # noqa: S608
    if token := call.query.get("$skiptoken"):
        sql += f" AND ({column}, number) {'<' if descending else '>'} (?, ?)"
        values += _place(token)
    way = "DESC" if descending else "ASC"
    sql += f" ORDER BY {column} {way}, number {way} LIMIT ?"
    return db.execute(sql, (*values, limit)).fetchall()


def _place(token: str) -> list[Value]:
    place = paging.from_token(token)
    if not isinstance(place, list) or len(place) != 2:
        raise paging.bad_token()
    return place


def _projection(call: Call) -> str:
    chosen = call.query.get("$select")
    return f"({chosen})" if chosen else ""
