"""Graph written to: one answer for each request, whatever the wire does."""

from __future__ import annotations

import json

import pytest
import requests
import responses

from partner_center.cloud.connect import Microsoft
from partner_center.cloud.port import Answer, LicenseRequest, LocationRequest, Reason, Verdict
from tests.unit.cloud.recorded import (
    ADA,
    BATCH,
    BO,
    CUSTOMER,
    E3,
    E5,
    GROUP,
    SWAY,
    TEAMS,
    batch,
    batch_item,
    refusal,
    state,
    user,
)

GIVE_ADA = LicenseRequest(ADA, ((E5, (SWAY,)),), (E3,))
GIVE_BO = LicenseRequest(BO, ((E5, ()),), ())


def sent(mock: responses.RequestsMock) -> list[dict[str, object]]:
    return list(json.loads(mock.calls[-1].request.body or "{}")["requests"])


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
