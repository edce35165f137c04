"""Calls that named a thing of another tenant than their token's, which Microsoft would answer with 404.

Nobody who asks for things they were told of can name another tenant's; so each is a mistake of the caller.
"""

from __future__ import annotations

from collections.abc import Iterable
from sqlite3 import Connection
from typing import Any

from partner_center.sandbox.calls import Call

_OWNED = ("user", "grp", "subscription")


def stray(db: Connection, call: Call, named: Iterable[str]) -> dict[str, Any] | None:
    """What `call` strayed to among the ids it names; None where each is unknown or its own."""
    for name in named:
        for table in _OWNED:
            wanted = f"SELECT tenant FROM {table} WHERE id = ? AND tenant <> ?"  # noqa: S608 - our own names
            if row := db.execute(wanted, (name, call.tenant)).fetchone():
                token, owner = call.tenant, row["tenant"]
                return {"method": call.method, "path": call.path, "token": token, "owner": owner}
    return None
