"""What the permissions are called on screens."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from partner_center.staff.permissions import Permission

_NAMES = {
    Permission.VIEW_CUSTOMERS: _l("See customers"),
    Permission.VIEW_USERS: _l("See users and their licenses"),
    Permission.SELECT_USERS: _l("Select users"),
    Permission.ASSIGN_LICENSES: _l("Assign licenses"),
    Permission.REVOKE_LICENSES: _l("Revoke licenses"),
    Permission.CHANGE_SERVICE_PLANS: _l("Change service plans"),
    Permission.SET_USAGE_LOCATION: _l("Set usage locations"),
    Permission.LICENSE_GUESTS: _l("Change the licenses of guests"),
    Permission.MANAGE_USERS: _l("Add, block and delete users"),
    Permission.KEEP_TEMPLATES: _l("Make and change templates"),
    Permission.BUY_SEATS: _l("Buy licenses"),
    Permission.REFRESH_MIRROR: _l("Refresh from Microsoft"),
    Permission.VIEW_CHANGES: _l("See license changes"),
    Permission.UNDO_OTHERS: _l("Undo what others saved"),
    Permission.VIEW_AUDIT: _l("See what everybody did"),
    Permission.MANAGE_STAFF: _l("Manage staff"),
    Permission.EDIT_ROLES: _l("Change what roles may do"),
}


def permission_name(permission: Permission) -> str:
    """The permission in the language of the page."""
    return str(_NAMES[permission])
