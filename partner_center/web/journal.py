"""One JSON line for each request: who, what, how it ended. Never a body, a query or a cookie."""

from __future__ import annotations

import logging
import re
import sys
from contextlib import suppress
from typing import TextIO, cast

import structlog
from flask import Flask, Response, g, request
from structlog.contextvars import bind_contextvars, clear_contextvars
from structlog.typing import EventDict, Processor

from partner_center.shared import clock, ids
from partner_center.shared.metrics import REQUESTS
from partner_center.web.request import path_to_tell
from partner_center.web.security import is_static

log = structlog.get_logger(__name__)


_SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]
_ROWS = re.compile(r"^(DETAIL:\s+).*$", re.MULTILINE)
_HANDLER: logging.StreamHandler[TextIO] = logging.StreamHandler()


class _Out:
    """`stream`, or whatever `sys.stderr` is when a line is written.

    A line that can't be written is lost: a full disk must not stop the work that the line tells of.
    """

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream

    def write(self, line: str) -> int:
        with suppress(OSError):
            (self._stream or sys.stderr).write(line)
        return len(line)

    def flush(self) -> None:
        with suppress(OSError):
            (self._stream or sys.stderr).flush()


def _hide_rows(_logger: object, _method: str, line: EventDict) -> EventDict:
    """PostgreSQL tells what stood in the row that it refused: names and addresses of people."""
    if "exception" in line:
        line["exception"] = _ROWS.sub(r"\1…", line["exception"])
    return line


def configure_logging(level: int = logging.INFO, stream: TextIO | None = None) -> None:
    """Send everything, the libraries' lines too, to `stream` (standard error): a JSON object a line."""
    out = cast(TextIO, _Out(stream))
    render: list[Processor] = [
        structlog.processors.format_exc_info,  # without locals: those hold secrets
        _hide_rows,
        structlog.processors.JSONRenderer(),
    ]
    structlog.configure(
        processors=[*_SHARED, *render],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(out),
    )
    _HANDLER.setStream(out)
    remove = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    _HANDLER.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[remove, *render], foreign_pre_chain=[*_SHARED, structlog.stdlib.add_logger_name]
        )
    )
    root = logging.getLogger()
    root.setLevel(level)
    if _HANDLER not in root.handlers:
        root.addHandler(_HANDLER)


def configure_once() -> None:
    """Configure, unless whoever started us has done so: structlog's own default prints local variables."""
    if not structlog.is_configured():
        configure_logging()


def register(app: Flask) -> None:
    """Give each request of `app` an id, and note its end."""
    app.before_request(_begin)
    app.after_request(_note)


def _begin() -> None:
    g.request_id = ids.new_guid()
    g.began_at = clock.now()
    clear_contextvars()
    bind_contextvars(request_id=g.request_id)


def _note(response: Response) -> Response:
    if not is_static():
        passed = clock.now() - g.get("began_at", clock.now())
        route = request.url_rule.rule if request.url_rule else "none"
        REQUESTS.labels(request.method, route, response.status_code).inc()
        log.info(
            "request",
            method=request.method,
            path=path_to_tell(),
            status=response.status_code,
            ms=round(passed.total_seconds() * 1000),
        )
    return response
