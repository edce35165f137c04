"""What can happen here, and how it can end. Pure. A value once written is never renamed."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any


class Action(StrEnum):
    """What can happen here."""

    SIGNED_IN = "signed_in"
    SIGN_IN_REFUSED = "sign_in_refused"
    SIGNED_OUT = "signed_out"
    PASSWORD_SET = "password_set"  # noqa: S105 - the name of a deed
    SECOND_FACTOR_SET_UP = "second_factor_set_up"
    RECOVERY_CODES_RENEWED = "recovery_codes_renewed"
    SESSION_ENDED = "session_ended"
    SETTINGS_CHANGED = "settings_changed"
    STAFF_ADDED = "staff_added"
    STAFF_CHANGED = "staff_changed"
    STAFF_INVITED = "staff_invited"
    STAFF_LINK_RENEWED = "staff_link_renewed"
    STAFF_ROLES_CHANGED = "staff_roles_changed"
    STAFF_SCOPE_CHANGED = "staff_scope_changed"
    STAFF_SUSPENDED = "staff_suspended"
    STAFF_REACTIVATED = "staff_reactivated"
    STAFF_SECOND_FACTOR_RESET = "staff_second_factor_reset"
    ROLES_EDITED = "roles_edited"
    REFUSED = "refused"
    EXPORTED = "exported"
    SYNC_REQUESTED = "sync_requested"
    CHANGE_SAVED = "change_saved"
    CHANGE_DISCARDED = "change_discarded"
    CHANGE_RETRIED = "change_retried"
    CHANGE_UNDO_PLANNED = "change_undo_planned"
    CHANGE_PAUSED = "change_paused"
    CHANGE_RESUMED = "change_resumed"
    CHANGE_STOPPED = "change_stopped"
    CHANGE_FINISHED = "change_finished"
    CHANGE_SEALED = "change_sealed"
    CHANGE_EXPORTED = "change_exported"
    TEMPLATE_MADE = "template_made"
    TEMPLATE_CHANGED = "template_changed"
    TEMPLATE_DELETED = "template_deleted"
    SEATS_ORDERED = "seats_ordered"
    SEATS_ORDER_FINISHED = "seats_order_finished"
    USERS_ORDERED = "users_ordered"
    USERS_ORDER_FINISHED = "users_order_finished"
    PASSWORDS_SHOWN = "passwords_shown"
    SECRETS_ROTATED = "secrets_rotated"
    GROUP_ORDERED = "group_ordered"
    GROUP_ORDER_FINISHED = "group_order_finished"
    TAKEOVER_ASKED = "takeover_asked"
    TAKEOVER_FINISHED = "takeover_finished"


class Result(StrEnum):
    """How a deed ended."""

    DONE = "done"
    PARTLY = "partly"
    FAILED = "failed"
    REFUSED = "refused"


_REFUSALS = frozenset({Action.REFUSED, Action.SIGN_IN_REFUSED})
_WITH_STATE = frozenset({Action.SEATS_ORDER_FINISHED, Action.TAKEOVER_FINISHED})
_GOOD = ("done", "already_so", "already")


def result_of(action: Action, details: Mapping[str, Any]) -> Result:
    """How the deed that `details` tells of ended.

    A finished change is done when every user is as asked; a finished order when its state says so.
    """
    if action in _REFUSALS:
        return Result.REFUSED
    if action in (Action.CHANGE_FINISHED, Action.USERS_ORDER_FINISHED):
        users = details.get("users", {})
        good = sum(users.get(outcome, 0) for outcome in _GOOD)
        if good == users.get("requested", good):
            return Result.DONE
        return Result.PARTLY if good else Result.FAILED
    if action in _WITH_STATE and details.get("state") != "done":
        return Result.FAILED
    if action is Action.GROUP_ORDER_FINISHED and details.get("state") != "done":
        return Result.PARTLY if details.get("state") == "partly" else Result.FAILED
    return Result.DONE
