"""$search on users: `"displayName:a b" AND "mail:x"`, as SQL."""

from __future__ import annotations

import re

from partner_center.sandbox.calls import graph_error
from partner_center.sandbox.odata.where import Where

_CLAUSE = re.compile(r'\s*"(?P<path>\w+):(?P<text>(?:[^"\\]|\\.)*)"\s*')
_WORDS = {"displayName": "display_name", "department": "department", "jobTitle": "job_title"}
_STARTS = {
    "mail": "fold(mail)",
    "userPrincipalName": "upn_key",
    "givenName": "fold(given_name)",
    "surname": "fold(surname)",
}


def user_search(text: str) -> Where:
    """The condition a $search stands for; 400 when it is no search Graph knows."""
    sql: list[str] = []
    values: list[str | int | bool | None] = []
    position = 0
    while True:
        match = _CLAUSE.match(text, position)
        if match is None:
            raise _syntax(text)
        clause, value = _clause(match["path"], re.sub(r"\\(.)", r"\1", match["text"]))
        sql.append(clause)
        values += value
        position = match.end()
        if position == len(text):
            return Where(f"({' '.join(sql)})", values, advanced=True)
        joint = re.compile(r"(AND|OR)\b").match(text, position)
        if joint is None:
            raise _syntax(text)
        sql.append(joint[1])
        position = joint.end()


def _clause(path: str, text: str) -> tuple[str, list[str | int]]:
    if path in _WORDS:
        return f"has_words({_WORDS[path]}, ?)", [text]
    if path in _STARTS:
        wanted = text.strip().casefold()
        return f"substr({_STARTS[path]}, 1, ?) = ?", [len(wanted), wanted]
    raise graph_error(
        400, "Request_UnsupportedQuery", f"Property '{path}' of resource 'User' can't be searched."
    )


def _syntax(text: str) -> Exception:
    return graph_error(
        400, "Request_BadRequest", f"Syntax error: character is not valid in search query '{text[:80]}'."
    )
