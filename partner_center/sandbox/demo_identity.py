"""Who the demo's partner is. Made up, and worth nothing outside the sandbox."""

from __future__ import annotations

PARTNER_TENANT_ID = "5a3c1f0e-8b7d-4c62-9f41-2d6e0b9a7c35"
PARTNER_NAME = "Nordanatolia Cloud"
PARTNER_DOMAIN = "nordanatolia.onmicrosoft.com"
LARGE_TENANT_ID = "c1a8e0d4-6b2f-4d79-8e35-7f90b4a6d213"
CLIENT_ID = "b7d0c9e2-41fa-4e8b-a6d3-90c5f2e8177b"
CLIENT_SECRET = "sandbox-only-secret"  # noqa: S105 - opens nothing but the sandbox
REFRESH_TOKEN = "sandbox-only-refresh-token"  # noqa: S105 - opens nothing but the sandbox
