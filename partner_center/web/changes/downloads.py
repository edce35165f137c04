"""What of a change can be taken along: its plan or result as a table, and the sealed evidence."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from flask import Response, request, stream_with_context
from sqlalchemy.orm import Session

from partner_center.audit.service import Action
from partner_center.changes import queries
from partner_center.changes.table import COLUMNS, TableRow, delimiter_for, write_table
from partner_center.extensions import db
from partner_center.staff.actor import Actor
from partner_center.web.language import current_language
from partner_center.web.reasons import explain
from partner_center.web.transaction import note, note_export

Piece = TypeVar("Piece")
_TYPES = {"csv": "text/csv", "json": "application/json"}


def table_response(actor: Actor, customer_id: int, ref: str, what: str) -> Response:
    """The table as an attachment that spreadsheets open without harm; `what` is plan or result.

    It is written while it is read: a million rows never stand in memory. Raises NotFound before anything
    is sent.
    """
    queries.progress(db.session(), actor, customer_id, ref)
    note_export(actor, what, customer_id=customer_id, subject=ref)
    language = current_language()
    body = write_table(
        _rows(actor, customer_id, ref, what=what, language=language),
        delimiter=delimiter_for(language),
        header=COLUMNS,
        wording=explain,
    )
    return _attachment(actor, customer_id, ref, body, name=f"{what}.csv")


def evidence_response(actor: Actor, customer_id: int, ref: str, kind: str) -> Response:
    """The evidence as an attachment, `csv` or `json`. Raises NotFound, and Conflict before it is sealed."""

    def pieces(session: Session) -> Iterator[bytes]:
        return queries.evidence_pieces(session, actor, customer_id, ref, kind)

    pieces(db.session())
    return _attachment(actor, customer_id, ref, _apart(pieces), name=f"evidence.{kind}")


def _attachment(actor: Actor, customer_id: int, ref: str, body: Iterator[bytes], *, name: str) -> Response:
    """The file, and an entry in the audit that it was taken."""
    response = Response(stream_with_context(body), mimetype=_TYPES[name.rpartition(".")[2]])
    response.headers["Content-Disposition"] = f'attachment; filename="{ref}-{name}"'
    if request.method == "GET":
        note(Action.CHANGE_EXPORTED, actor=actor, customer_id=customer_id, subject=ref, file=name)
    return response


def _rows(actor: Actor, customer_id: int, ref: str, *, what: str, language: str) -> Iterator[TableRow]:
    rows_of = queries.plan_rows if what == "plan" else queries.result_rows
    return _apart(lambda session: rows_of(session, actor, customer_id, ref, language))


def _apart(read: Callable[[Session], Iterator[Piece]]) -> Iterator[Piece]:
    """Read in a session of its own: the request's ends before the last row is sent."""
    with Session(db.engine) as session:
        yield from read(session)
