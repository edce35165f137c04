"""The Partner Center API, /v1: who is asking, and which function answers."""

from __future__ import annotations

from collections.abc import Mapping

from partner_center.sandbox import tokens
from partner_center.sandbox.access import Need
from partner_center.sandbox.calls import Call, Refused, Reply, partner_error
from partner_center.sandbox.demo_identity import PARTNER_TENANT_ID
from partner_center.sandbox.partner import customers, subscriptions
from partner_center.sandbox.router import Router, route
from partner_center.sandbox.world import World
from partner_center.shared import ids

_SUBSCRIPTIONS = "/v1/customers/{customer}/subscriptions"
_ROUTES = Router(
    route("GET", "/v1/customers", Need.NOTHING, customers.list_customers),
    route("GET", "/v1/customers/{customer}", Need.NOTHING, customers.get_customer),
    route("GET", "/v1/relationships", Need.NOTHING, customers.list_resellers),
    route("GET", _SUBSCRIPTIONS, Need.NOTHING, subscriptions.list_subscriptions),
    route("GET", _SUBSCRIPTIONS + "/{subscription}", Need.NOTHING, subscriptions.get_subscription),
    route("PATCH", _SUBSCRIPTIONS + "/{subscription}", Need.NOTHING, subscriptions.patch_subscription),
    route(
        "GET",
        _SUBSCRIPTIONS + "/{subscription}/provisioningstatus",
        Need.NOTHING,
        subscriptions.provisioning,
    ),
)
_AUDIENCES = {tokens.PARTNER_CENTER, "fa3d9a0c-3fb0-42cc-9193-47c7ecd2edbd"}


def answer(world: World, call: Call) -> Reply:
    """The answer to one call; never raises a refusal."""
    try:
        reply = _routed(world, call.signed(_token(call)))
    except Refused as refusal:
        reply = refusal.reply
    return Reply(reply.status, reply.body, {**_headers(call), **reply.headers})


def _routed(world: World, call: Call) -> Reply:
    found = _ROUTES.find(call.method, call.path)
    if found is None:
        known = _ROUTES.knows(call.path)
        raise partner_error(405 if known else 404, 1000, "Not found." if not known else "Method not allowed.")
    entry, parts = found
    return entry.answer(world, call, {name: part.lower() for name, part in parts.items()})


def _headers(call: Call) -> Mapping[str, str]:
    """The request's own ids, sent back."""
    return {
        "Content-Type": "application/json; charset=utf-8",
        "MS-RequestId": call.headers.get("ms-requestid") or call.request_id,
        "MS-CorrelationId": call.headers.get("ms-correlationid") or ids.new_guid(),
        "MS-CV": call.request_id.replace("-", "")[:16] + ".0",
        "MS-ServerId": "000",
    }


def _token(call: Call) -> tokens.Token:
    scheme, _, text = call.headers.get("authorization", "").partition(" ")
    try:
        token = tokens.read(text) if scheme.lower() == "bearer" else None
    except tokens.BadToken:
        token = None
    if token is None or token.expired:
        raise partner_error(401, 400, "Access denied.")
    if token.audience not in _AUDIENCES:
        raise partner_error(401, 900420, "The token's audience is not supported.")
    if token.tenant != PARTNER_TENANT_ID:
        raise partner_error(403, 2032, "Access denied.")
    return token
