"""Graph: paging, deltas, re-reading, and one answer for each request whatever the wire does."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
import requests
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
from partner_center.cloud.port import Answer, LicenseRequest, LocationRequest, Reason, Verdict
from partner_center.cloud.tokens import Keyring
from tests.unit.cloud.recorded import (
    ADA,
    BO,
    CUSTOMER,
    E3,
    E5,
    GRAPH,
    GROUP,
    PARTNER,
    SWAY,
    TEAMS,
    batch_item,
    refusal,
    settings,
    state,
    user,
)

BATCH = f"{GRAPH}/$batch"
GIVE_ADA = LicenseRequest(ADA, ((E5, (SWAY,)),), (E3,))
GIVE_BO = LicenseRequest(BO, ((E5, ()),), ())


def batch(mock: responses.RequestsMock, *items: dict[str, object], status: int = 200, **more: object) -> None:
    mock.post(BATCH, status=status, json={"responses": list(items)}, **more)


def sent(mock: responses.RequestsMock) -> list[dict[str, object]]:
    return list(json.loads(mock.calls[-1].request.body or "{}")["requests"])


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


def test_one_user_is_one_request_with_all_its_changes(wire: responses.RequestsMock, cloud: Microsoft) -> None:
    held = user(licenseAssignmentStates=[state(E5, disabledPlans=[SWAY])])
    batch(wire, batch_item(1, 200, held, **{"request-id": "ms-9"}))
    (answer,) = cloud.send_licenses(CUSTOMER, [GIVE_ADA])
    assert (answer.verdict, answer.reason, answer.request_id) == (Verdict.DONE, None, "ms-9")
    assert answer.user is not None
    assert [(one.sku_id, one.off) for one in answer.user.licenses] == [(E5, (SWAY,))]
    assert sent(wire) == [
        {
            "id": "1",
            "method": "POST",
            "url": f"/users/{ADA}/assignLicense",
            "headers": {"Content-Type": "application/json"},
            "body": {"addLicenses": [{"skuId": E5, "disabledPlans": [SWAY]}], "removeLicenses": [E3]},
        }
    ]


def test_answers_come_back_in_the_order_asked(wire: responses.RequestsMock, cloud: Microsoft) -> None:
    no = refusal(
        "Request_BadRequest", f"Subscription with SKU {E5} does not have any available licenses.", "ms-8"
    )
    batch(wire, batch_item(2, 400, no), batch_item(1, 200, user()))
    done, failed = cloud.send_licenses(CUSTOMER, [GIVE_ADA, GIVE_BO])
    assert done.verdict is Verdict.DONE
    assert failed == Answer(
        Verdict.FAILED, Reason.NO_SEATS, no["error"]["message"], "ms-8", skus=(E5,), plans=()
    )


def judged(wire: responses.RequestsMock, cloud: Microsoft, *items: dict[str, object]) -> list[Answer]:
    batch(wire, *items)
    return cloud.send_licenses(CUSTOMER, [GIVE_ADA, GIVE_BO])


GOOD = batch_item(1, 200, user())


@pytest.mark.parametrize(
    "items",
    [
        pytest.param([], id="missing"),
        pytest.param([batch_item(2, 200, user(BO)), batch_item(2, 400)], id="told twice"),
        pytest.param([batch_item(2, 200, user(ADA))], id="about somebody else"),
        pytest.param([batch_item(2, 200, refusal("x", "y"))], id="200 with an error"),
        pytest.param([batch_item(2, 200, None)], id="200 with nothing"),
        pytest.param([batch_item(2, 200, "junk")], id="200 with junk"),
        pytest.param([batch_item(2, 500, refusal("x", "y"))], id="500"),
        pytest.param([batch_item(2, 504)], id="504"),
        pytest.param([batch_item(2, 302)], id="302"),
        pytest.param([{"id": "2", "status": "200", "body": user(BO)}], id="status is text"),
        pytest.param(["junk", None, 7], id="no objects"),
        pytest.param([batch_item(3, 200, user(BO))], id="never asked"),
    ],
)
def test_one_answer_in_doubt_leaves_the_others_alone(
    wire: responses.RequestsMock, cloud: Microsoft, items: list[dict[str, object]]
) -> None:
    good, doubtful = judged(wire, cloud, *items, GOOD)
    assert good.verdict is Verdict.DONE
    assert (doubtful.verdict, doubtful.reason) == (Verdict.UNKNOWN, Reason.BUSY)


def test_each_request_is_throttled_by_itself(wire: responses.RequestsMock, cloud: Microsoft) -> None:
    slow = batch_item(
        2, 429, refusal("TooManyRequests", "Please retry again later."), **{"retry-after": "41"}
    )
    good, throttled = judged(wire, cloud, slow, GOOD)
    assert good.verdict is Verdict.DONE
    assert (throttled.verdict, throttled.reason, throttled.retry_after) == (
        Verdict.THROTTLED,
        Reason.BUSY,
        41,
    )


@pytest.mark.parametrize("status", [409, 424, 503])
def test_what_was_certainly_not_done_may_be_asked_again(
    wire: responses.RequestsMock, cloud: Microsoft, status: int
) -> None:
    race = refusal(
        "Directory_ConcurrencyViolation", "Error due to concurrent requests being made to the tenant."
    )
    _, answer = judged(wire, cloud, batch_item(2, status, race if status == 409 else None), GOOD)
    assert (answer.verdict, answer.reason) == (Verdict.THROTTLED, Reason.BUSY)


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        ((404, "Request_ResourceNotFound", "Resource does not exist."), Reason.USER_GONE),
        ((404, "", ""), Reason.USER_GONE),
        ((403, "Authorization_RequestDenied", "Insufficient privileges."), Reason.NO_RIGHTS),
        ((401, "InvalidAuthenticationToken", "Expired."), Reason.TOKEN),
        ((400, "Request_BadRequest", "Something new."), Reason.OTHER),
    ],
)
def test_a_refusal_has_a_reason(
    wire: responses.RequestsMock, cloud: Microsoft, item: tuple[int, str, str], reason: Reason
) -> None:
    status, code, text = item
    _, answer = judged(wire, cloud, batch_item(2, status, refusal(code, text)), GOOD)
    assert (answer.verdict, answer.reason, answer.message) == (Verdict.FAILED, reason, text or None)


@pytest.mark.parametrize(
    "wire_answer",
    [
        {"body": requests.ReadTimeout()},
        {"body": requests.ConnectionError()},
        {"body": "<html>"},
        {"body": '{"responses": ['},
        {"status": 500},
        {"status": 503},
        {"status": 200, "json": []},
        {"status": 200, "json": {"responses": None}},
    ],
    ids=str,
)
def test_a_lost_batch_leaves_every_request_in_doubt(
    wire: responses.RequestsMock, cloud: Microsoft, wire_answer: dict[str, object]
) -> None:
    wire.post(BATCH, **wire_answer)  # type: ignore[arg-type]
    answers = cloud.send_licenses(CUSTOMER, [GIVE_ADA, GIVE_BO])
    assert [one.verdict for one in answers] == [Verdict.UNKNOWN] * 2
    assert len([call for call in wire.calls if call.request.url == BATCH]) == 1  # never sent a second time


def test_a_throttled_batch_has_not_been_done(wire: responses.RequestsMock, cloud: Microsoft) -> None:
    wire.post(BATCH, status=429, headers={"Retry-After": "3"})
    answers = cloud.send_licenses(CUSTOMER, [GIVE_ADA, GIVE_BO])
    assert [(one.verdict, one.retry_after) for one in answers] == [(Verdict.THROTTLED, 3.0)] * 2


def test_a_batch_that_never_left_has_not_been_done(wire: responses.RequestsMock, cloud: Microsoft) -> None:
    wire.post(BATCH, body=requests.ConnectTimeout())
    (answer,) = cloud.send_licenses(CUSTOMER, [GIVE_ADA])
    assert (answer.verdict, answer.reason) == (Verdict.THROTTLED, Reason.BUSY)


def test_a_shut_tenant_fails_every_request(wire: responses.RequestsMock, cloud: Microsoft) -> None:
    no = refusal("Authorization_RequestDenied", "Insufficient privileges to complete the operation.", "ms-7")
    wire.post(BATCH, status=403, json=no)
    answers = cloud.send_licenses(CUSTOMER, [GIVE_ADA, GIVE_BO])
    assert [(one.verdict, one.reason, one.request_id) for one in answers] == [
        (Verdict.FAILED, Reason.NO_RIGHTS, "ms-7")
    ] * 2


def test_no_key_fails_every_request(bare_wire: responses.RequestsMock, cloud: Microsoft) -> None:
    bare_wire.post(
        f"https://login.microsoftonline.com/{CUSTOMER}/oauth2/v2.0/token",
        status=401,
        json={"error": "invalid_client", "error_description": "AADSTS7000222: Expired."},
    )
    (answer,) = cloud.send_licenses(CUSTOMER, [GIVE_ADA])
    assert (answer.verdict, answer.reason) == (Verdict.FAILED, Reason.TOKEN)


def test_locations_are_patched(wire: responses.RequestsMock, cloud: Microsoft) -> None:
    bad = refusal("Request_BadRequest", "Invalid value specified for property 'usageLocation'.")
    batch(wire, batch_item(3, 400, bad), batch_item(1, 204, None), batch_item(2, 200, refusal("x", "y")))
    asked = [LocationRequest(one, "TR") for one in (ADA, BO, GROUP)]
    done, doubtful, failed = cloud.send_locations(CUSTOMER, asked)
    assert (done.verdict, done.user) == (Verdict.DONE, None)
    assert doubtful.verdict is Verdict.UNKNOWN
    assert (failed.verdict, failed.reason) == (Verdict.FAILED, Reason.OTHER)
    assert sent(wire)[0] == {
        "id": "1",
        "method": "PATCH",
        "url": f"/users/{ADA}",
        "headers": {"Content-Type": "application/json"},
        "body": {"usageLocation": "TR"},
    }


def test_nothing_to_send_sends_nothing(wire: responses.RequestsMock, cloud: Microsoft) -> None:
    assert cloud.send_licenses(CUSTOMER, []) == []
    assert cloud.read_users(CUSTOMER, []) == {}
    assert len(wire.calls) == 0


def test_more_than_a_batch_is_a_mistake(cloud: Microsoft) -> None:
    with pytest.raises(ValueError, match="20"):
        cloud.send_licenses(CUSTOMER, [GIVE_ADA] * 21)


def test_ids_in_a_text_are_told(wire: responses.RequestsMock, cloud: Microsoft) -> None:
    text = f"License assignment failed because service plans {TEAMS}, {SWAY} are mutually exclusive."
    _, answer = judged(wire, cloud, batch_item(2, 400, refusal("Request_BadRequest", text)), GOOD)
    assert (answer.reason, answer.plans) == (Reason.CONFLICT, (TEAMS, SWAY))


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
