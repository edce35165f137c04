"""What a tenant owns, its licensing groups, and the delegated access to it (Graph)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from partner_center.cloud.port import RemoteAccess, RemoteGroup, RemoteSku, RemoteSubscription
from partner_center.cloud.wire.values import guid, moment, understood

GROUP_SELECTED = "id,displayName,assignedLicenses,licenseProcessingState"
"""What `$select` asks of a group: licences are not among the usual properties."""
_PROCESSED = "ProcessingComplete"  # licenseProcessingState.state; absent where licences never changed


def read_skus(body: Mapping[str, Any]) -> list[RemoteSku]:
    """subscribedSkus."""
    with understood("products"):
        return [_sku(item) for item in body["value"]]


def _sku(item: Mapping[str, Any]) -> RemoteSku:
    units = item["prepaidUnits"]
    return RemoteSku(
        sku_id=guid(item["skuId"]),
        part_number=item["skuPartNumber"],
        applies_to=item.get("appliesTo") or "User",
        capability_status=item["capabilityStatus"],
        enabled=int(units["enabled"]),
        warning=int(units.get("warning") or 0),
        suspended=int(units.get("suspended") or 0),
        locked_out=int(units.get("lockedOut") or 0),
        consumed=int(item["consumedUnits"]),
        plans=tuple(_plan(plan) for plan in item.get("servicePlans") or ()),
    )


def _plan(item: Mapping[str, Any]) -> dict[str, str]:
    return {
        "id": guid(item["servicePlanId"]),
        "name": item["servicePlanName"],
        "applies_to": item.get("appliesTo") or "User",
        "status": item.get("provisioningStatus") or "",
    }


def read_subscriptions(body: Mapping[str, Any]) -> list[RemoteSubscription]:
    """directory/subscriptions (companySubscription)."""
    with understood("subscriptions"):
        return [_subscription(item) for item in body["value"]]


def _subscription(item: Mapping[str, Any]) -> RemoteSubscription:
    return RemoteSubscription(
        subscription_id=guid(item.get("commerceSubscriptionId") or item["id"]),
        sku_id=guid(item["skuId"]),
        status=item["status"],
        total_licenses=int(item["totalLicenses"]),
        is_trial=bool(item.get("isTrial")),
        self_service=item.get("ownerType") == "User" and not item.get("ownerTenantId"),
        next_lifecycle_at=moment(item.get("nextLifecycleDateTime")),
    )


def read_groups(body: Mapping[str, Any]) -> list[RemoteGroup]:
    """groups."""
    with understood("groups"):
        return [_group(item) for item in body["value"]]


def read_group(body: Mapping[str, Any]) -> RemoteGroup:
    """One group."""
    with understood("groups"):
        return _group(body)


def _group(item: Mapping[str, Any]) -> RemoteGroup:
    given = {
        guid(one["skuId"]): tuple(sorted(guid(plan) for plan in one.get("disabledPlans") or ()))
        for one in item.get("assignedLicenses") or ()
    }
    state = (item.get("licenseProcessingState") or {}).get("state")
    return RemoteGroup(
        graph_id=guid(item["id"]),
        display_name=item.get("displayName") or item["id"],
        licenses=tuple(sorted(given.items())),
        processing=state not in (None, _PROCESSED),
    )


def read_access(body: Mapping[str, Any]) -> list[RemoteAccess]:
    """delegatedAdminRelationships; one not offered to a customer yet is nobody's and left out."""
    with understood("access"):
        return [_access(item) for item in body["value"] if (item.get("customer") or {}).get("tenantId")]


def _access(item: Mapping[str, Any]) -> RemoteAccess:
    roles = (item.get("accessDetails") or {}).get("unifiedRoles") or ()
    return RemoteAccess(
        tenant_id=guid(item["customer"]["tenantId"]),
        name=item.get("displayName") or "",
        status=item["status"],
        ends_at=moment(item.get("endDateTime")),
        role_ids=tuple(sorted(guid(role["roleDefinitionId"]) for role in roles)),
    )
