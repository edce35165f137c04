"""The partner's side: GDAP relationships, the customers behind them, contracts."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Sequence
from typing import Any

from partner_center.sandbox.access import stamp
from partner_center.sandbox.calls import Call, Reply, graph_error
from partner_center.sandbox.odata import paging
from partner_center.sandbox.odata.rows import keep, ordered
from partner_center.sandbox.world import World

MOST_A_PAGE = 300


def list_relationships(world: World, call: Call) -> Reply:
    """GET /tenantRelationships/delegatedAdminRelationships."""
    rows = world.state.db.execute(
        "SELECT r.*, t.name AS customer FROM relationship r JOIN tenant t ON t.id = r.tenant "
        "ORDER BY t.position, r.created_at"
    )
    path = "/tenantRelationships/delegatedAdminRelationships"
    return page(call, path, [_relationship(row) for row in rows])


def get_relationship(world: World, _call: Call, relationship: str) -> Reply:
    """GET …/delegatedAdminRelationships/{id}."""
    row = world.state.db.execute(
        "SELECT r.*, t.name AS customer FROM relationship r JOIN tenant t ON t.id = r.tenant WHERE r.id = ?",
        (relationship,),
    ).fetchone()
    if row is None:
        raise graph_error(404, "notFound", "The delegated admin relationship was not found.")
    return Reply(200, _relationship(row))


def _relationship(row: sqlite3.Row) -> dict[str, Any]:
    over = row["status"] == "active" and row["ends_at"] <= stamp()
    etag = hashlib.sha256(f"{row['id']}{row['status']}{over}".encode()).hexdigest()[:16]
    return {
        "@odata.etag": f'W/"{etag}"',
        "id": row["id"],
        "displayName": row["display_name"],
        "duration": row["duration"],
        "autoExtendDuration": row["auto_extend"],
        "customer": {"tenantId": row["tenant"], "displayName": row["customer"]},
        "accessDetails": {"unifiedRoles": [{"roleDefinitionId": role} for role in json.loads(row["roles"])]},
        "status": "expired" if over else row["status"],
        "createdDateTime": row["created_at"],
        "lastModifiedDateTime": row["activated_at"] or row["created_at"],
        "activatedDateTime": row["activated_at"],
        "endDateTime": row["ends_at"],
    }


def list_customers(world: World, call: Call) -> Reply:
    """GET /tenantRelationships/delegatedAdminCustomers: those with a relationship in force."""
    rows = world.state.db.execute(
        "SELECT id, name FROM tenant WHERE id IN "
        "(SELECT tenant FROM relationship WHERE status = 'active' AND ends_at > ?) ORDER BY position",
        (stamp(),),
    )
    value = [{"id": row["id"], "tenantId": row["id"], "displayName": row["name"]} for row in rows]
    return page(call, "/tenantRelationships/delegatedAdminCustomers", value)


def list_contracts(world: World, call: Call) -> Reply:
    """GET /contracts: the reseller contracts of the partner's tenant."""
    rows = world.state.db.execute("SELECT * FROM tenant WHERE kind = 'reseller' ORDER BY position")
    value = [
        {
            "id": row["id"],
            "deletedDateTime": None,
            "contractType": "ResellerPartner",
            "customerId": row["id"],
            "defaultDomainName": row["domain"],
            "displayName": row["name"],
        }
        for row in rows
    ]
    return page(call, "/contracts", value)


def page(call: Call, path: str, items: Sequence[dict[str, Any]]) -> Reply:
    """One page of a short collection, filtered and ordered as asked."""
    items = ordered(keep(items, call.query.get("$filter")), call.query.get("$orderby"))
    shown, told = paging.part_of(call, path, items, paging.page_size(call, most=MOST_A_PAGE))
    value = [_selected(item, call.query.get("$select")) for item in shown]
    context = f"{call.base}/$metadata#{path.lstrip('/')}"
    return Reply(200, {"@odata.context": context, **told, "value": value})


def _selected(item: dict[str, Any], chosen: str | None) -> dict[str, Any]:
    if not chosen:
        return item
    names = {"id", *(name.strip() for name in chosen.split(","))}
    return {name: value for name, value in item.items() if name in names}
