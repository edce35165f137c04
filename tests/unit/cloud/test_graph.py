"""Graph read: paging, deltas, groups, users in batches, sign-ins and mailboxes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import responses

from partner_center.cloud.connect import Microsoft
from partner_center.cloud.endpoint import Endpoint
from partner_center.cloud.errors import (
    AccessDenied,
    CloudError,
    DamagedAnswer,
    DeltaExpired,
    Rejected,
    Throttled,
)
from partner_center.cloud.http import Sender
from partner_center.cloud.tokens import Keyring
from tests.unit.cloud.recorded import (
    ADA,
    BATCH,
    BO,
    CUSTOMER,
    GRAPH,
    GROUP,
    PARTNER,
    batch,
    batch_item,
    refusal,
    settings,
    user,
)


def test_pages_of_users_follow_the_link_as_it_is(wire: responses.RequestsMock, cloud: Microsoft) -> None:
    link = f"{GRAPH}/users?$skiptoken=abc%2Fdef&x=1"
    wire.get(f"{GRAPH}/users", json={"value": [user()], "@odata.nextLink": link})
    second = wire.get(link, json={"value": [user(BO)]})
    pages = list(cloud.users(CUSTOMER))
    assert [one.graph_id for page in pages for one in page.users] == [ADA, BO]
    assert "$top=999" in str(wire.calls[1].request.url)
    assert "licenseAssignmentStates" in str(wire.calls[1].request.url)
    assert second.calls[0].request.url == link


def test_a_list_of_users_can_go_on_from_a_link(wire: responses.RequestsMock, cloud: Microsoft) -> None:
    link = f"{GRAPH}/users?$skiptoken=two"
    wire.get(link, json={"value": [user(BO)]})
    assert [page.users[0].graph_id for page in cloud.users(CUSTOMER, link)] == [BO]
    assert len(wire.calls) == 2  # the token, and that page: not the first one


@pytest.mark.parametrize(("status", "code"), [(410, "Gone"), (400, "Directory_ExpiredPageToken"), (404, "x")])
def test_a_link_too_old_means_reading_everything_again(
    wire: responses.RequestsMock, cloud: Microsoft, status: int, code: str
) -> None:
    link = f"{GRAPH}/users/delta?$deltatoken=old"
    wire.get(link, status=status, json=refusal(code, "Too old."))
    with pytest.raises(DeltaExpired):
        list(cloud.user_changes(CUSTOMER, link))
    with pytest.raises(DeltaExpired):
        list(cloud.users(CUSTOMER, link))


def test_a_link_to_another_address_is_never_followed(wire: responses.RequestsMock, cloud: Microsoft) -> None:
    for link in ("https://evil.example/users", "https://login.microsoftonline.com/users", "/users"):
        with pytest.raises(DeltaExpired):
            list(cloud.user_changes(CUSTOMER, link))
    assert len(wire.calls) == 0


@pytest.mark.parametrize(
    "link", ["https://graph.microsoft.com/beta/users", "https://evil.example/v1.0/users", "users"]
)
def test_a_link_that_leaves_the_service_is_never_followed(
    bare_wire: responses.RequestsMock, link: str
) -> None:
    sender = Sender(settings())
    endpoint = Endpoint(sender, Keyring(sender, settings()), GRAPH, "scope")
    with pytest.raises(CloudError, match="Stopped: a link led away"):
        endpoint.get(CUSTOMER, link)
    assert len(bare_wire.calls) == 0


def test_being_shut_out_is_not_a_link_too_old(wire: responses.RequestsMock, cloud: Microsoft) -> None:
    link = f"{GRAPH}/users/delta?$deltatoken=x"
    wire.get(link, status=403, json=refusal("Authorization_RequestDenied", "No."))
    with pytest.raises(AccessDenied):
        list(cloud.user_changes(CUSTOMER, link))


def test_changes_are_asked_for_in_large_pages(wire: responses.RequestsMock, cloud: Microsoft) -> None:
    link = f"{GRAPH}/users/delta?$deltatoken=x"
    more = f"{GRAPH}/users/delta?$skiptoken=y"
    first = wire.get(link, json={"value": [user()], "@odata.nextLink": more})
    wire.get(more, json={"value": [{"id": BO, "@removed": {}}], "@odata.deltaLink": f"{link}2"})
    pages = list(cloud.user_changes(CUSTOMER, link))
    assert first.calls[0].request.headers["Prefer"] == "odata.maxpagesize=999"
    assert pages[1].removed[0].graph_id == BO
    assert [page.delta_link for page in pages] == [None, f"{link}2"]


def test_a_fresh_delta_link_costs_no_reading(wire: responses.RequestsMock, cloud: Microsoft) -> None:
    asked = wire.get(f"{GRAPH}/users/delta", json={"value": [], "@odata.deltaLink": f"{GRAPH}/users/delta?z"})
    assert cloud.fresh_delta_link(CUSTOMER) == f"{GRAPH}/users/delta?z"
    assert "$deltatoken=latest" in str(asked.calls[0].request.url)


def test_a_delta_without_a_link_for_later_is_damaged(wire: responses.RequestsMock, cloud: Microsoft) -> None:
    wire.get(f"{GRAPH}/users/delta", json={"value": []})
    with pytest.raises(DamagedAnswer):
        cloud.fresh_delta_link(CUSTOMER)


def test_groups_need_the_consistency_header_on_every_page(
    wire: responses.RequestsMock, cloud: Microsoft
) -> None:
    link = f"{GRAPH}/groups?$skiptoken=2"
    groups = {"value": [{"id": GROUP, "displayName": "Sales"}]}
    wire.get(f"{GRAPH}/groups", json=groups | {"@odata.nextLink": link})
    wire.get(link, json=groups)
    assert len(cloud.license_groups(CUSTOMER)) == 2
    assert [call.request.headers.get("ConsistencyLevel") for call in wire.calls][1:] == ["eventual"] * 2


def test_access_is_asked_in_the_partners_own_tenant(wire: responses.RequestsMock, cloud: Microsoft) -> None:
    path = f"{GRAPH}/tenantRelationships/delegatedAdminRelationships"
    told = {"displayName": "A", "status": "active", "customer": {"tenantId": CUSTOMER}}
    wire.get(path, json={"value": [told]})
    assert [one.tenant_id for one in cloud.access()] == [CUSTOMER]
    assert f"/{PARTNER}/" in str(wire.calls[0].request.url)


def test_skus_and_subscriptions_are_read(wire: responses.RequestsMock, cloud: Microsoft) -> None:
    wire.get(f"{GRAPH}/subscribedSkus", json={"value": []})
    wire.get(f"{GRAPH}/directory/subscriptions", json={"value": []})
    assert cloud.skus(CUSTOMER) == cloud.subscriptions(CUSTOMER) == []


def test_a_list_that_is_no_object_is_damaged(wire: responses.RequestsMock, cloud: Microsoft) -> None:
    wire.get(f"{GRAPH}/subscribedSkus", json=[])
    with pytest.raises(DamagedAnswer):
        cloud.skus(CUSTOMER)


def test_users_are_read_twenty_at_a_time(wire: responses.RequestsMock, cloud: Microsoft) -> None:
    ids = [f"{number:08d}-0000-4000-8000-000000000000" for number in range(21)]
    batch(wire, *(batch_item(place, 200, user(ids[place - 1])) for place in range(20, 0, -1)))
    batch(wire, batch_item(1, 404, refusal("Request_ResourceNotFound", "Gone.")))
    found = cloud.read_users(CUSTOMER, ids)
    assert list(found) == ids
    assert [one.graph_id if one else None for one in found.values()] == [*ids[:20], None]


@pytest.mark.parametrize(
    ("item", "error"),
    [
        (batch_item(1, 429, None, **{"Retry-After": "7"}), Throttled),
        (batch_item(1, 403, refusal("Authorization_RequestDenied", "No.")), AccessDenied),
        (batch_item(1, 400, refusal("Request_BadRequest", "No.")), Rejected),
        (batch_item(1, 500), DamagedAnswer),
        (batch_item(1, 200, "junk"), DamagedAnswer),
        (batch_item(2, 200, user()), DamagedAnswer),
    ],
)
def test_a_user_that_cannot_be_read_is_not_taken_for_gone(
    wire: responses.RequestsMock, cloud: Microsoft, item: dict[str, object], error: type[Exception]
) -> None:
    batch(wire, item)
    with pytest.raises(error):
        cloud.read_users(CUSTOMER, [ADA])


def test_reading_in_a_batch_is_safe_to_repeat(wire: responses.RequestsMock, cloud: Microsoft) -> None:
    wire.post(BATCH, status=502)
    batch(wire, batch_item(1, 200, user()))
    assert cloud.read_users(CUSTOMER, [ADA])[ADA]


def test_the_latest_of_all_sign_ins_counts_and_none_is_told_as_none(
    wire: responses.RequestsMock, cloud: Microsoft
) -> None:
    link = f"{GRAPH}/users?$skiptoken=2"
    activity = {
        "lastSignInDateTime": "2026-05-01T08:00:00Z",
        "lastNonInteractiveSignInDateTime": "2026-06-01T08:00:00Z",
        "lastSuccessfulSignInDateTime": None,
    }
    ada = {"id": "A", "createdDateTime": "2020-01-01T00:00:00Z", "signInActivity": activity}
    wire.get(f"{GRAPH}/users", json={"value": [ada], "@odata.nextLink": link})
    wire.get(link, json={"value": [{"id": "B", "signInActivity": None}]})
    (a,), (b,) = cloud.sign_ins(CUSTOMER)
    assert (a.graph_id, a.at) == ("a", datetime(2026, 6, 1, 8, tzinfo=UTC))
    assert (b.at, b.created_at) == (None, None)
    assert "$top=500" in str(wire.calls[1].request.url)


def test_mailboxes_are_asked_of_the_beta_report_and_deleted_ones_left_out(
    wire: responses.RequestsMock, cloud: Microsoft
) -> None:
    beta = GRAPH.replace("/v1.0", "/beta")
    room = {"userPrincipalName": "room@x", "recipientType": "Room", "storageUsedInBytes": 5}
    gone = {"userPrincipalName": "old@x", "isDeleted": True}
    wire.get(f"{beta}/reports/getMailboxUsageDetail(period='D7')", json={"value": [room, gone]})
    ((found,),) = cloud.mailboxes(CUSTOMER)
    assert (found.user_principal_name, found.kind, found.used_bytes) == ("room@x", "Room", 5)
