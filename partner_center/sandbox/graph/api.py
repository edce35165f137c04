"""Graph v1.0: who is asking, may they, and which function answers."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from partner_center.sandbox import access, tokens
from partner_center.sandbox.access import Need
from partner_center.sandbox.calls import Call, Refused, Reply, dressed, graph_error
from partner_center.sandbox.faults.acting import around_part
from partner_center.sandbox.graph import (
    accounts,
    deleted,
    delta,
    group_work,
    groups,
    licenses,
    mailboxes,
    members,
    organization,
    relationships,
    users,
)
from partner_center.sandbox.graph.batch import run_batch
from partner_center.sandbox.router import Router, route
from partner_center.sandbox.strays import stray
from partner_center.sandbox.world import World

_ROUTES = Router(
    route("GET", "/users", Need.READ, users.list_users),
    route("POST", "/users", Need.USERS, accounts.create_user),
    route("GET", "/users/$count", Need.READ, users.count_users),
    route("GET", "/users/delta", Need.READ, delta.users_delta),
    route("GET", "/users/{user}", Need.READ, users.get_user),
    route("PATCH", "/users/{user}", Need.LICENSES, users.patch_user),
    route("DELETE", "/users/{user}", Need.DELETE, users.delete_user),
    route("POST", "/users/{user}/assignLicense", Need.LICENSES, licenses.assign_license),
    route("POST", "/users/{user}/reprocessLicenseAssignment", Need.LICENSES, licenses.reprocess),
    route("GET", "/users/{user}/licenseDetails", Need.READ, licenses.license_details),
    route("GET", "/users/{user}/mailboxSettings", Need.READ, users.mailbox_settings),
    route("GET", "/reports/getMailboxUsageDetail/{period}", Need.READ, mailboxes.usage_detail),
    route("GET", "/groups", Need.READ, groups.list_groups),
    route("GET", "/groups/{group}", Need.READ, groups.get_group),
    route("PATCH", "/groups/{group}", Need.USERS, members.add_members),
    route("GET", "/groups/{group}/members", Need.READ, members.list_members),
    route("GET", "/groups/{group}/members/graph.user", Need.READ, members.list_users),
    route("POST", "/groups/{group}/members/$ref", Need.USERS, members.add_member),
    route("DELETE", "/groups/{group}/members/{user}/$ref", Need.USERS, members.remove_member),
    route("GET", "/groups/{group}/membersWithLicenseErrors", Need.READ, members.members_with_errors),
    route("POST", "/groups/{group}/assignLicense", Need.GROUP_LICENSES, groups.assign_license),
    route("GET", "/directory/deletedItems/graph.user", Need.READ, deleted.list_deleted),
    route("GET", "/directory/deletedItems/{item}", Need.READ, deleted.get_deleted),
    route("DELETE", "/directory/deletedItems/{item}", Need.DELETE, deleted.purge),
    route("POST", "/directory/deletedItems/{item}/restore", Need.USERS, deleted.restore),
    route("GET", "/subscribedSkus", Need.READ, organization.list_skus),
    route("GET", "/subscribedSkus/{sku}", Need.READ, organization.get_sku),
    route("GET", "/directory/subscriptions", Need.READ, organization.list_subscriptions),
    route("GET", "/directory/subscriptions/{subscription}", Need.READ, organization.get_subscription),
    route("POST", "/directory/subscriptions/{subscription}/takeOver", Need.LICENSES, organization.take_over),
    route("GET", "/organization", Need.READ, organization.organization),
    route("POST", "/directoryObjects/getByIds", Need.READ, organization.by_ids),
    route("GET", "/contracts", Need.PARTNER, relationships.list_contracts),
    route(
        "GET",
        "/tenantRelationships/delegatedAdminRelationships",
        Need.PARTNER,
        relationships.list_relationships,
    ),
    route(
        "GET",
        "/tenantRelationships/delegatedAdminRelationships/{relationship}",
        Need.PARTNER,
        relationships.get_relationship,
    ),
    route("GET", "/tenantRelationships/delegatedAdminCustomers", Need.PARTNER, relationships.list_customers),
)

_AUDIENCES = {tokens.GRAPH, "00000003-0000-0000-c000-000000000000"}
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}  # clients that make the scope from the address they were given
_KEY = re.compile(r"\((?:\w+=)?'([^']*)'\)")


def answer(world: World, call: Call) -> Reply:
    """The answer to one Graph call, `$batch` included; never raises a refusal."""
    try:
        signed = call.signed(_token(call))
        if signed.path == "/$batch" and signed.method == "POST":
            return dressed(run_batch(signed, lambda inner: _part(world, inner)), signed)
    except Refused as refusal:
        return dressed(refusal.reply, call)
    return _single(world, signed)


def _part(world: World, call: Call) -> Reply:
    return around_part(world, call, lambda asked: _single(world, asked))


def _single(world: World, call: Call) -> Reply:
    try:
        return dressed(_routed(world, call), call)
    except Refused as refusal:
        return dressed(refusal.reply, call)
    except OverflowError:  # a number that fits into no column
        return dressed(graph_error(400, "BadRequest", "Unable to read the request.").reply, call)


def _routed(world: World, call: Call) -> Reply:
    path = normalised(call.path)
    found = _ROUTES.find(call.method, path)
    if found is None:
        if _ROUTES.knows(path):
            raise graph_error(405, "Request_BadRequest", "Specified HTTP method is not allowed.")
        segment = path.strip("/").split("/")[0]
        raise graph_error(400, "BadRequest", f"Resource not found for the segment '{segment[:60]}'.")
    entry, parts = found
    if strayed := stray(world.state.db, call, parts.values()):
        world.strays.append(strayed)
    access.check(world.state.db, call.tenant, entry.need)
    group_work.settle(world, call.tenant)
    return entry.answer(world, call, parts)


def normalised(path: str) -> str:
    """One spelling of a path: casts shortened, `delta()` without brackets, keys in brackets as segments."""
    path = path.replace("microsoft.graph.", "graph.").replace("graph.delta", "delta")
    return _KEY.sub(r"/\1", path.removesuffix("()").replace("()/", "/"))


def _token(call: Call) -> tokens.Token:
    scheme, _, text = call.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not text:
        raise graph_error(401, "InvalidAuthenticationToken", "Access token is empty.")
    try:
        token = tokens.read(text)
    except tokens.BadToken as problem:
        raise graph_error(401, "InvalidAuthenticationToken", "CompactToken parsing failed.") from problem
    if token.expired:
        raise graph_error(401, "InvalidAuthenticationToken", "Access token has expired or is not yet valid.")
    if token.audience not in _AUDIENCES and urlsplit(token.audience).hostname not in _LOOPBACK:
        raise graph_error(
            401, "InvalidAuthenticationToken", "Access token validation failure. Invalid audience."
        )
    return token
