"""A change's plan and result as a table that spreadsheets open without harm."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Response, stream_with_context
from sqlalchemy.orm import Session

from partner_center.changes import queries
from partner_center.changes.table import COLUMNS, TableRow, delimiter_for, write_table
from partner_center.extensions import db
from partner_center.staff.actor import Actor
from partner_center.web.language import current_language
from partner_center.web.reasons import explain
from partner_center.web.transaction import note_export


def table_response(actor: Actor, customer_id: int, ref: str, what: str) -> Response:
    """The table as an attachment, written while it is read: a million rows never stand in memory.

    `what` is plan or result. Raises NotFound before anything is sent.
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
    response = Response(stream_with_context(body), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{ref}-{what}.csv"'
    return response


def _rows(actor: Actor, customer_id: int, ref: str, *, what: str, language: str) -> Iterator[TableRow]:
    """Read in a session of its own: the request's ends before the last row is sent."""
    rows_of = queries.plan_rows if what == "plan" else queries.result_rows
    with Session(db.engine) as session:
        yield from rows_of(session, actor, customer_id, ref, language)
