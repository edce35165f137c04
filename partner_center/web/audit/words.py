"""What entries of the audit are called on screens."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from partner_center.audit.actions import Action, Result
from partner_center.staff.permissions import Permission
from partner_center.staff.roles import Role
from partner_center.web.permission_names import permission_name
from partner_center.web.role_names import role_name
from partner_center.web.tags import Tag
from partner_center.web.wording import _

ACTIONS = {
    Action.SIGNED_IN: _l("Signed in"),
    Action.SIGN_IN_REFUSED: _l("Sign-in refused"),
    Action.SIGNED_OUT: _l("Signed out"),
    Action.PASSWORD_SET: _l("Set a password"),
    Action.SECOND_FACTOR_SET_UP: _l("Set up a second factor"),
    Action.RECOVERY_CODES_RENEWED: _l("Made new recovery codes"),
    Action.SESSION_ENDED: _l("Ended sessions"),
    Action.SETTINGS_CHANGED: _l("Changed own settings"),
    Action.STAFF_ADDED: _l("Added a person"),
    Action.STAFF_CHANGED: _l("Changed a person"),
    Action.STAFF_INVITED: _l("Invited a person"),
    Action.STAFF_LINK_RENEWED: _l("Made a new link for a person"),
    Action.STAFF_ROLES_CHANGED: _l("Changed a person's roles"),
    Action.STAFF_SCOPE_CHANGED: _l("Changed which customers a person sees"),
    Action.STAFF_SUSPENDED: _l("Suspended a person"),
    Action.STAFF_REACTIVATED: _l("Reactivated a person"),
    Action.STAFF_SECOND_FACTOR_RESET: _l("Reset a person's second factor"),
    Action.SECRETS_ROTATED: _l("Encrypted the secrets anew"),
    Action.ROLES_EDITED: _l("Changed what a role may do"),
    Action.REFUSED: _l("Was refused"),
    Action.EXPORTED: _l("Downloaded a table"),
    Action.SYNC_REQUESTED: _l("Asked for a refresh"),
    Action.CHANGE_SAVED: _l("Saved a license change"),
    Action.CHANGE_DISCARDED: _l("Discarded a plan"),
    Action.CHANGE_RETRIED: _l("Retried what failed"),
    Action.CHANGE_UNDO_PLANNED: _l("Planned an undo"),
    Action.CHANGE_PAUSED: _l("Paused a license change"),
    Action.CHANGE_RESUMED: _l("Resumed a license change"),
    Action.CHANGE_STOPPED: _l("Stopped the rest of a license change"),
    Action.CHANGE_FINISHED: _l("License change finished"),
    Action.CHANGE_SEALED: _l("Evidence of a license change sealed"),
    Action.CHANGE_EXPORTED: _l("Downloaded the evidence of a license change"),
    Action.TEMPLATE_MADE: _l("Made a template"),
    Action.TEMPLATE_CHANGED: _l("Changed a template"),
    Action.TEMPLATE_DELETED: _l("Deleted a template"),
    Action.SEATS_ORDERED: _l("Ordered licenses"),
    Action.SEATS_ORDER_FINISHED: _l("Order finished"),
    Action.USERS_ORDERED: _l("Asked for a change of users"),
    Action.USERS_ORDER_FINISHED: _l("Change of users finished"),
    Action.PASSWORDS_SHOWN: _l("Saw temporary passwords"),
    Action.GROUP_ORDERED: _l("Changed a group's licenses"),
    Action.GROUP_ORDER_FINISHED: _l("Change of a group finished"),
    Action.TAKEOVER_ASKED: _l("Asked to take over a subscription"),
    Action.TAKEOVER_FINISHED: _l("Takeover finished"),
}
RESULTS = {
    Result.DONE: (_l("Done"), "ok"),
    Result.PARTLY: (_l("Partly done"), "warn"),
    Result.FAILED: (_l("Failed"), "err"),
    Result.REFUSED: (_l("Refused"), "warn"),
}
_FACTS = {
    "reason": _l("Why"),
    "before": _l("Before"),
    "after": _l("After"),
    "roles": _l("Roles"),
    "role": _l("Role"),
    "given": _l("Given"),
    "taken": _l("Taken"),
    "how": _l("How"),
    "what": _l("What"),
    "users": _l("Users"),
    "customers": _l("Customers"),
    "permission": _l("Permission"),
    "language": _l("Language"),
    "theme": _l("Theme"),
    "sku": _l("Product"),
    "subscription": _l("Subscription"),
}
_ROLES = {role.value for role in Role}
_PERMISSIONS = {permission.value for permission in Permission}


def action_name(code: str) -> str:
    """What was done; the code itself where a later version wrote it."""
    return str(ACTIONS[Action(code)]) if code in set(Action) else code


def result_tag(code: str) -> Tag:
    """How it ended."""
    text, tone = RESULTS[Result(code)] if code in set(Result) else (code, "info")
    return Tag(str(text), tone)


def customers_in(details: Mapping[str, Any]) -> set[int]:
    """The customers that a scope among the details lists."""
    scopes = [value for value in details.values() if isinstance(value, dict)]
    listed = [one.get("customers") for one in scopes]
    return {number for one in listed if isinstance(one, list) for number in one if type(number) is int}


def facts_of(details: Mapping[str, Any], names: Mapping[int, str]) -> tuple[tuple[str, str], ...]:
    """The entry's details, a label and a value each; what is empty is left out.

    `names` are those of the customers that the reader may see.
    """
    return tuple(
        (fact_name(name), _value(value, names))
        for name, value in details.items()
        if value not in (None, "", [])
    )


def fact_name(name: str) -> str:
    """The label of a detail."""
    return str(_FACTS[name]) if name in _FACTS else name.replace("_", " ")


def _value(value: Any, names: Mapping[int, str]) -> str:
    """Whatever JSON holds, as text: an entry of any version can be shown."""
    match value:
        case bool():
            return _("yes") if value else _("no")
        case str():
            return _word(value)
        case list() if all(isinstance(one, str) for one in value):
            return ", ".join(_word(one) for one in value)
        case dict():
            told = (f"{fact_name(name)}: {_value(one, names)}" for name, one in value.items())
            return _scope(value, names) or ", ".join(told)
    return json.dumps(value, ensure_ascii=False)


def _scope(value: Mapping[str, Any], names: Mapping[int, str]) -> str:
    """Which customers somebody sees; empty for details that are something else."""
    match value:
        case {"scope": "all"}:
            return _("All customers")
        case {"scope": "reseller", "reseller": str(reseller)}:
            return _("Customers of %(reseller)s", reseller=reseller)
        case {"scope": "listed", "customers": list(listed)}:
            known = sorted(names[number] for number in listed if type(number) is int and number in names)
            rest = [_("%(count)s more", count=len(listed) - len(known))] if len(known) < len(listed) else []
            return ", ".join(known + rest) or _("None")
    return ""


def _word(text: str) -> str:
    """A role or permission by its name, other words as they are."""
    if text in _ROLES:
        return role_name(Role(text))
    return permission_name(Permission(text)) if text in _PERMISSIONS else text
