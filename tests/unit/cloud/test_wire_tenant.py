"""What a tenant owns, its groups, and the access it gave."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from partner_center.cloud.errors import DamagedAnswer
from partner_center.cloud.port import RemoteAccess, RemoteGroup, RemoteSku, RemoteSubscription
from partner_center.cloud.wire.tenant import read_access, read_groups, read_skus, read_subscriptions
from tests.unit.cloud.recorded import CUSTOMER, E5, GROUP, PARTNER, TEAMS

SKU = {
    "skuId": E5.upper(),
    "skuPartNumber": "ENTERPRISEPREMIUM",
    "appliesTo": "User",
    "capabilityStatus": "Enabled",
    "consumedUnits": 14,
    "prepaidUnits": {"enabled": 25, "suspended": 1, "warning": 2, "lockedOut": 3},
    "servicePlans": [
        {
            "servicePlanId": TEAMS,
            "servicePlanName": "TEAMS1",
            "provisioningStatus": "Success",
            "appliesTo": "User",
        }
    ],
}
SUBSCRIPTION = {
    "id": "9" + GROUP[1:],
    "commerceSubscriptionId": GROUP,
    "skuId": E5,
    "status": "Enabled",
    "totalLicenses": 25,
    "isTrial": False,
    "nextLifecycleDateTime": "2027-01-31T00:00:00Z",
    "ownerTenantId": PARTNER,
    "ownerType": None,
}


def test_a_sku_keeps_microsofts_numbers_apart() -> None:
    plans = ({"id": TEAMS, "name": "TEAMS1", "applies_to": "User", "status": "Success"},)
    assert read_skus({"value": [SKU]}) == [
        RemoteSku(E5, "ENTERPRISEPREMIUM", "User", "Enabled", 25, 2, 1, 3, 14, plans)
    ]


def test_a_subscription_goes_by_its_commerce_id() -> None:
    ends = datetime(2027, 1, 31, tzinfo=UTC)
    assert read_subscriptions({"value": [SUBSCRIPTION]}) == [
        RemoteSubscription(GROUP, E5, "Enabled", 25, False, False, ends)
    ]
    (unnamed,) = read_subscriptions({"value": [SUBSCRIPTION | {"commerceSubscriptionId": None}]})
    assert unnamed.subscription_id == SUBSCRIPTION["id"]


def test_what_a_user_bought_for_itself_is_self_service() -> None:
    bought = SUBSCRIPTION | {"ownerType": "User", "ownerTenantId": None}
    assert read_subscriptions({"value": [bought]})[0].self_service


def test_groups_have_names() -> None:
    assert read_groups({"value": [{"id": GROUP, "displayName": "Sales licenses"}]}) == [
        RemoteGroup(GROUP, "Sales licenses")
    ]


def test_access_names_the_customer_the_end_and_the_roles() -> None:
    told = {
        "id": "x-y",
        "displayName": "Helpdesk 2026",
        "status": "active",
        "customer": {"tenantId": CUSTOMER.upper(), "displayName": "Fjord"},
        "accessDetails": {"unifiedRoles": [{"roleDefinitionId": "F2"}, {"roleDefinitionId": "f1"}]},
        "endDateTime": "2026-12-01T00:00:00Z",
    }
    unanswered = {"displayName": "New", "status": "created", "customer": None}
    assert read_access({"value": [told, unanswered]}) == [
        RemoteAccess(CUSTOMER, "Helpdesk 2026", "active", datetime(2026, 12, 1, tzinfo=UTC), ("f1", "f2"))
    ]


@pytest.mark.parametrize("read", [read_skus, read_subscriptions, read_groups, read_access])
def test_junk_is_damaged(read: object) -> None:
    for body in ({}, {"value": [{"customer": {"tenantId": 5}}]}, {"value": 3}):
        with pytest.raises(DamagedAnswer):
            read(body)  # type: ignore[operator]
