"""One request, one transaction, decided at the edge: the deed, its audit entry and its job, or none.

Safe methods can't write: the database itself refuses. Unsafe methods take the write lock before the
view reads anything; an answer below 400 commits, everything else rolls back. A refusal, and the reading of
what is told outside, is kept for the audit in a transaction of its own, after that.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from flask import Flask, Response, current_app, g, has_request_context, request
from sqlalchemy import Connection, event
from sqlalchemy.orm import Session, SessionTransaction

from partner_center.audit import service as audit
from partner_center.audit.service import Action
from partner_center.extensions import db
from partner_center.jobs.wakers import wake_after_commit
from partner_center.shared.orm import BEGIN_IMMEDIATE
from partner_center.staff.actor import Actor
from partner_center.web.request import path_to_tell

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
View = TypeVar("View", bound=Callable[..., Any])
_LATE = "__locks_late__"


@dataclass(slots=True)
class _Note:
    action: Action
    actor: Actor | None
    customer_id: int | None
    subject: str
    details: dict[str, Any]


@dataclass(slots=True)
class _Edge:
    writing: bool = False
    settled: bool = False
    hooks: list[Callable[[], None]] = field(default_factory=list)
    notes: list[_Note] = field(default_factory=list)


def register(app: Flask) -> None:
    """Begin before every view of `app`, settle after it."""
    app.before_request(_begin)
    app.after_request(_settle)


def locks_late(view: View) -> View:
    """The view does slow work first and calls `lock` itself before it writes."""
    setattr(view, _LATE, True)
    return view


def lock() -> None:
    """Begin a transaction that may write; whatever was read before is read again when asked for."""
    _edge().writing = True
    db.session.rollback()
    db.session.connection(execution_options=BEGIN_IMMEDIATE)


def after_commit(hook: Callable[[], None]) -> None:
    """Run `hook` once this request's transaction is committed; never when it is rolled back."""
    _edge().hooks.append(hook)


def note_refusal(
    reason: str,
    *,
    actor: Actor | None,
    action: Action = Action.REFUSED,
    customer_id: int | None = None,
    subject: str = "",
    **details: Any,
) -> None:
    """Have the audit keep that this was refused, although the deed itself is rolled back."""
    details["reason"] = reason
    note(action, actor=actor, customer_id=customer_id, subject=subject, **details)


def note_export(actor: Actor, what: str, *, customer_id: int | None = None, subject: str = "") -> None:
    """Have the audit keep that this was downloaded, before its first byte is sent."""
    if request.method == "GET":  # HEAD carries nothing away
        note(Action.EXPORTED, actor=actor, customer_id=customer_id, subject=subject, what=what)


def note(
    action: Action, *, actor: Actor | None, customer_id: int | None = None, subject: str = "", **details: Any
) -> None:
    """Have the audit keep this whatever becomes of the request's own transaction: a refusal, a reading.

    It is written before the answer leaves; where it can't be written there is no answer.
    """
    _edge().notes.append(_Note(action, actor, customer_id, subject or path_to_tell(), details))


def abandon() -> None:
    """Roll back now: an error page is about to be made, with reading only."""
    _edge().writing = False
    db.session.rollback()


def _begin() -> None:
    view = current_app.view_functions.get(request.endpoint or "")
    if request.method not in SAFE_METHODS and view is not None and not hasattr(view, _LATE):
        lock()


def _settle(response: Response) -> Response:
    edge = _edge()
    if edge.settled:  # a second answer: making the first one failed
        return response
    edge.settled = True
    if edge.writing and response.status_code < 400:
        db.session.commit()
        for hook in edge.hooks:
            hook()
    else:
        db.session.rollback()
    if edge.notes:
        _keep(edge.notes)
    return response


def _keep(notes: list[_Note]) -> None:
    lock()
    for each in notes:
        audit.record(
            db.session(),
            each.actor,
            each.action,
            customer_id=each.customer_id,
            subject=each.subject,
            **each.details,
        )
    db.session.commit()


def _edge() -> _Edge:
    if "edge" not in g:
        g.edge = _Edge()
    edge: _Edge = g.edge
    return edge


def _wake_workers() -> None:
    current_app.extensions["waker"].wake()


wake_after_commit(db.session, _wake_workers)


@event.listens_for(db.session, "after_begin")
def _keep_safe_methods_safe(
    _session: Session, _transaction: SessionTransaction, connection: Connection
) -> None:
    if not has_request_context():
        return
    dialect = connection.dialect.name
    if dialect == "sqlite":
        connection.exec_driver_sql(f"PRAGMA query_only={'OFF' if _edge().writing else 'ON'}")
    elif dialect == "postgresql" and not _edge().writing:
        # one moment for the whole page, as SQLite gives it: counts, names and pages of one list agree
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")


def release_connections(engine: Any) -> None:
    """Give SQLite connections back able to write: the pool is shared with the workers."""
    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine, "reset")
    def _writable(connection: Any, _record: Any, _state: Any) -> None:
        connection.execute("PRAGMA query_only=OFF")
