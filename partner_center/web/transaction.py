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
from sqlalchemy import Connection, Engine, event

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
_ONLY_READS = "transaction.only_reads"


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


def keep() -> None:
    """Commit what was done so far, whatever becomes of the rest: a count of tries outlives a refusal."""
    db.session.commit()
    abandon()


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
    elif edge.writing:
        db.session.rollback()
    else:
        db.session.close()  # nothing to take back, and nothing to read again
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


def keep_safe_methods_safe(engine: Engine) -> None:
    """Have the database itself refuse what a request that may only read would write.

    The pool is shared with the workers, so every transaction says anew whether it may write. SQLite is
    told only where that differs from the connection's last one: telling it makes it forget all statements
    it has prepared, which costs more than the questions of a page. To be called before `prepare_sqlite`:
    a connection that may not write can't take the write lock either.
    """

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("sqlite_immediate")  # a job's, begun to write
        only_reads = has_request_context() and not _edge().writing and not writes
        dialect = connection.dialect.name
        if dialect == "sqlite" and connection.info.get(_ONLY_READS, False) is not only_reads:
            connection.exec_driver_sql(f"PRAGMA query_only={'ON' if only_reads else 'OFF'}")
            connection.info[_ONLY_READS] = only_reads
        elif dialect == "postgresql" and only_reads:
            # one moment for the whole page, as SQLite gives it: counts, names and pages of one list agree
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
