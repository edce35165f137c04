"""A customer's subscriptions: read, change of the quantity, what became of it.

Sources: Microsoft's pages on changing a subscription's quantity and its error codes.
"""

from __future__ import annotations

import json
import sqlite3
from datetime import datetime, timedelta
from typing import Any

from partner_center.sandbox import seats
from partner_center.sandbox.access import DIRECTORY_READERS, GLOBAL_READER, live_roles, stamp
from partner_center.sandbox.calls import Call, Reply, dumps, partner_error
from partner_center.sandbox.partner.customers import find_tenant
from partner_center.sandbox.partner.terms import Change, check_change, most_seats
from partner_center.sandbox.world import World
from partner_center.shared import clock

WINDOW = timedelta(days=7)
"""Seats can be given back for seven days after they were bought."""

_STATUS = {
    "Enabled": "active",
    "Warning": "expired",
    "Suspended": "suspended",
    "LockedOut": "disabled",
    "Deleted": "deleted",
}


def list_subscriptions(world: World, _call: Call, customer: str) -> Reply:
    """GET /v1/customers/{id}/subscriptions: those bought through this partner."""
    find_tenant(world, customer)
    rows = world.state.db.execute(
        "SELECT * FROM subscription WHERE tenant = ? AND channel = 'partner' ORDER BY position", (customer,)
    )
    items = [shown(world, row) for row in rows]
    body = {"totalCount": len(items), "items": items, "attributes": {"objectType": "Collection"}}
    return Reply(200, body)


def get_subscription(world: World, _call: Call, customer: str, subscription: str) -> Reply:
    """GET …/subscriptions/{id}."""
    find_tenant(world, customer)
    return Reply(200, shown(world, _row(world.state.db, customer, subscription)))


def patch_subscription(world: World, call: Call, customer: str, subscription: str) -> Reply:
    """PATCH …/subscriptions/{id} with the full object; `quantity` is the new total.

    What the body leaves out is lost: auto-renewal goes off and next-term instructions go. The same
    MS-RequestId gives the first answer again.
    """
    find_tenant(world, customer)
    wanted = _lower_first(call.body)
    key = call.headers.get("ms-requestid", "")
    with world.state.write() as db:
        before = db.execute("SELECT * FROM answered WHERE request_id = ?", (key,)).fetchone() if key else None
        if before is not None and before["path"] == call.path:
            return Reply(before["status"], json.loads(before["body"]))
        row = _row(db, customer, subscription)
        change = _change(world, row, wanted, call.headers.get("if-match"))
        _apply(world, db, row, change, wanted, request_id=call.request_id)
        body = shown(world, _row(db, customer, subscription))
        if key:
            db.execute(
                "INSERT OR REPLACE INTO answered VALUES (?, ?, 200, ?, ?)",
                (key, call.path, dumps(body), stamp()),
            )
    return Reply(200, body)


def provisioning(world: World, call: Call, customer: str, subscription: str) -> Reply:
    """GET …/provisioningstatus: the only join from a subscription to the SKU people hold."""
    find_tenant(world, customer)
    if call.token is None or not call.token.with_user:
        raise partner_error(403, 900329, "The resource does not accept app-only access.")
    if not live_roles(world.state.db, customer) & {DIRECTORY_READERS, GLOBAL_READER}:
        raise partner_error(403, 900308, "Insufficient privileges for the operation.")
    row = _row(world.state.db, customer, subscription)
    quantity = seats.quantity_now(row)
    latest = row["quantity"] if row["waiting_quantity"] is None else row["waiting_quantity"]
    body = {
        "skuId": row["sku"],
        "status": "success" if quantity == latest else "pending",
        "quantity": quantity,
        "endDate": row["ends_at"],
        "attributes": {"objectType": "SubscriptionProvisioningStatus"},
    }
    return Reply(200, body)


def shown(world: World, row: sqlite3.Row) -> dict[str, Any]:
    """A subscription as Partner Center shows it; the quantity is what was ordered, seats may lag."""
    product = world.products[row["sku"]]
    batches = [batch for batch in json.loads(row["batches"]) if batch["until"] > stamp()]
    quantity = row["quantity"] if row["waiting_quantity"] is None else row["waiting_quantity"]
    body = {
        "id": row["commerce_id"],
        "offerId": f"CFQ7T{row['sku'][:6].upper()}:0001:CFQ7T{row['commerce_id'][:6].upper()}",
        "offerName": product.name,
        "friendlyName": row["friendly_name"] or product.name,
        "productType": {"id": "OnlineServicesNCE", "displayName": "OnlineServicesNCE"},
        "quantity": quantity,
        "unitType": "Licenses",
        "hasPurchasableAddons": False,
        "creationDate": row["created_at"],
        "effectiveStartDate": row["created_at"],
        "commitmentEndDate": row["ends_at"],
        "cancellationAllowedUntilDate": max((batch["until"] for batch in batches), default=None),
        "status": _STATUS[row["status"]],
        "autoRenewEnabled": bool(row["auto_renew"]),
        "isTrial": bool(row["is_trial"]),
        "billingType": "license",
        "billingCycle": row["billing_cycle"],
        "termDuration": row["term"],
        "renewalTermDuration": row["term"],
        "isMicrosoftProduct": True,
        "publisherName": "Microsoft Corporation",
        "orderId": row["order_id"],
        "refundableQuantity": {
            "totalQuantity": sum(batch["quantity"] for batch in batches),
            "details": [
                {"quantity": batch["quantity"], "allowedUntilDateTime": batch["until"]} for batch in batches
            ],
        },
        "scheduledNextTermInstructions": json.loads(row["next_term"]) if row["next_term"] else None,
        "links": {
            "self": {
                "uri": f"/customers/{row['tenant']}/subscriptions/{row['commerce_id']}",
                "method": "GET",
                "headers": [],
            }
        },
        "attributes": {"etag": str(row["etag"]), "objectType": "Subscription"},
    }
    return {name: value for name, value in body.items() if value is not None}


