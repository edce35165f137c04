"""A request and its answer, without any web framework; and Microsoft's two shapes of an error."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from partner_center.sandbox.tokens import Token
from partner_center.shared import clock, ids

GRAPH_TYPE = (
    "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"
)


@dataclass(frozen=True, slots=True)
class Call:
    """One request. `path` is decoded and below the API's base; header names are in lower case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any
    base: str
    token: Token | None = None
    request_id: str = field(default_factory=ids.new_guid)
    outer_id: str = ""
    raw_query: str = ""

    @property
    def tenant(self) -> str:
        """The tenant the token was made for: Graph's addresses carry none."""
        if self.token is None:
            raise ValueError("this call was not signed in")
        return self.token.tenant

    @property
    def app_id(self) -> str:
        """The app the token was made for."""
        return self.token.app_id if self.token else ""

    @property
    def eventual(self) -> bool:
        """Whether the caller accepts eventual consistency, which Graph's advanced queries demand."""
        return self.headers.get("consistencylevel", "").lower() == "eventual"

    def fields(self) -> dict[str, Any]:
        """The body as an object; a refusal when it is none."""
        if not isinstance(self.body, dict):
            raise graph_error(400, "Request_BadRequest", "Empty Payload. JSON content expected.")
        return self.body

    def signed(self, token: Token) -> Call:
        """The same call with its token read."""
        return replace(self, token=token)


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer; a body of None is no body, one of bytes is sent as it is."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def encoded(self) -> bytes:
        """The body's bytes."""
        if isinstance(self.body, bytes):
            return self.body
        return b"" if self.body is None else dumps(self.body).encode()


class Refused(Exception):
    """An answer that says no, thrown from wherever it was decided."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(f"{reply.status} {reply.body}")
        self.reply = reply


def dumps(value: Any) -> str:
    """Compact JSON in UTF-8 letters."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def graph_error(status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> Refused:
    """A refusal in Graph's envelope; `dressed` adds the request's own ids."""
    return Refused(Reply(status, {"error": {"code": code, "message": message}}, headers or {}))


def partner_error(status: int, code: int, description: str, *data: str) -> Refused:
    """A refusal in Partner Center's envelope (facts: code is a number in real answers)."""
    body = {"code": code, "description": description, "data": list(data), "source": "PartnerFD"}
    return Refused(Reply(status, body))


def dressed(reply: Reply, call: Call) -> Reply:
    """A Graph answer with the headers every one carries and, in an error, its innerError."""
    client_id = call.headers.get("client-request-id", call.request_id)
    headers = {
        "Content-Type": GRAPH_TYPE,
        "request-id": call.request_id,
        "client-request-id": client_id,
        "x-ms-ags-diagnostic": '{"ServerInfo":{"DataCenter":"Loopback","Slice":"E","Ring":"1"}}',
        "x-ms-resource-unit": "1",
        "OData-Version": "4.0",
    }
    body = reply.body
    if isinstance(body, dict) and isinstance(body.get("error"), dict):
        inner = {
            "date": clock.now().strftime("%Y-%m-%dT%H:%M:%S"),
            "request-id": call.request_id,
            "client-request-id": client_id,
        }
        body = {"error": {**body["error"], "innerError": inner}}
    return Reply(reply.status, body, {**headers, **reply.headers})


def split_url(url: str) -> tuple[str, dict[str, str], str]:
    """Decoded path, query and the raw query of an absolute or relative address."""
    parts = urlsplit(url)
    return unquote(parts.path), dict(parse_qsl(parts.query, keep_blank_values=True)), parts.query
