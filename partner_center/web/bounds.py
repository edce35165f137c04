"""Requests that can't be meant are turned away before anything reads them."""

from __future__ import annotations

from urllib.parse import unquote_to_bytes

from flask import request
from flask_babel import gettext
from werkzeug.exceptions import BadRequest, NotFound, RequestEntityTooLarge, RequestURITooLarge

LONGEST_BODY = 2 * 1024 * 1024
LONGEST_QUERY = 16 * 1024
LARGEST_NUMBER = 2**31 - 1  # what an INTEGER column of any database holds
MOST_FIELDS = 10_000
MOST_PARTS = 2_000
_CROSS_SITE = "cross-site"


def refuse_malformed() -> None:
    """Raise 4xx for undecodable, oversized or nameless input, and for other sites' posts."""
    if len(request.query_string) > LONGEST_QUERY:
        raise RequestURITooLarge(gettext("This address is too long. Shorten the search."))
    path = request.environ.get("PATH_INFO", "").encode("latin-1", "replace")
    for raw in (path, unquote_to_bytes(request.query_string)):
        _demand_text(raw)
    for value in (request.view_args or {}).values():
        if isinstance(value, int) and value > LARGEST_NUMBER:
            raise NotFound
    if request.method not in {"GET", "HEAD"}:
        _refuse_malformed_form()


def _refuse_malformed_form() -> None:
    if request.headers.get("Sec-Fetch-Site") == _CROSS_SITE:
        raise BadRequest(gettext("This form was sent from another site. Open the page here and try again."))
    fields = request.form
    if len(fields) > MOST_FIELDS:
        raise RequestEntityTooLarge(gettext("This form has too many fields. Select fewer at a time."))
    for names in (fields, request.files):
        if any(name is None for name in names):  # Flask-WTF 1.3.0 would answer 500
            raise BadRequest(gettext("A part of this form has no name. Go back and try again."))
    for name, values in fields.lists():
        if "\0" in name or any("\0" in value for value in values):
            raise BadRequest(_unreadable())


def _demand_text(raw: bytes) -> None:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise BadRequest(_unreadable()) from None
    if "\0" in text:
        raise BadRequest(_unreadable())


def _unreadable() -> str:
    return str(gettext("This request has characters that can't be read. Go back and type it again."))
