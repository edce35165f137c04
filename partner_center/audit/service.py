"""Writing audit entries. The caller's transaction carries them: the deed and its entry, or neither."""

from __future__ import annotations

import json
from typing import Any, Protocol

from sqlalchemy.orm import Session
from structlog.contextvars import get_contextvars

from partner_center.audit.actions import Action, Result, result_of
from partner_center.audit.models import AuditEntry
from partner_center.audit.sealing import append
from partner_center.shared import clock

__all__ = ["Action", "Doer", "Result", "record"]


class Doer(Protocol):
    """Who acts, as far as an entry names them."""

    @property
    def id(self) -> int: ...
    @property
    def name(self) -> str: ...


def record(
    session: Session,
    actor: Doer | None,
    action: Action,
    *,
    customer_id: int | None = None,
    subject: str = "",
    actor_id: int | None = None,
    actor_name: str | None = None,
    **details: Any,
) -> AuditEntry:
    """One entry, stored by the commit that stores the deed; it has no number and no hash before.

    `actor` is None for the command line and for people not signed in; `actor_id` and `actor_name` then
    say what is known of them. `subject` is the reference or address acted on; `details` must be JSON and
    never hold a secret. The request id is the one bound to the log context.
    """
    session.flush()
    told = json.loads(json.dumps(details, allow_nan=False))  # as it will be read back: hashes depend on it
    entry = AuditEntry(
        at=clock.now(),
        action=str(action),
        actor_id=actor.id if actor else actor_id,
        actor_name=_clip(actor.name if actor else actor_name or "", 320),
        customer_id=customer_id,
        subject=_clip(subject, 200),
        result=str(result_of(action, told)),
        details=told,
        request_id=_clip(str(get_contextvars().get("request_id", "")), 64),
    )
    append(session, entry)
    return entry


def _clip(text: str, length: int) -> str:
    storable = text.encode("utf-8", "replace").decode("utf-8").replace("\x00", "")
    return storable if len(storable) <= length else storable[: length - 1] + "…"
