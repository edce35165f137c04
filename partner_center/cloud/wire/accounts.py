"""Accounts: making, blocking, deleting and restoring users; the bin and the tenant's domains."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

from partner_center.cloud.errors import DamagedAnswer
from partner_center.cloud.port import (
    AccountRequest,
    Answer,
    DeletedUser,
    NewUser,
    RemoteOrganization,
    RemoteUser,
    Verdict,
)
from partner_center.cloud.wire.batch import UNKNOWN, ItemReply, item, refused_item
from partner_center.cloud.wire.values import guid, moment, optional, understood

DELETED = "id,displayName,userPrincipalName,deletedDateTime"
ORGANIZATION = "verifiedDomains,defaultUsageLocation"
_MADE = 201


def new_item(user: NewUser) -> dict[str, Any]:
    """POST /users with the five properties it demands (user-post-users), and what else is known."""
    return item(
        "POST",
        "/users",
        {
            "accountEnabled": True,
            "displayName": user.display_name,
            "mailNickname": user.user_principal_name.partition("@")[0],
            "userPrincipalName": user.user_principal_name,
            "usageLocation": user.usage_location,
            "passwordProfile": _temporary(user.password),
            **user.details,
        },
    )


def new_answer(reply: ItemReply | None, asked: NewUser, now: datetime) -> Answer:
    """What became of one POST. The answer tells the default properties only; the others are as asked."""
    if reply is None or reply.status != _MADE:
        return refused_item(reply, now)
    try:
        with understood("users"):
            user = _made(reply.body, asked)
    except DamagedAnswer:
        return UNKNOWN
    return Answer(Verdict.DONE, request_id=reply.headers.get("request-id"), user=user)


def account_item(request: AccountRequest) -> dict[str, Any]:
    """PATCH of what is asked."""
    body: dict[str, Any] = {}
    if request.enabled is not None:
        body["accountEnabled"] = request.enabled
    if request.password is not None:
        body["passwordProfile"] = _temporary(request.password)
    return item("PATCH", f"/users/{quote(request.graph_id)}", body)


def delete_item(graph_id: str) -> dict[str, Any]:
    """DELETE of one user: into the bin (user-delete)."""
    return {"method": "DELETE", "url": f"/users/{quote(graph_id)}"}


def restore_item(graph_id: str) -> dict[str, Any]:
    """POST …/restore (directory-deleteditems-restore)."""
    return item("POST", f"/directory/deletedItems/{quote(graph_id)}/restore", {})


def read_deleted(body: Mapping[str, Any]) -> list[DeletedUser]:
    """A page of the bin."""
    with understood("deleted users"):
        return [
            DeletedUser(
                guid(one["id"]),
                one.get("displayName") or one.get("userPrincipalName") or one["id"],
                one.get("userPrincipalName") or "",
                moment(one.get("deletedDateTime")),
            )
            for one in body["value"]
        ]


def read_organization(body: Mapping[str, Any]) -> RemoteOrganization:
    """The one object of the list. Users can't be made in federated domains, so those are left out."""
    with understood("organizations"):
        told = body["value"][0]
        usable = [one for one in told["verifiedDomains"] if one.get("type") != "Federated"]
        names = [str(one["name"]).lower() for one in sorted(usable, key=lambda one: not one.get("isDefault"))]
        return RemoteOrganization(tuple(names), optional(told.get("defaultUsageLocation")))


def _temporary(password: str) -> dict[str, Any]:
    return {"password": password, "forceChangePasswordNextSignIn": True}


def _made(body: Mapping[str, Any], asked: NewUser) -> RemoteUser:
    return RemoteUser(
        graph_id=guid(body["id"]),
        display_name=body.get("displayName") or asked.display_name,
        user_principal_name=body.get("userPrincipalName") or asked.user_principal_name,
        mail=optional(body.get("mail")),
        department=optional(asked.details.get("department")),
        usage_location=asked.usage_location,
        user_type="Member",
        account_enabled=True,
        licenses=(),
    )
