"""The audit as a table that spreadsheets open without harm, written while it is read."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence

from flask import Response, stream_with_context
from sqlalchemy.orm import Session

from partner_center.audit.models import AuditEntry
from partner_center.audit.queries import Asked, Sight, read_entries
from partner_center.changes.table import defuse, delimiter_for
from partner_center.customers.visibility import names_of
from partner_center.extensions import db
from partner_center.staff.actor import Actor
from partner_center.web.language import current_language

COLUMNS = (
    "entry", "time_utc", "person", "action", "customer", "subject", "result", "details", "request_id", "hash",
)  # fmt: skip
AT_ONCE = 200


def table_response(actor: Actor, sight: Sight, asked: Asked) -> Response:
    """All entries of `asked` as an attachment, the one about this download among them."""
    body = _table(actor, sight, asked, delimiter_for(current_language()))
    response = Response(stream_with_context(body), mimetype="text/csv")
    response.headers["Content-Disposition"] = 'attachment; filename="activity.csv"'
    return response


def _table(actor: Actor, sight: Sight, asked: Asked, delimiter: str) -> Iterator[bytes]:
    """Read in a session of its own: the request's ends before the last row is sent."""
    yield "\ufeff".encode() + _lines([COLUMNS], delimiter)
    with Session(db.engine) as session:
        for entries in _batches(read_entries(session, sight, asked)):
            names = names_of(session, actor, {entry.customer_id for entry in entries if entry.customer_id})
            yield _lines([_cells(entry, names) for entry in entries], delimiter)


def _batches(entries: Iterable[AuditEntry]) -> Iterator[list[AuditEntry]]:
    batch: list[AuditEntry] = []
    for entry in entries:
        batch.append(entry)
        if len(batch) == AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch


def _cells(entry: AuditEntry, names: dict[int, str]) -> tuple[str, ...]:
    return (
        str(entry.id),
        entry.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        entry.actor_name,
        entry.action,
        names.get(entry.customer_id or 0, ""),
        entry.subject,
        entry.result,
        json.dumps(entry.details, ensure_ascii=False),
        entry.request_id,
        entry.hash,
    )


def _lines(rows: Iterable[Sequence[str]], delimiter: str) -> bytes:
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=delimiter, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerows([defuse(cell) for cell in row] for row in rows)
    return buffer.getvalue().encode("utf-8")
