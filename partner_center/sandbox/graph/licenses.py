"""A user's licences: assignLicense, licenseDetails, reprocessLicenseAssignment."""

from __future__ import annotations

import base64
import json
import re
import sqlite3
from collections.abc import Mapping
from typing import Any

from partner_center.catalog.seed import SeedProduct
from partner_center.sandbox import seats
from partner_center.sandbox.access import stamp
from partner_center.sandbox.calls import Call, Reply, graph_error
from partner_center.sandbox.graph import shapes
from partner_center.sandbox.graph.users import find_user
from partner_center.sandbox.licensing import (
    Held,
    Shop,
    Violation,
    Wish,
    assign,
    enabled_plans,
    has_mailbox,
    inherit,
    switched_off,
    taken,
)
from partner_center.sandbox.storage import next_change
from partner_center.sandbox.world import World

_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def assign_license(world: World, call: Call, user: str) -> Reply:
    """POST /users/{id}/assignLicense: all of it, or nothing and the reason."""
    wish = read_wish(call, "assignLicense")
    world.quota.take(call.app_id, call.tenant)
    with world.state.write() as db:
        row = find_user(db, call.tenant, user)
        world.claim(row["id"], call.outer_id)
        held = shapes.held_of(row["states"])
        shop = shop_for(world, db, call.tenant, row, row["usage_location"])
        try:
            after = assign(held, wish, shop, stamp())
        except Violation as problem:
            _log(db, call.tenant, row["id"], wish, status=400, request_id=call.request_id)
            refusal = graph_error(400, "Request_BadRequest", problem.message)
        else:
            store(db, call.tenant, row, after, wish, request_id=call.request_id)
            return _shown(db, call, row["id"])
    raise refusal


def reprocess(world: World, call: Call, user: str) -> Reply:
    """POST /users/{id}/reprocessLicenseAssignment: try the groups' licences again; 400 with the reason."""
    world.quota.take(call.app_id, call.tenant)
    with world.state.write() as db:
        row = find_user(db, call.tenant, user)
        world.claim(row["id"], call.outer_id)
        after, problems = inherited(world, db, call.tenant, row)
        store(db, call.tenant, row, after, None, request_id=call.request_id)
        shown = _shown(db, call, row["id"])
    if problems:
        raise graph_error(400, "Request_BadRequest", problems[0].message)
    return shown


def inherited(
    world: World, db: sqlite3.Connection, tenant: str, row: sqlite3.Row
) -> tuple[tuple[Held, ...], tuple[Violation, ...]]:
    """What the user holds when its groups are counted anew; one without a location uses the tenant's."""
    groups = db.execute(
        "SELECT g.id, g.licenses FROM grp g JOIN member m ON m.group_id = g.id "
        "WHERE m.user_id = ? AND g.licenses <> '[]' ORDER BY g.id",
        (row["id"],),
    ).fetchall()
    licenses = [(g["id"], [(sku, tuple(off)) for sku, off in json.loads(g["licenses"])]) for g in groups]
    country = db.execute("SELECT country FROM tenant WHERE id = ?", (tenant,)).fetchone()["country"]
    shop = shop_for(world, db, tenant, row, row["usage_location"] or country)
    return inherit(shapes.held_of(row["states"]), licenses, shop, stamp())


def license_details(world: World, call: Call, user: str) -> Reply:
    """GET /users/{id}/licenseDetails."""
    row = find_user(world.state.db, call.tenant, user)
    held = shapes.held_of(row["states"])
    value = [
        {
            "id": _opaque(row["id"], sku),
            "skuId": sku,
            "skuPartNumber": world.products[sku].part_number,
            "servicePlans": shapes.plans(world.products[sku], switched_off(held, sku)),
        }
        for sku in dict.fromkeys(entry.sku for entry in held if entry.active)
    ]
    return Reply(
        200, {"@odata.context": f"{call.base}/$metadata#users('{row['id']}')/licenseDetails", "value": value}
    )


