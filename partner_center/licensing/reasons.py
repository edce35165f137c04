"""Why something can't be done or was not done, beside Microsoft's own reasons, and what mends it. Pure."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType

from partner_center.cloud.port import Reason


class OwnReason(StrEnum):
    """Reasons this product finds by itself; Microsoft's are in `cloud.port.Reason`."""

    SUSPENDED = "suspended"
    COMPANY_SCOPE = "company_scope"
    KEPT_TOGETHER = "kept_together"
    LOCATION_NOT_SET = "location_not_set"
    CHANGED = "changed"
    ACCESS_LOST = "access_lost"
    ROLE_LOST = "role_lost"
    STOPPED = "stopped"
    STOPPED_BY = "stopped_by_person"
    GROUP_GONE = "group_gone"
    GROUP_TOGETHER = "group_together"
    NOT_WORKED_OFF = "not_worked_off"


class Fix(StrEnum):
    """What a person can do about it; the page puts the button or link beside the reason."""

    BUY = "buy"
    SET_LOCATION = "set_location"
    REVIEW_PLANS = "review_plans"
    REVOKE_OTHER = "revoke_other"
    OPEN_GROUP = "open_group"
    TAKE_OVER = "take_over"
    ASK_ACCESS = "ask_access"
    COPY_DETAILS = "copy_details"
    RENEW = "renew"
    RETRY = "retry"
    REPLAN = "replan"
    NONE = "none"


_FIXES: MappingProxyType[str, Fix] = MappingProxyType(
    {
        Reason.NO_SEATS: Fix.BUY,
        Reason.CONFLICT: Fix.REVIEW_PLANS,
        Reason.DEPENDENCY: Fix.REVOKE_OTHER,
        Reason.LOCATION_MISSING: Fix.SET_LOCATION,
        Reason.LOCATION_PROHIBITED: Fix.SET_LOCATION,
        Reason.ADDRESS_TAKEN: Fix.COPY_DETAILS,
        Reason.INHERITED: Fix.OPEN_GROUP,
        Reason.NOT_OWNED: Fix.BUY,
        Reason.USER_GONE: Fix.REPLAN,
        Reason.NO_RIGHTS: Fix.ASK_ACCESS,
        Reason.TOKEN: Fix.RETRY,
        Reason.BUSY: Fix.RETRY,
        Reason.SELF_SERVICE: Fix.TAKE_OVER,
        Reason.OTHER: Fix.RETRY,
        OwnReason.SUSPENDED: Fix.RENEW,
        OwnReason.KEPT_TOGETHER: Fix.RETRY,
        OwnReason.LOCATION_NOT_SET: Fix.SET_LOCATION,
        OwnReason.CHANGED: Fix.REPLAN,
        OwnReason.ACCESS_LOST: Fix.ASK_ACCESS,
        OwnReason.ROLE_LOST: Fix.ASK_ACCESS,
        OwnReason.GROUP_GONE: Fix.REPLAN,
        OwnReason.GROUP_TOGETHER: Fix.OPEN_GROUP,
        OwnReason.NOT_WORKED_OFF: Fix.OPEN_GROUP,
        OwnReason.STOPPED: Fix.RETRY,
        OwnReason.STOPPED_BY: Fix.RETRY,
    }
)


def fix_of(reason: str) -> Fix:
    """What mends `reason`; `Fix.NONE` where nothing does or the code is not known here."""
    return _FIXES.get(reason, Fix.NONE)
