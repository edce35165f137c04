"""What the partner may do in a customer's tenant: the roles of its live GDAP relationships decide.

Source: Microsoft's table of GDAP roles per API; assignLicense takes Directory Writers, User
Administrator or License Administrator, for a group Groups Administrator as well.
"""

from __future__ import annotations

import json
import sqlite3
from enum import StrEnum

from partner_center.sandbox.calls import graph_error
from partner_center.sandbox.demo_identity import PARTNER_TENANT_ID
from partner_center.shared import clock

LICENSE_ADMIN = "4d6ac14f-3453-41d0-bef9-a3e0c569773a"
USER_ADMIN = "fe930be7-5e62-47db-91af-98c3a49a38b1"
DIRECTORY_WRITERS = "9360feb5-f418-4baa-8175-e2a00bac4301"
DIRECTORY_READERS = "88d8e3e3-8f55-4a1e-953a-9b9898b8876b"
GLOBAL_READER = "f2ef992c-3afb-46b9-b7cf-a126ee74c451"
GROUPS_ADMIN = "fdd7a751-b60b-444a-984c-02652fe8fa1c"
HELPDESK_ADMIN = "729827e3-9c14-49f7-bb1b-9608f156bbb8"
SERVICE_SUPPORT_ADMIN = "f023fd81-a637-4b56-95fd-791ac0226033"
PRIVILEGED_ROLE_ADMIN = "e8611ab8-c189-46e8-94e1-60213ab1f814"

_WRITERS = frozenset({DIRECTORY_WRITERS, USER_ADMIN})


class Need(StrEnum):
    """What a route asks of the caller."""

    READ = "read"
    LICENSES = "licenses"
    GROUP_LICENSES = "group_licenses"
    USERS = "users"
    DELETE = "delete"
    PARTNER = "partner"
    NOTHING = "nothing"


_ROLES = {
    Need.READ: _WRITERS | {DIRECTORY_READERS, GLOBAL_READER, LICENSE_ADMIN, GROUPS_ADMIN},
    Need.LICENSES: _WRITERS | {LICENSE_ADMIN},
    Need.GROUP_LICENSES: _WRITERS | {LICENSE_ADMIN, GROUPS_ADMIN},
    Need.USERS: _WRITERS,
    Need.DELETE: frozenset({USER_ADMIN}),
}


def live_roles(db: sqlite3.Connection, tenant: str) -> frozenset[str]:
    """Role template ids of all relationships that are in force now."""
    rows = db.execute(
        "SELECT roles FROM relationship WHERE tenant = ? AND status = 'active' AND ends_at > ?",
        (tenant, stamp()),
    )
    return frozenset(role for row in rows for role in json.loads(row["roles"]))


def check(db: sqlite3.Connection, tenant: str, need: Need) -> None:
    """Refuse with Graph's 403 what the token's tenant does not allow."""
    if need is Need.NOTHING or (need is Need.PARTNER and tenant == PARTNER_TENANT_ID):
        return
    if tenant == PARTNER_TENANT_ID:
        return
    if need is Need.PARTNER or not live_roles(db, tenant) & _ROLES[need]:
        raise graph_error(
            403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation."
        )


def stamp() -> str:
    """The present moment as Microsoft writes it."""
    return clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