def read_wish(call: Call, operation: str) -> Wish:
    """The body of an assignLicense; Graph's own complaint about a bad one."""
    fields = call.fields()
    absent = [name for name in ("addLicenses", "removeLicenses") if not isinstance(fields.get(name), list)]
    if absent:
        raise graph_error(
            400,
            "Request_BadRequest",
            f"One or more parameters of the operation '{operation}' are missing from the request payload. "
            f"The missing parameters are: {', '.join(absent)}.",
        )
    add = []
    for item in fields["addLicenses"]:
        entry = item if isinstance(item, dict) else {}
        off = entry.get("disabledPlans") or []
        off = off if isinstance(off, list) else [None]
        add.append((_guid(entry.get("skuId")), tuple(dict.fromkeys(_guid(plan) for plan in off))))
    return Wish(tuple(add), tuple(_guid(sku) for sku in fields["removeLicenses"]))


def _guid(value: object) -> str:
    if not isinstance(value, str) or not _GUID.fullmatch(value):
        raise graph_error(
            400,
            "Request_BadRequest",
            "Cannot convert a primitive value to the expected type 'Edm.Guid'. "
            "See the inner exception for more details.",
        )
    return value.lower()


def shop_for(
    world: World, db: sqlite3.Connection, tenant: str, row: sqlite3.Row, location: str | None
) -> Shop:
    """What the rules need to know of the tenant, looked up as they ask."""

    def address_taken() -> bool:
        return _address_taken(db, tenant, row, world.products)

    owned, self_service = seats.owned(db, tenant)
    return Shop(
        products=world.products,
        owned=owned,
        self_service=self_service,
        rules=world.rules,
        free=lambda sku: seats.free(db, tenant, sku),
        address_taken=address_taken,
        location=location,
    )


def _address_taken(
    db: sqlite3.Connection, tenant: str, row: sqlite3.Row, products: Mapping[str, SeedProduct]
) -> bool:
    """Whether another living user's mailbox has this user's address."""
    others = db.execute(
        "SELECT states, purpose FROM user WHERE tenant = ? AND mail = ? AND id <> ? AND deleted_at IS NULL",
        (tenant, row["mail"], row["id"]),
    ).fetchall()
    return any(
        other["purpose"] != "user" or has_mailbox(enabled_plans(shapes.held_of(other["states"]), products))
        for other in others
    )


def store(
    db: sqlite3.Connection,
    tenant: str,
    row: sqlite3.Row,
    after: tuple[Held, ...],
    wish: Wish | None,
    *,
    request_id: str = "",
) -> None:
    """Write what a user holds now, count the seats, log it; inside a write."""
    states, skus = shapes.stored(after)
    before, now = seats.move(db, tenant, row["skus"].split(), taken(after))
    db.execute(
        "UPDATE user SET states = ?, skus = ?, changed = ? WHERE id = ?",
        (states, skus, next_change(db), row["id"]),
    )
    _log(db, tenant, row["id"], wish, before=before, after=now, request_id=request_id)


def _log(
    db: sqlite3.Connection,
    tenant: str,
    user: str,
    wish: Wish | None,
    *,
    status: int = 200,
    before: dict[str, int] | None = None,
    after: dict[str, int] | None = None,
    request_id: str = "",
) -> None:
    detail = {"add": wish.add, "remove": wish.remove} if wish else None
    kind = "assignLicense" if wish else "inherit"
    seats.log_write(
        db,
        tenant,
        kind,
        user,
        status=status,
        detail=detail,
        before=before,
        after=after,
        request_id=request_id,
    )


def _shown(db: sqlite3.Connection, call: Call, user: str) -> Reply:
    row = db.execute("SELECT * FROM user WHERE id = ?", (user,)).fetchone()
    body: dict[str, Any] = {"@odata.context": f"{call.base}/$metadata#users/$entity"}
    return Reply(200, body | shapes.user(row, shapes.LICENSED_FIELDS))


def _opaque(*parts: str) -> str:
    raw = b"".join(bytes.fromhex(part.replace("-", "")) for part in parts)
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
