"""The log: one JSON object a line, whoever writes it."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from structlog.contextvars import bound_contextvars

from partner_center.web import journal


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What is written; afterwards the log goes where it went before."""
    stream = io.StringIO()
    journal.configure_logging(stream=stream)
    yield stream
    journal.configure_logging()


def test_a_line_that_cannot_be_written_stops_nobody(log: io.StringIO) -> None:
    class Full(io.StringIO):
        def write(self, _line: str) -> int:
            raise OSError(28, "No space left on device")

    journal.configure_logging(stream=Full())
    structlog.get_logger("ours").info("saved")
    logging.getLogger("theirs").warning("slow")


def lines(log: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


def test_our_lines_and_the_libraries_have_one_shape(log: io.StringIO) -> None:
    with bound_contextvars(request_id="r-1"):
        structlog.get_logger("ours").info("saved", users=3)
        logging.getLogger("waitress").warning("queue is %d deep", 5)
    ours, theirs = lines(log)
    assert (ours["event"], ours["users"], ours["level"], ours["request_id"]) == ("saved", 3, "info", "r-1")
    assert (theirs["event"], theirs["logger"], theirs["level"]) == ("queue is 5 deep", "waitress", "warning")
    assert theirs["request_id"] == "r-1"
    assert str(ours["timestamp"]).endswith("Z")


def test_an_exception_is_one_line_without_local_variables(log: io.StringIO) -> None:
    token = "a-refresh-token"
    for logger in (structlog.get_logger("ours"), logging.getLogger("theirs")):
        try:
            raise RuntimeError("boom" if token else "")
        except RuntimeError:
            logger.error("failed", exc_info=True)
    assert [str(line["exception"]).endswith("RuntimeError: boom") for line in lines(log)] == [True, True]
    assert token not in log.getvalue()


def test_text_from_outside_can_not_start_a_line(log: io.StringIO) -> None:
    structlog.get_logger().info("request", path='/a\n{"event": "forged"}')
    assert len(lines(log)) == 1


def test_debugging_stays_out(log: io.StringIO) -> None:
    structlog.get_logger().debug("details")
    logging.getLogger("urllib3").debug("details")
    assert log.getvalue() == ""


def test_whoever_has_configured_logging_is_left_alone(log: io.StringIO) -> None:
    journal.configure_once()
    structlog.get_logger().info("still here")
    assert len(lines(log)) == 1
