"""Writing audit entries. The caller's transaction carries them: the deed and its entry, or neither."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session
from structlog.contextvars import get_contextvars

from partner_center.audit.models import AuditEntry
from partner_center.shared import clock
from partner_center.staff.actor import Actor


class Action(StrEnum):
    """What can happen here. A value once written is never renamed."""

    SIGNED_IN = "signed_in"
    SIGN_IN_REFUSED = "sign_in_refused"
    SIGNED_OUT = "signed_out"
    SETTINGS_CHANGED = "settings_changed"
    STAFF_ADDED = "staff_added"
    STAFF_CHANGED = "staff_changed"
    REFUSED = "refused"
    SYNC_REQUESTED = "sync_requested"
    CHANGE_SAVED = "change_saved"
    CHANGE_DISCARDED = "change_discarded"
    CHANGE_RETRIED = "change_retried"
    CHANGE_UNDO_PLANNED = "change_undo_planned"
    CHANGE_FINISHED = "change_finished"
    CHANGE_SEALED = "change_sealed"
    CHANGE_EXPORTED = "change_exported"
    SEATS_ORDERED = "seats_ordered"
    SEATS_ORDER_FINISHED = "seats_order_finished"


def record(
    session: Session,
    actor: Actor | None,
    action: Action,
    *,
    customer_id: int | None = None,
    subject: str = "",
    actor_id: int | None = None,
    actor_name: str | None = None,
    **details: Any,
) -> AuditEntry:
    """One entry, flushed with the deed.

    `actor` is None for the command line and for people not signed in; `actor_id` and `actor_name` then
    say what is known of them. `subject` is the reference or address acted on; `details` must be JSON and
    never hold a secret. The request id is the one bound to the log context.
    """
    entry = AuditEntry(
        at=clock.now(),
        action=action,
        actor_id=actor.id if actor else actor_id,
        actor_name=_clip(actor.name if actor else actor_name or "", 320),
        customer_id=customer_id,
        subject=_clip(subject, 200),
        details=details,
        request_id=_clip(str(get_contextvars().get("request_id", "")), 64),
    )
    session.add(entry)
    session.flush()
    return entry


def _clip(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"
