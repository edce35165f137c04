"""The token endpoint: client credentials or a refresh token, for any tenant the sandbox knows."""

from __future__ import annotations

from collections.abc import Mapping

from partner_center.sandbox import tokens
from partner_center.sandbox.calls import Refused, Reply
from partner_center.sandbox.demo_identity import CLIENT_ID, CLIENT_SECRET, PARTNER_TENANT_ID, REFRESH_TOKEN
from partner_center.sandbox.world import World
from partner_center.shared import ids


def answer(world: World, tenant: str, form: Mapping[str, str]) -> Reply:
    """Entra's answer to POST /{tenant}/oauth2/v2.0/token."""
    try:
        return _token(world, tenant, form)
    except Refused as refusal:
        return refusal.reply


def _token(world: World, tenant: str, form: Mapping[str, str]) -> Reply:
    tenant_id = _tenant(world, tenant)
    _check_client(form)
    kind = form.get("grant_type")
    if kind not in {"client_credentials", "refresh_token"}:
        raise _error(400, "unsupported_grant_type", 70003, "The app requested an unsupported grant type.")
    with_user = kind == "refresh_token"
    if with_user and form.get("refresh_token") != REFRESH_TOKEN:
        raise _error(400, "invalid_grant", 9002313, "Invalid request. Request is malformed or invalid.")
    audience = _audience(form)
    body = {
        "token_type": "Bearer",
        "expires_in": tokens.LIFETIME_SECONDS,
        "ext_expires_in": tokens.LIFETIME_SECONDS,
        "access_token": tokens.mint(tenant_id, audience, form["client_id"], with_user=with_user),
    }
    if with_user:
        body |= {"scope": f"{audience}/user_impersonation", "refresh_token": REFRESH_TOKEN}
    return Reply(200, body)


def _tenant(world: World, tenant: str) -> str:
    row = world.state.db.execute(
        "SELECT id FROM tenant WHERE id = ? OR domain = ?", (tenant.lower(), tenant.lower())
    ).fetchone()
    if row is not None:
        return str(row["id"])
    if tenant.lower() == PARTNER_TENANT_ID:
        return PARTNER_TENANT_ID
    raise _error(400, "invalid_request", 90002, f"Tenant '{tenant[:80]}' not found.")


def _check_client(form: Mapping[str, str]) -> None:
    if form.get("client_id") != CLIENT_ID:
        text = (
            f"Application with identifier '{form.get('client_id', '')[:80]}' was not found in the directory."
        )
        raise _error(400, "unauthorized_client", 700016, text)
    if form.get("client_secret") != CLIENT_SECRET:
        raise _error(401, "invalid_client", 7000215, "Invalid client secret provided.")


def _audience(form: Mapping[str, str]) -> str:
    """The API a token is for: the scope without its last part, or v1's `resource`."""
    if resource := form.get("resource"):
        return resource.rstrip("/")
    scopes = [scope for scope in form.get("scope", "").split() if "://" in scope]
    if not scopes:
        raise _error(
            400, "invalid_scope", 70011, "The provided value for the input parameter 'scope' is not valid."
        )
    return scopes[0].rsplit("/", 1)[0].rstrip("/")


def _error(status: int, code: str, number: int, text: str) -> Refused:
    trace = ids.new_guid()
    return Refused(
        Reply(
            status,
            {
                "error": code,
                "error_description": f"AADSTS{number}: {text} Trace ID: {trace}",
                "error_codes": [number],
                "trace_id": trace,
                "correlation_id": trace,
            },
        )
    )
