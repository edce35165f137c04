"""Customers as Partner Center lists them, and the indirect resellers they came through."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from partner_center.sandbox.access import live_roles
from partner_center.sandbox.calls import Call, Refused, Reply, partner_error
from partner_center.sandbox.odata.paging import from_token, to_token
from partner_center.sandbox.world import World

USUAL_A_PAGE = 40
_SEARCHED = {"companyname": "name", "domain": "domain"}


def list_customers(world: World, call: Call) -> Reply:
    """GET /v1/customers: pages by MS-ContinuationToken, `filter` by starts_with.

    Past the last page the answer is 400 with code 2000, as Microsoft's own tool has to expect.
    """
    start, size, wanted = _place(call)
    rows = _matching(world.state.db, wanted)
    if start and start >= len(rows):
        raise partner_error(400, 2000, "There are no more items.")
    shown = rows[start : start + size] if size else rows
    body: dict[str, Any] = {
        "totalCount": len(shown),
        "items": [_listed(row) for row in shown],
        "links": {"self": _link(f"/customers?size={size}")},
        "attributes": {"objectType": "Collection"},
    }
    if size and start + size < len(rows):
        token = to_token([start + size, size, wanted])
        body["continuationToken"] = token
        header = {"key": "MS-ContinuationToken", "value": token}
        body["links"]["next"] = _link("/customers?seekOperation=Next", header)
    return Reply(200, body)


def _place(call: Call) -> tuple[int, int, Any]:
    """Where to start, how many, and the filter; a continuation carries all three."""
    token = call.headers.get("ms-continuationtoken")
    if token:
        if call.query.get("seekOperation", "").lower() != "next":
            raise partner_error(400, 800002, "The seek operation is not supported.")
        try:
            start, size, wanted = from_token(token)
        except (Refused, ValueError, TypeError) as problem:
            raise partner_error(400, 800002, "The continuation token is not valid.") from problem
        return start, size, wanted
    text = call.query.get("size", str(USUAL_A_PAGE))
    if not text.isdecimal():
        raise partner_error(400, 3000, "The page size is not valid.")
    return 0, int(text), _filter(call.query.get("filter"))


def _filter(text: str | None) -> list[str] | None:
    if not text:
        return None
    try:
        fields = {name.lower(): value for name, value in json.loads(text).items()}
        field, value, operator = str(fields["field"]), str(fields["value"]), str(fields["operator"])
    except (ValueError, KeyError, AttributeError) as problem:
        raise partner_error(400, 3000, "The filter is not valid.") from problem
    if operator.lower() != "starts_with" or field.lower() not in {*_SEARCHED, "indirectreseller"}:
        raise partner_error(400, 3000, f"The filter on {field[:40]} with {operator[:40]} is not supported.")
    return [field.lower(), value]


def _matching(db: sqlite3.Connection, wanted: list[str] | None) -> list[sqlite3.Row]:
    sql = "SELECT * FROM tenant WHERE kind = 'reseller'"
    if wanted is None:
        return db.execute(f"{sql} ORDER BY position").fetchall()
    field, value = wanted
    if field == "indirectreseller":
        return db.execute(f"{sql} AND reseller = ? ORDER BY position", (value.lower(),)).fetchall()
    column = _SEARCHED[field]
    clause = f"substr(fold({column}), 1, ?) = ?"
    folded = value.casefold()
    return db.execute(f"{sql} AND {clause} ORDER BY position", (len(folded), folded)).fetchall()


def get_customer(world: World, _call: Call, customer: str) -> Reply:
    """GET /v1/customers/{id}: with the billing profile; the domain is empty without GDAP."""
    row = find_tenant(world, customer)
    delegated = bool(live_roles(world.state.db, customer))
    shown = _listed(row)
    shown["companyProfile"]["domain"] = row["domain"] if delegated else ""
    shown |= {
        "commerceId": row["id"],
        "allowDelegatedAccess": delegated,
        "customDomains": [row["domain"]] if delegated else [],
        "associatedPartnerId": _mpn(world.state.db, row["reseller"]),
        "billingProfile": {
            "companyName": row["name"],
            "culture": row["language"],
            "language": row["language"][:2],
            "defaultAddress": {"country": row["country"], "city": row["city"] if delegated else ""},
            "attributes": {"etag": row["id"][:8], "objectType": "CustomerBillingProfile"},
        },
    }
    return Reply(200, shown)


def find_tenant(world: World, customer: str) -> sqlite3.Row:
    """The customer's row; Partner Center's refusal when there is no such customer of ours."""
    row: sqlite3.Row | None = world.state.db.execute(
        "SELECT * FROM tenant WHERE id = ? AND kind = 'reseller'", (customer,)
    ).fetchone()
    if row is None:
        raise partner_error(403, 20002, "The partner has no relationship with this customer.")
    return row


def list_resellers(world: World, call: Call) -> Reply:
    """GET /v1/relationships?relationship_type=is_indirect_cloud_solution_provider_of."""
    kind = call.query.get("relationship_type", "").replace("_", "").lower()
    if kind != "isindirectcloudsolutionproviderof":
        raise partner_error(400, 3000, "The relationship type is not supported.")
    rows = world.state.db.execute("SELECT * FROM reseller ORDER BY name").fetchall()
    items = [
        {
            "id": row["id"],
            "name": row["name"],
            "mpnId": row["mpn_id"],
            "location": "",
            "state": "active",
            "relationshipType": "is_indirect_cloud_solution_provider_of",
            "attributes": {"objectType": "PartnerRelationship"},
        }
        for row in rows
    ]
    collection = {"totalCount": len(items), "items": items, "attributes": {"objectType": "Collection"}}
    return Reply(200, collection)


def _mpn(db: sqlite3.Connection, reseller: str | None) -> str | None:
    row = db.execute("SELECT mpn_id FROM reseller WHERE id = ?", (reseller,)).fetchone()
    return str(row["mpn_id"]) if row else None


def _listed(row: sqlite3.Row) -> dict[str, Any]:
    return {
        "id": row["id"],
        "companyProfile": {
            "tenantId": row["id"],
            "domain": row["domain"],
            "companyName": row["name"],
            "links": {"self": _link(f"/customers/{row['id']}/profiles/company")},
            "attributes": {"objectType": "CustomerCompanyProfile"},
        },
        "relationshipToPartner": "reseller",
        "links": {"self": _link(f"/customers/{row['id']}")},
        "attributes": {"objectType": "Customer"},
    }


def _link(uri: str, *headers: dict[str, str]) -> dict[str, Any]:
    return {"uri": uri, "method": "GET", "headers": list(headers)}
