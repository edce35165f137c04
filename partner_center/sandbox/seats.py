"""Seats: what the tenant bought, by subscription, and what its users take."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from partner_center.sandbox.access import stamp


@dataclass(frozen=True, slots=True)
class Units:
    """Units of one SKU over all its subscriptions, as prepaidUnits has them."""

    enabled: int = 0
    warning: int = 0
    suspended: int = 0
    locked_out: int = 0
    consumed: int = 0

    @property
    def free(self) -> int:
        """Seats left: units in their grace period can still be assigned."""
        return self.enabled + self.warning - self.consumed

    @property
    def capability(self) -> str:
        """Microsoft's word for the SKU's state: the best of its subscriptions."""
        if self.enabled:
            return "Enabled"
        if self.warning:
            return "Warning"
        if self.suspended:
            return "Suspended"
        return "LockedOut" if self.locked_out else "Deleted"


_UNITS = """
SELECT s.sku AS sku, s.status AS status,
       SUM(CASE WHEN s.waiting_until IS NULL OR s.waiting_until <= :now
           THEN coalesce(s.waiting_quantity, s.quantity) ELSE s.quantity END) AS units
  FROM subscription s WHERE s.tenant = :tenant AND s.status <> 'Deleted' {only}
 GROUP BY s.sku, s.status ORDER BY min(s.position)
"""

_FIELDS = {"Enabled": "enabled", "Warning": "warning", "Suspended": "suspended", "LockedOut": "locked_out"}


def units(db: sqlite3.Connection, tenant: str, sku: str | None = None) -> dict[str, Units]:
    """Units by SKU, in the order the subscriptions came; of one SKU when it is named."""
    only = "" if sku is None else "AND s.sku = :sku"
    rows = db.execute(_UNITS.format(only=only), {"tenant": tenant, "sku": sku, "now": stamp()})
    found: dict[str, dict[str, int]] = {}
    for row in rows:
        found.setdefault(row["sku"], {})[_FIELDS[row["status"]]] = int(row["units"])
    return {key: Units(**parts, consumed=consumed(db, tenant, key)) for key, parts in found.items()}


def consumed(db: sqlite3.Connection, tenant: str, sku: str) -> int:
    """Users who take a seat of the SKU."""
    row = db.execute("SELECT consumed FROM seat WHERE tenant = ? AND sku = ?", (tenant, sku)).fetchone()
    return int(row["consumed"]) if row else 0


def free(db: sqlite3.Connection, tenant: str, sku: str) -> int:
    """Seats of the SKU that nobody takes; may be negative."""
    return units(db, tenant, sku).get(sku, Units()).free


def owned(db: sqlite3.Connection, tenant: str) -> tuple[frozenset[str], frozenset[str]]:
    """SKUs with a living subscription; and those of them that only users of the organisation bought."""
    rows = db.execute(
        "SELECT sku, min(channel = 'self-service') AS own FROM subscription "
        "WHERE tenant = ? AND status <> 'Deleted' GROUP BY sku",
        (tenant,),
    ).fetchall()
    return frozenset(row["sku"] for row in rows), frozenset(row["sku"] for row in rows if row["own"])


def move(
    db: sqlite3.Connection, tenant: str, before: Iterable[str], after: Iterable[str]
) -> tuple[dict[str, int], dict[str, int]]:
    """Count a user's seats anew when it goes from the SKUs `before` to `after`.

    Gives the seats taken of each SKU that moved: as they were, and as they are.
    """
    old, new = frozenset(before), frozenset(after)
    was, now = {}, {}
    for sku in sorted(old ^ new):
        step = 1 if sku in new else -1
        row = db.execute(
            "INSERT INTO seat VALUES (?, ?, ?) ON CONFLICT (tenant, sku) "
            "DO UPDATE SET consumed = consumed + excluded.consumed RETURNING consumed",
            (tenant, sku, step),
        ).fetchone()
        now[sku] = int(row["consumed"])
        was[sku] = now[sku] - step
    return was, now


def log_write(
    db: sqlite3.Connection,
    tenant: str,
    kind: str,
    target: str,
    *,
    status: int = 200,
    detail: object = None,
    before: dict[str, int] | None = None,
    after: dict[str, int] | None = None,
    request_id: str = "",
) -> None:
    """Keep one write in the order it happened, with the seats taken before and after it.

    `request_id` is that of the answer; another administrator's deeds have none.
    """
    db.execute(
        "INSERT INTO write_log (at, tenant, kind, target, status, detail, seats_before, seats_after, "
        "request_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            stamp(),
            tenant,
            kind,
            target,
            status,
            json.dumps(detail),
            json.dumps(before or {}),
            json.dumps(after or {}),
            request_id,
        ),
    )


def quantity_now(row: sqlite3.Row) -> int:
    """The seats a subscription's row gives now: bought ones may have to wait."""
    waits = row["waiting_until"] is not None and row["waiting_until"] > stamp()
    if row["waiting_quantity"] is None or waits:
        return int(row["quantity"])
    return int(row["waiting_quantity"])
