"""What entries of the audit are called on screens."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from partner_center.audit.actions import Action, Result
from partner_center.staff.roles import Role
from partner_center.web.role_names import role_list
from partner_center.web.tags import Tag
from partner_center.web.wording import _

ACTIONS = {
    Action.SIGNED_IN: _l("Signed in"),
    Action.SIGN_IN_REFUSED: _l("Sign-in refused"),
    Action.SIGNED_OUT: _l("Signed out"),
    Action.PASSWORD_SET: _l("Set a password"),
    Action.SETTINGS_CHANGED: _l("Changed own settings"),
    Action.STAFF_ADDED: _l("Added a person"),
    Action.STAFF_CHANGED: _l("Changed a person"),
    Action.STAFF_INVITED: _l("Invited a person"),
    Action.STAFF_LINK_RENEWED: _l("Made a new link for a person"),
    Action.STAFF_ROLES_CHANGED: _l("Changed a person's roles"),
    Action.STAFF_SCOPE_CHANGED: _l("Changed which customers a person sees"),
    Action.STAFF_SUSPENDED: _l("Suspended a person"),
    Action.STAFF_REACTIVATED: _l("Reactivated a person"),
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
    Action.SEATS_ORDERED: _l("Ordered licenses"),
    Action.SEATS_ORDER_FINISHED: _l("Order finished"),
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
    "language": _l("Language"),
    "theme": _l("Theme"),
    "sku": _l("Product"),
    "subscription": _l("Subscription"),
}
_ROLES = {role.value for role in Role}


def action_name(code: str) -> str:
    """What was done; the code itself where a later version wrote it."""
    return str(ACTIONS[Action(code)]) if code in set(Action) else code


def result_tag(code: str) -> Tag:
    """How it ended."""
    text, tone = RESULTS[Result(code)] if code in set(Result) else (code, "info")
    return Tag(str(text), tone)


def facts_of(details: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """The entry's details, a label and a value each; what is empty is left out."""
    return tuple(
        (fact_name(name), _value(value)) for name, value in details.items() if value not in (None, "", [])
    )


def fact_name(name: str) -> str:
    """The label of a detail."""
    return str(_FACTS[name]) if name in _FACTS else name.replace("_", " ")


def _value(value: Any) -> str:
    if isinstance(value, dict) and all(isinstance(one, int) for one in value.values()):
        return ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in value.items())
    if isinstance(value, list) and value and _ROLES.issuperset(map(str, value)):
        return role_list(Role(name) for name in value)
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return ", ".join(value)
    if value in _ROLES:
        return role_list([Role(value)])
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
