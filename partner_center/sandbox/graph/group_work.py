"""What happens after a group's licences were changed: nothing at first, then its members one by one.

Microsoft answers 202, queues the group, and takes minutes to hours; no figure is published. Here it takes
the switch `group_delay_s`, and the members are worked off by the first call to the tenant after that.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from partner_center.sandbox.graph.licenses import inherited, store
from partner_center.sandbox.world import World
from partner_center.shared import clock

QUEUED, RUNNING, COMPLETE = "QueuedForProcessing", "ProcessingInProgress", "ProcessingComplete"


def state_of(row: sqlite3.Row) -> str:
    """licenseProcessingState.state of a group's row: queued for the first half of its time."""
    if row["due_at"] is None:
        return COMPLETE
    return QUEUED if clock.now().timestamp() < (row["asked_at"] + row["due_at"]) / 2 else RUNNING


def queue(world: World, db: sqlite3.Connection, group: str) -> None:
    """Have the group's members counted anew a moment from now; inside a write."""
    now = clock.now().timestamp()
    due = now + world.switches.group_delay_s
    db.execute("UPDATE grp SET asked_at = ?, due_at = ? WHERE id = ?", (now, due, group))


def settle(world: World, tenant: str) -> None:
    """Work off the groups of the tenant whose time has come."""
    if not _due(world.state.db, tenant):
        return
    with world.state.write() as db:
        for group in _due(db, tenant):
            work_off(world, db, tenant, [row["id"] for row in members(db, group)])
            db.execute("UPDATE grp SET asked_at = NULL, due_at = NULL WHERE id = ?", (group,))


def work_off(
    world: World, db: sqlite3.Connection, tenant: str, users: Iterable[str], request_id: str = ""
) -> None:
    """Count what the users' groups give them anew, one user after the other; inside a write."""
    for user in users:
        row = db.execute("SELECT * FROM user WHERE id = ? AND deleted_at IS NULL", (user,)).fetchone()
        if row is not None:
            after = inherited(world, db, tenant, row)[0]
            store(db, tenant, row, after, None, request_id=request_id)


def members(db: sqlite3.Connection, group: str) -> list[sqlite3.Row]:
    """The living members, in the order they came to the tenant."""
    return db.execute(
        "SELECT u.* FROM user u JOIN member m ON m.user_id = u.id "
        "WHERE m.group_id = ? AND u.deleted_at IS NULL ORDER BY u.number",
        (group,),
    ).fetchall()


def _due(db: sqlite3.Connection, tenant: str) -> list[str]:
    now = clock.now().timestamp()
    rows = db.execute("SELECT id FROM grp WHERE tenant = ? AND due_at <= ? ORDER BY id", (tenant, now))
    return [row["id"] for row in rows]
