"""The tenant itself: subscribedSkus, its subscriptions, organization, objects by id."""

from __future__ import annotations

import sqlite3
from typing import Any

from partner_center.sandbox import seats
from partner_center.sandbox.calls import Call, Reply, graph_error
from partner_center.sandbox.demo_identity import PARTNER_TENANT_ID
from partner_center.sandbox.graph import shapes
from partner_center.sandbox.odata import paging
from partner_center.sandbox.seats import Units
from partner_center.sandbox.world import World

_SKU_FIELDS = (
    "accountId",
    "accountName",
    "appliesTo",
    "capabilityStatus",
    "consumedUnits",
    "id",
    "prepaidUnits",
    "servicePlans",
    "skuId",
    "skuPartNumber",
    "subscriptionIds",
)


def list_skus(world: World, call: Call) -> Reply:
    """GET /subscribedSkus: only $select works there, and there are no pages."""
    for name in call.query:
        if name != "$select":
            raise graph_error(
                400, "Request_UnsupportedQuery", f"The query option '{name[:30]}' is not supported."
            )
    fields = paging.selected(call.query.get("$select"), _SKU_FIELDS, _SKU_FIELDS, "subscribedSku")
    db = world.state.db
    skus = [_sku(world, db, call.tenant, sku, units) for sku, units in seats.units(db, call.tenant).items()]
    value = [{name: sku[name] for name in fields} for sku in skus]
    return Reply(200, {"@odata.context": f"{call.base}/$metadata#subscribedSkus", "value": value})


def get_sku(world: World, call: Call, sku: str) -> Reply:
    """GET /subscribedSkus/{tenant}_{sku}."""
    db = world.state.db
    key = sku.rpartition("_")[2].lower()
    found = seats.units(db, call.tenant, key).get(key)
    if found is None:
        raise graph_error(404, "Request_ResourceNotFound", f"Resource '{sku}' does not exist.")
    body = {"@odata.context": f"{call.base}/$metadata#subscribedSkus/$entity"}
    return Reply(200, body | _sku(world, db, call.tenant, key, found))


def _sku(world: World, db: sqlite3.Connection, tenant: str, sku: str, units: Units) -> dict[str, Any]:
    product = world.products[sku]
    subscriptions = db.execute(
        "SELECT id FROM subscription WHERE tenant = ? AND sku = ? AND status <> 'Deleted' ORDER BY position",
        (tenant, sku),
    )
    account = db.execute("SELECT name FROM tenant WHERE id = ?", (tenant,)).fetchone()
    return {
        "accountName": account["name"],
        "accountId": tenant,
        "appliesTo": product.applies_to,
        "capabilityStatus": units.capability,
        "consumedUnits": units.consumed,
        "id": f"{tenant}_{sku}",
        "skuId": sku,
        "skuPartNumber": product.part_number,
        "subscriptionIds": [row["id"] for row in subscriptions],
        "prepaidUnits": {
            "enabled": units.enabled,
            "suspended": units.suspended,
            "warning": units.warning,
            "lockedOut": units.locked_out,
        },
        "servicePlans": shapes.plans(product),
    }


def list_subscriptions(world: World, call: Call) -> Reply:
    """GET /directory/subscriptions."""
    rows = world.state.db.execute(
        "SELECT * FROM subscription WHERE tenant = ? ORDER BY position", (call.tenant,)
    )
    value = [_subscription(world, row) for row in rows]
    return Reply(200, {"@odata.context": f"{call.base}/$metadata#directory/subscriptions", "value": value})


def get_subscription(world: World, call: Call, subscription: str) -> Reply:
    """GET /directory/subscriptions/{id}, also by commerceSubscriptionId."""
    row = world.state.db.execute(
        "SELECT * FROM subscription WHERE tenant = ? AND (id = ? OR commerce_id = ?)",
        (call.tenant, subscription, subscription),
    ).fetchone()
    if row is None:
        raise graph_error(404, "Request_ResourceNotFound", f"Resource '{subscription}' does not exist.")
    body = {"@odata.context": f"{call.base}/$metadata#directory/subscriptions/$entity"}
    return Reply(200, body | _subscription(world, row))


