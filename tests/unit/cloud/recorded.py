"""Answers as Microsoft gives them, made by hand after its documents, and the settings to ask with."""

from __future__ import annotations

import base64
import json
from typing import Any

import responses

from partner_center.cloud.settings import CloudSettings

PARTNER = "0a000000-0000-4000-8000-00000000000a"
CUSTOMER = "0b000000-0000-4000-8000-00000000000b"
OTHER_CUSTOMER = "0c000000-0000-4000-8000-00000000000c"
ADA = "a0000000-0000-4000-8000-000000000001"
BO = "b0000000-0000-4000-8000-000000000002"
GROUP = "d0000000-0000-4000-8000-000000000003"
E3 = "6fd2c87f-b296-42f0-b197-1e91e994b900"
E5 = "c7df2760-2c81-4ef7-b578-5b5392b571df"
TEAMS = "57ff2da0-773e-42df-b2af-ffb7a2317929"
SWAY = "a23b959c-7ce8-4e57-9140-b90eb88a9e97"

LOGIN = "https://login.microsoftonline.com"
GRAPH = "https://graph.microsoft.com/v1.0"
BATCH = f"{GRAPH}/$batch"
COMMERCE = "https://api.partnercenter.microsoft.com/v1"

SECRET = "canary-client-secret"
REFRESH = "canary-refresh-token"


def settings(**changed: Any) -> CloudSettings:
    """Microsoft's own addresses, short timeouts."""
    given = {"partner_tenant_id": PARTNER, "client_id": "app", "client_secret": SECRET, "read_timeout": 1.0}
    return CloudSettings(**{**given, **changed})


def token(tenant_id: str, marker: str = "canary-token") -> str:
    """A token in the shape of Microsoft's: three parts, the middle one saying whose it is."""
    claims = base64.urlsafe_b64encode(json.dumps({"tid": tenant_id, "aud": "x"}).encode()).decode()
    return f"header.{claims.rstrip('=')}.{marker}"


def answer_tokens(
    mock: responses.RequestsMock, *tenants: str, says: str | None = None, expires_in: Any = 3599
) -> None:
    """Let the token endpoint answer for these tenants; `says` makes its tokens name another tenant."""
    for tenant_id in tenants:
        body = {"token_type": "Bearer", "expires_in": expires_in, "access_token": token(says or tenant_id)}
        mock.post(f"{LOGIN}/{tenant_id}/oauth2/v2.0/token", json=body)


def refusal(code: str, message: str, request_id: str = "ms-request-1") -> dict[str, Any]:
    """Graph's error envelope."""
    inner = {"date": "2026-01-01T00:00:00", "request-id": request_id, "client-request-id": request_id}
    return {"error": {"code": code, "message": message, "innerError": inner}}


def user(graph_id: str = ADA, name: str = "Ada Berg", **changed: Any) -> dict[str, Any]:
    """A user with every selected property, without licences."""
    given = {
        "id": graph_id,
        "displayName": name,
        "userPrincipalName": f"{graph_id[0]}@example.com",
        "mail": None,
        "department": "Sales",
        "usageLocation": "NO",
        "userType": "Member",
        "accountEnabled": True,
        "assignedLicenses": [],
        "licenseAssignmentStates": [],
    }
    return {**given, **changed}


def state(sku_id: str, **changed: Any) -> dict[str, Any]:
    """One licenseAssignmentState: direct and working unless told otherwise."""
    given = {
        "skuId": sku_id,
        "disabledPlans": [],
        "assignedByGroup": None,
        "state": "Active",
        "error": None,
        "lastUpdatedDateTime": "2026-01-01T00:00:00Z",
    }
    return {**given, **changed}


def batch_item(place: int, status: int, body: Any = None, **headers: str) -> dict[str, Any]:
    """One answer inside a $batch."""
    return {"id": str(place), "status": status, "headers": headers, "body": body}


def batch(mock: responses.RequestsMock, *items: dict[str, object], status: int = 200, **more: object) -> None:
    """The next `$batch` is answered with these items."""
    mock.post(BATCH, status=status, json={"responses": list(items)}, **more)
