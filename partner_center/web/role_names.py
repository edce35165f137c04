"""What the roles are called on screens."""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import lazy_gettext as _l

from partner_center.staff.roles import Role

_NAMES = {
    Role.ADMIN_AGENT: _l("Admin agent"),
    Role.GLOBAL_ADMIN: _l("Global admin"),
    Role.HELPDESK_AGENT: _l("Helpdesk agent"),
    Role.SALES_AGENT: _l("Sales agent"),
    Role.USER_MANAGEMENT_ADMIN: _l("User management admin"),
}


def role_name(role: Role) -> str:
    """The role in the language of the page."""
    return str(_NAMES[role])


def role_list(roles: Iterable[Role]) -> str:
    """Several roles in the order of the table, with commas."""
    wanted = set(roles)
    return ", ".join(role_name(role) for role in Role if role in wanted)
