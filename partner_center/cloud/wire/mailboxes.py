"""The report of mailbox usage (Graph's mailboxUsageDetail)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from partner_center.cloud.port import RemoteMailbox
from partner_center.cloud.wire.values import optional, understood


def read_mailboxes(body: Mapping[str, Any]) -> list[RemoteMailbox]:
    """A page of the report, without the mailboxes of deleted users."""
    with understood("mailboxes"):
        return [
            RemoteMailbox(
                user_principal_name=item["userPrincipalName"],
                kind=optional(item.get("recipientType")),
                used_bytes=int(item.get("storageUsedInBytes") or 0),
            )
            for item in body["value"]
            if not item.get("isDeleted")
        ]
