"""The beta report of mailbox usage, as JSON; `recipientType` as in the report's file."""

from __future__ import annotations

import sqlite3
from typing import Any

from partner_center.sandbox.access import stamp
from partner_center.sandbox.calls import Call, Reply, graph_error
from partner_center.sandbox.world import World

_PERIODS = frozenset({"D7", "D30", "D90", "D180"})
_FREE = 50 * 1024**3
_KINDS = {"user": "User", "shared": "Shared", "room": "Room", "equipment": "Equipment"}


def usage_detail(world: World, call: Call, period: str) -> Reply:
    """GET /beta/reports/getMailboxUsageDetail(period='D7')?$format=application/json."""
    if period not in _PERIODS:
        raise graph_error(400, "InvalidArgument", f"Invalid period value specified: {period[:20]}.")
    if call.query.get("$format") != "application/json":
        raise graph_error(400, "BadRequest", "This emulator tells the report as JSON alone.")
    rows = world.state.db.execute(
        "SELECT * FROM user WHERE tenant = ? AND deleted_at IS NULL AND mailbox_bytes IS NOT NULL "
        "ORDER BY number",
        (call.tenant,),
    )
    context = f"{call.base}/$metadata#Collection(microsoft.graph.mailboxUsageDetail)"
    return Reply(200, {"@odata.context": context, "value": [_shown(row, period) for row in rows]})


def _shown(row: sqlite3.Row, period: str) -> dict[str, Any]:
    return {
        "reportRefreshDate": stamp()[:10],
        "userPrincipalName": row["upn"],
        "displayName": row["display_name"],
        "isDeleted": False,
        "deletedDate": None,
        "createdDate": row["created_at"][:10],
        "lastActivityDate": (row["signed_in_at"] or row["created_at"])[:10],
        "itemCount": row["mailbox_bytes"] // 75_000,
        "storageUsedInBytes": row["mailbox_bytes"],
        "issueWarningQuotaInBytes": _FREE * 98 // 100,
        "prohibitSendQuotaInBytes": _FREE * 99 // 100,
        "prohibitSendReceiveQuotaInBytes": _FREE,
        "recipientType": _KINDS[row["purpose"]],
        "reportPeriod": period.removeprefix("D"),
    }