def take_over(world: World, call: Call, subscription: str) -> Reply:
    """POST /directory/subscriptions/{id}/takeOver: ours. Microsoft documents no interface for taking
    over what a user bought. A second time it changes nothing."""
    with world.state.write() as db:
        row = db.execute(
            "SELECT * FROM subscription WHERE tenant = ? AND (id = ? OR commerce_id = ?)",
            (call.tenant, subscription, subscription),
        ).fetchone()
        if row is None:
            raise graph_error(404, "Request_ResourceNotFound", f"Resource '{subscription}' does not exist.")
        if row["channel"] == "self-service":
            db.execute("UPDATE subscription SET channel = 'direct', owner = NULL WHERE id = ?", (row["id"],))
            seats.log_write(db, call.tenant, "takeover", row["id"], status=204, request_id=call.request_id)
    return Reply(204, None)


def _subscription(world: World, row: sqlite3.Row) -> dict[str, Any]:
    product = world.products[row["sku"]]
    owner_tenant = PARTNER_TENANT_ID if row["channel"] == "partner" else None
    return {
        "id": row["id"],
        "commerceSubscriptionId": row["commerce_id"],
        "createdDateTime": row["created_at"],
        "isTrial": bool(row["is_trial"]),
        "nextLifecycleDateTime": row["ends_at"],
        "ocpSubscriptionId": row["commerce_id"],
        "ownerId": row["owner"],
        "ownerTenantId": owner_tenant,
        "ownerType": "User" if row["owner"] else None,
        "skuId": row["sku"],
        "skuPartNumber": product.part_number,
        "status": row["status"],
        "totalLicenses": seats.quantity_now(row),
        "serviceStatus": shapes.plans(product),
    }


def organization(world: World, call: Call) -> Reply:
    """GET /organization: the tenant's name, country and verified domains."""
    row = world.state.db.execute("SELECT * FROM tenant WHERE id = ?", (call.tenant,)).fetchone()
    if row is None:
        return Reply(200, {"@odata.context": f"{call.base}/$metadata#organization", "value": []})
    shown = {
        "id": row["id"],
        "displayName": row["name"],
        "city": row["city"],
        "country": None,
        "countryLetterCode": row["country"],
        "preferredLanguage": row["language"],
        "defaultUsageLocation": None,
        "tenantType": "AAD",
        "createdDateTime": row["created_at"],
        "verifiedDomains": [
            {
                "name": row["domain"],
                "isDefault": True,
                "isInitial": False,
                "type": "Managed",
                "capabilities": "Email",
            }
        ],
    }
    fields = paging.selected(call.query.get("$select"), shown, tuple(shown), "organization")
    value = [{name: shown[name] for name in fields}]
    return Reply(200, {"@odata.context": f"{call.base}/$metadata#organization", "value": value})


def by_ids(world: World, call: Call) -> Reply:
    """POST /directoryObjects/getByIds: users only, at most 1,000."""
    wanted = call.fields().get("ids")
    if not isinstance(wanted, list) or len(wanted) > 1000:
        raise graph_error(400, "Request_BadRequest", "Invalid value specified for parameter 'ids'.")
    marks = ", ".join("?" for _ in wanted)
    rows = world.state.db.execute(
        f"SELECT * FROM user WHERE tenant = ? AND deleted_at IS NULL AND id IN ({marks})",  # noqa: S608
        (call.tenant, *(str(key).lower() for key in wanted)),
    )
    value = [{"@odata.type": "#microsoft.graph.user", **shapes.user(row)} for row in rows]
    return Reply(200, {"@odata.context": f"{call.base}/$metadata#directoryObjects", "value": value})