def _row(db: sqlite3.Connection, customer: str, subscription: str) -> sqlite3.Row:
    row: sqlite3.Row | None = db.execute(
        "SELECT * FROM subscription WHERE tenant = ? AND commerce_id = ? AND channel = 'partner'",
        (customer, subscription),
    ).fetchone()
    if row is None:
        raise partner_error(404, 20003, "The subscription was not found.")
    return row


def _lower_first(body: Any) -> dict[str, Any]:
    """Requests may spell keys in PascalCase or camelCase."""
    if not isinstance(body, dict):
        raise partner_error(400, 800002, "The request body is not valid.")
    return {name[:1].lower() + name[1:]: value for name, value in body.items()}


def _change(world: World, row: sqlite3.Row, wanted: dict[str, Any], match: str | None) -> Change:
    """What the body asks for; refused with Microsoft's codes when it may not be."""
    if match is not None and match.strip('W/"') != str(row["etag"]):
        raise partner_error(400, 2055, "The etag is no longer valid.")
    held = shown(world, row)
    batches = [batch for batch in json.loads(row["batches"]) if batch["until"] > stamp()]
    change = Change(
        old=held["quantity"],
        new=wanted.get("quantity", held["quantity"]),
        status=wanted.get("status", held["status"]),
        name=wanted.get("friendlyName", row["friendly_name"]),
        returnable=sum(batch["quantity"] for batch in batches),
        most=most_seats(world.products[row["sku"]].part_number),
    )
    if wanted.get("billingCycle", row["billing_cycle"]) != row["billing_cycle"]:
        raise partner_error(400, 2054, "The billing cycle can't be changed by updating the subscription.")
    check_change(change, held["status"], trial=bool(row["is_trial"]))
    return change


def _apply(
    world: World,
    db: sqlite3.Connection,
    row: sqlite3.Row,
    change: Change,
    wanted: dict[str, Any],
    *,
    request_id: str,
) -> None:
    present = clock.now()
    delay = timedelta(seconds=world.switches.seat_delay_s)
    moved = change.new != change.old
    status = {"active": "Enabled", "suspended": "Suspended", "deleted": "Deleted"}.get(change.status)
    next_term = None if moved else wanted.get("scheduledNextTermInstructions")
    db.execute(
        "UPDATE subscription SET quantity = ?, waiting_quantity = ?, waiting_until = ?, status = ?, "
        "auto_renew = ?, next_term = ?, batches = ?, friendly_name = ?, etag = etag + 1 WHERE id = ?",
        (
            seats.quantity_now(row) if delay else change.new,
            change.new if delay else None,
            _written(present + delay) if delay else None,
            status or row["status"],
            bool(wanted.get("autoRenewEnabled", False)) and change.status == "active",
            json.dumps(next_term) if next_term else None,
            json.dumps(_batches(row, change, present)),
            change.name,
            row["id"],
        ),
    )
    before, after = {row["sku"]: change.old}, {row["sku"]: change.new}
    detail = {"quantity": change.new, "status": change.status}
    seats.log_write(
        db,
        row["tenant"],
        "subscription",
        row["commerce_id"],
        detail=detail,
        before=before,
        after=after,
        request_id=request_id,
    )


def _batches(row: sqlite3.Row, change: Change, present: datetime) -> list[dict[str, Any]]:
    """The seats that can still be given back, by when they were bought: the last come first."""
    batches: list[dict[str, Any]] = json.loads(row["batches"])
    if change.new > change.old:
        return [*batches, {"quantity": change.new - change.old, "until": _written(present + WINDOW)}]
    left = change.old - change.new
    kept = []
    for batch in reversed(batches):
        back = min(left, batch["quantity"])
        left -= back
        if batch["quantity"] > back:
            kept.append({"quantity": batch["quantity"] - back, "until": batch["until"]})
    return kept[::-1]


def _written(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
