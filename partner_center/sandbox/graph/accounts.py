"""Making users (user-post-users)."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping
from typing import Any

from partner_center.sandbox import seats
from partner_center.sandbox.access import stamp
from partner_center.sandbox.calls import Call, Reply, graph_error
from partner_center.sandbox.countries import COUNTRIES
from partner_center.sandbox.graph import shapes
from partner_center.sandbox.graph.users import check_password
from partner_center.sandbox.storage import next_change
from partner_center.sandbox.world import World
from partner_center.shared import ids

_NEEDED = ("accountEnabled", "displayName", "mailNickname", "passwordProfile", "userPrincipalName")
_ADDRESS = re.compile(r"[A-Za-z0-9'._~!#^+-]{1,64}@[A-Za-z0-9.-]{1,255}")
_LONGEST_NAME = 256
_INSERT = (
    "INSERT INTO user (id, tenant, display_name, sort_name, given_name, surname, upn, upn_key, department, "
    "job_title, usage_location, user_type, enabled, purpose, created_at, changed) "
    "VALUES (?, ?, ?, fold(?), ?, ?, ?, ?, ?, ?, ?, 'Member', ?, 'user', ?, ?)"
)


def create_user(world: World, call: Call) -> Reply:
    """POST /users: 201 with the default properties. The address must be free and of a verified domain."""
    asked = call.fields()
    world.quota.take(call.app_id, call.tenant)
    _check(asked)
    with world.state.write() as db:
        address = asked["userPrincipalName"]
        _check_address(db, call.tenant, address)
        user_id = ids.new_guid()
        db.execute(_INSERT, _columns(db, call.tenant, user_id, asked))
        told = {"upn": address}
        seats.log_write(
            db, call.tenant, "create", user_id, status=201, detail=told, request_id=call.request_id
        )
        row = db.execute("SELECT * FROM user WHERE id = ?", (user_id,)).fetchone()
    context = f"{call.base}/$metadata#users/$entity"
    return Reply(201, {"@odata.context": context, **shapes.user(row)})


def _check(asked: Mapping[str, Any]) -> None:
    for name in _NEEDED:
        if asked.get(name) in (None, ""):
            text = f"A value is required for property '{name}' of resource 'User'."
            raise graph_error(400, "Request_BadRequest", text)
    name, location = asked["displayName"], asked.get("usageLocation")
    if not isinstance(name, str) or len(name) > _LONGEST_NAME:
        raise _invalid("displayName")
    if location is not None and (not isinstance(location, str) or location.upper() not in COUNTRIES):
        raise _invalid("usageLocation")
    if not isinstance(asked["userPrincipalName"], str) or not _ADDRESS.fullmatch(asked["userPrincipalName"]):
        raise _invalid("userPrincipalName")
    check_password(asked["passwordProfile"])


def _check_address(db: sqlite3.Connection, tenant: str, address: str) -> None:
    domain = db.execute("SELECT domain FROM tenant WHERE id = ?", (tenant,)).fetchone()
    if domain is None or address.rpartition("@")[2].casefold() != domain["domain"].casefold():
        text = (
            "The domain portion of the userPrincipalName property is invalid. "
            "You must use one of the verified domain names in your organization."
        )
        raise graph_error(400, "Request_BadRequest", text)
    taken = db.execute(
        "SELECT 1 FROM user WHERE tenant = ? AND upn_key = ? AND deleted_at IS NULL",
        (tenant, address.casefold()),
    ).fetchone()
    if taken:
        text = "Another object with the same value for property userPrincipalName already exists."
        raise graph_error(400, "Request_BadRequest", text)


def _columns(
    db: sqlite3.Connection, tenant: str, user_id: str, asked: Mapping[str, Any]
) -> tuple[object, ...]:
    location = asked.get("usageLocation")
    return (
        user_id,
        tenant,
        asked["displayName"],
        asked["displayName"],
        asked.get("givenName"),
        asked.get("surname"),
        asked["userPrincipalName"],
        asked["userPrincipalName"].casefold(),
        asked.get("department"),
        asked.get("jobTitle"),
        location.upper() if location else None,
        bool(asked["accountEnabled"]),
        stamp(),
        next_change(db),
    )


def _invalid(name: str) -> Exception:
    text = f"Invalid value specified for property '{name}' of resource 'User'."
    return graph_error(400, "Request_BadRequest", text)
