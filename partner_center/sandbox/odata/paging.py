"""$top, $select, $orderby, $skiptoken and the links to the next page."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

from partner_center.sandbox.calls import Call, Refused, graph_error

Item = TypeVar("Item")
MOST_A_PAGE = 999
USUAL_A_PAGE = 100


def page_size(call: Call, most: int = MOST_A_PAGE, usual: int = USUAL_A_PAGE) -> int:
    """How many the caller wants at once; 400 outside 1 to `most`."""
    text = call.query.get("$top")
    if text is None:
        return usual
    if not text.isdecimal() or not 1 <= int(text) <= most:
        raise graph_error(
            400,
            "Request_BadRequest",
            f"Invalid page size specified: '{text[:20]}'. Must be between 1 and {most} inclusive.",
        )
    return int(text)


def preferred_size(call: Call, usual: int) -> int:
    """`Prefer: odata.maxpagesize=N`, at most 999."""
    for part in call.headers.get("prefer", "").replace(";", ",").split(","):
        name, _, value = part.strip().partition("=")
        if name.lower() == "odata.maxpagesize" and value.isdecimal() and int(value):
            return min(int(value), MOST_A_PAGE)
    return usual


def selected(text: str | None, known: Collection[str], usual: Sequence[str], kind: str) -> tuple[str, ...]:
    """The properties to show; 400 for one the resource does not have."""
    if not text:
        return tuple(usual)
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    for name in names:
        if name not in known:
            raise graph_error(
                400,
                "BadRequest",
                "Parsing OData Select and Expand failed: Could not find a property named "
                f"'{name[:60]}' on type 'microsoft.graph.{kind}'.",
            )
    return names


def next_link(call: Call, path: str, query: Mapping[str, str]) -> str:
    """An absolute address below the base the caller used."""
    return f"{call.base}{path}?{urlencode(query, quote_via=quote, safe='$,:()')}"


def to_token(value: Any) -> str:
    """An opaque token."""
    return base64.urlsafe_b64encode(json.dumps(value, separators=(",", ":")).encode()).decode().rstrip("=")


def from_token(text: str) -> Any:
    """What an opaque token of ours holds; 400 for anything else."""
    try:
        return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, binascii.Error) as problem:
        raise bad_token() from problem


def offset(call: Call) -> int:
    """Where a page of a short collection starts."""
    token = call.query.get("$skiptoken") or call.query.get("$skipToken")
    start = from_token(token) if token else 0
    if not isinstance(start, int):
        raise bad_token()
    return start


def part_of(
    call: Call, path: str, items: Sequence[Item], size: int, *, countable: bool = True
) -> tuple[Sequence[Item], dict[str, Any]]:
    """The page of a short collection that is asked for, and its count and its link to the next one."""
    start, told = offset(call), dict[str, Any]()
    if countable and call.query.get("$count") == "true" and not start:
        told["@odata.count"] = len(items)
    if len(items) > start + size:
        told["@odata.nextLink"] = next_link(call, path, {**call.query, "$skiptoken": to_token(start + size)})
    return items[start : start + size], told


def bad_token() -> Refused:
    """Graph's answer to a page token it does not know."""
    text = "The specified page token value has expired and can no longer be included in your request."
    return graph_error(400, "Directory_ExpiredPageToken", text)
