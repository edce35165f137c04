"""What a fault does to a call: around a whole HTTP call, or around one request inside a `$batch`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from partner_center.sandbox import tokens
from partner_center.sandbox.calls import Call, Refused, Reply, dressed, graph_error, partner_error
from partner_center.sandbox.edits import edit
from partner_center.sandbox.faults.rules import OF_ANSWERS, Asked, Fault, Rule, When
from partner_center.sandbox.world import World

Handle = Callable[[Call], Reply]
_GATEWAY = "<html><head><title>504 Gateway Time-out</title></head><body>504 Gateway Time-out</body></html>"
_WORDS = {
    429: ("TooManyRequests", "Please retry again later."),
    500: ("InternalServerError", "An internal server error occurred."),
    503: ("ServiceNotAvailable", "The service is temporarily unavailable. Please retry later."),
    504: ("GatewayTimeout", "The gateway did not receive a timely response."),
}


class Dropped(Exception):
    """The connection ends here, without a byte of an answer."""


def around(world: World, call: Call, handle: Handle) -> Reply:
    """The answer to one HTTP call, with whatever strikes it. Raises Dropped."""
    if world.faults.has_ended(call.headers.get("authorization", "")):
        return _ended_token(call)
    return _struck(world, call, _asked(call), handle)


def around_part(world: World, call: Call, handle: Handle) -> Reply:
    """The answer to one request inside a `$batch`."""
    return _struck(world, call, replace(_asked(call), is_part=True), handle)


def _asked(call: Call) -> Asked:
    """The tenant is the token's; at Partner Center and the token endpoint the one in the path."""
    base = urlsplit(call.base).path
    parts = call.path.strip("/").split("/")
    tenant = parts[0] if base == "/login" else ""
    if base == "/partnercenter" and parts[1:2] == ["customers"]:
        tenant = (parts[2:3] or [""])[0]
    elif base == "/graph/v1.0":
        tenant = _token_tenant(call)
    return Asked(call.method, base + call.path, tenant.lower())


def _token_tenant(call: Call) -> str:
    try:
        token = call.token or tokens.read(call.headers.get("authorization", "").partition(" ")[2])
    except tokens.BadToken:
        return ""
    return token.tenant


def _struck(world: World, call: Call, asked: Asked, handle: Handle) -> Reply:
    rules = world.faults.struck(asked)
    for rule in rules:
        if rule.when is When.BEFORE and rule.fault not in OF_ANSWERS:
            for reply in _act(world, call, asked, rule):
                return reply
    partly = next((rule for rule in rules if rule.fault is Fault.LOSE_BATCH), None)
    reply = handle(_cut(world, call, partly) if partly else call)
    for rule in rules:
        if rule.fault in OF_ANSWERS:
            reply = _spoiled(world, reply, rule)
        elif rule.when is When.AFTER:
            for other in _act(world, call, asked, rule):
                return other
    return reply


def _act(world: World, call: Call, asked: Asked, rule: Rule) -> Iterator[Reply]:
    """Do it; what it yields is the answer."""
    match rule.fault:
        case Fault.SLOW:
            time.sleep(rule.seconds)
        case Fault.EDIT:
            _meddle(world, asked, rule)
        case Fault.DROP:
            raise Dropped
        case Fault.EXPIRE_TOKEN:
            if authorization := call.headers.get("authorization"):
                world.faults.end_token(authorization)
                yield _ended_token(call)
        case Fault.THROTTLE:
            yield _refusal(call, 429, rule.retry_after)
        case Fault.ERROR:
            yield _refusal(call, rule.status, rule.retry_after)


def _meddle(world: World, asked: Asked, rule: Rule) -> None:
    """Another administrator acts. What Microsoft refuses them is their trouble; `any` is some living user."""
    body: dict[str, Any] = {"tenant": asked.tenant, **rule.edit}
    if body.get("user") == "any":
        ids = [
            row["id"]
            for row in world.state.db.execute(
                "SELECT id FROM user WHERE tenant = ? AND deleted_at IS NULL ORDER BY number",
                (body["tenant"],),
            )
        ]
        if not ids:
            return
        body["user"] = ids[world.faults.pick(rule, len(ids))]
    try:
        edit(world, body)
    except Refused:
        return


def _cut(world: World, call: Call, rule: Rule) -> Call:
    """A `$batch` of which only the first requests, a random number of them, are carried out."""
    requests = call.body.get("requests") if isinstance(call.body, dict) else None
    if not isinstance(requests, list) or not requests:
        return call
    reached = world.faults.pick(rule, len(requests) + 1)
    return replace(call, body={**call.body, "requests": requests[:reached]})


def _spoiled(world: World, reply: Reply, rule: Rule) -> Reply:
    if rule.fault is Fault.LOSE_BATCH:
        return Reply(504, _GATEWAY.encode(), {"Content-Type": "text/html"})
    if rule.fault is Fault.MALFORMED:
        whole = reply.encoded()
        return replace(reply, body=whole[: len(whole) // 2] + b'{"')
    answers = reply.body.get("responses") if isinstance(reply.body, dict) else None
    if not isinstance(answers, list) or not answers:
        return reply
    left_out = world.faults.pick(rule, len(answers))
    return replace(reply, body={"responses": answers[:left_out] + answers[left_out + 1 :]})


def _refusal(call: Call, status: int, retry_after: int | None) -> Reply:
    """An error in the envelope of whoever was asked."""
    code, message = _WORDS.get(status, ("UnknownError", "An error occurred."))
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    base = urlsplit(call.base).path
    if base == "/partnercenter":
        reply = partner_error(status, status, message).reply
        return replace(reply, headers=headers)
    if base == "/login":
        return Reply(status, {"error": "temporarily_unavailable", "error_description": message}, headers)
    return dressed(graph_error(status, code, message, headers).reply, call)


def _ended_token(call: Call) -> Reply:
    if urlsplit(call.base).path == "/partnercenter":
        return partner_error(401, 400, "Access denied.").reply
    text = "Access token has expired or is not yet valid."
    return dressed(graph_error(401, "InvalidAuthenticationToken", text).reply, call)
