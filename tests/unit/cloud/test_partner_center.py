"""Partner Center: paging by continuation, resellers, and buying by the whole object."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
import responses
from responses import matchers

from partner_center.cloud.connect import Microsoft
from partner_center.cloud.errors import Rejected
from partner_center.cloud.port import CommerceSubscription, Reason, RemoteCustomer, RemoteTerm, Verdict
from partner_center.shared.ids import new_guid
from tests.unit.cloud.recorded import COMMERCE, CUSTOMER, E5, GROUP, OTHER_CUSTOMER

SUBSCRIPTIONS = f"{COMMERCE}/customers/{CUSTOMER}/subscriptions"
ONE = f"{SUBSCRIPTIONS}/{GROUP}"
RAW: dict[str, Any] = {
    "id": GROUP,
    "friendlyName": "Office 365 E5",
    "quantity": 5,
    "status": "active",
    "termDuration": "P1Y",
    "billingCycle": "monthly",
    "commitmentEndDate": "2027-01-31T00:00:00Z",
    "cancellationAllowedUntilDate": None,
    "autoRenewEnabled": True,
    "scheduledNextTermInstructions": {"quantity": 3},
    "attributes": {"objectType": "Subscription", "etag": "tag-1"},
}


def customer(tenant_id: str, name: str) -> dict[str, Any]:
    return {
        "id": tenant_id,
        "companyProfile": {"tenantId": tenant_id, "domain": f"{name}.example", "companyName": name},
        "relationshipToPartner": "reseller",
    }


def collection(*items: dict[str, Any], then: dict[str, Any] | None = None) -> bytes:
    links = {"self": {"uri": "/customers", "headers": []}} | ({"next": then} if then else {})
    body = {"totalCount": len(items), "items": list(items), "links": links}
    return b"\xef\xbb\xbf" + json.dumps(body).encode()


NEXT = {
    "uri": "/customers?size=500&seekOperation=next",
    "method": "GET",
    "headers": [{"key": "MS-ContinuationToken", "value": "tok"}],
}
SECOND_PAGE = matchers.header_matcher({"MS-ContinuationToken": "tok"})


@pytest.fixture
def no_resellers(wire: responses.RequestsMock) -> responses.RequestsMock:
    """A direct partner: the list of indirect resellers is refused."""
    wire.get(f"{COMMERCE}/relationships", status=403, json={"code": 2032, "description": "Denied."})
    return wire


def test_customers_are_followed_by_the_headers_the_link_names(
    no_resellers: responses.RequestsMock, cloud: Microsoft
) -> None:
    no_resellers.get(
        f"{COMMERCE}/customers", body=collection(customer(OTHER_CUSTOMER, "B")), match=[SECOND_PAGE]
    )
    no_resellers.get(f"{COMMERCE}/customers", body=collection(customer(CUSTOMER.upper(), "A"), then=NEXT))
    assert list(cloud.customers()) == [
        RemoteCustomer(CUSTOMER, "A", "A.example", None, "reseller", None),
        RemoteCustomer(OTHER_CUSTOMER, "B", "B.example", None, "reseller", None),
    ]


def test_error_2000_after_a_page_is_the_end_of_the_list(
    no_resellers: responses.RequestsMock, cloud: Microsoft
) -> None:
    end = {"code": 2000, "description": "No more."}
    no_resellers.get(f"{COMMERCE}/customers", status=400, json=end, match=[SECOND_PAGE])
    no_resellers.get(f"{COMMERCE}/customers", body=collection(customer(CUSTOMER, "A"), then=NEXT))
    assert len(list(cloud.customers())) == 1


def test_error_2000_at_the_start_is_an_error(no_resellers: responses.RequestsMock, cloud: Microsoft) -> None:
    no_resellers.get(f"{COMMERCE}/customers", status=400, json={"code": 2000, "description": "Account Id"})
    with pytest.raises(Rejected):
        list(cloud.customers())


def test_another_error_on_a_later_page_is_an_error(
    no_resellers: responses.RequestsMock, cloud: Microsoft
) -> None:
    no_resellers.get(f"{COMMERCE}/customers", status=400, json={"code": 3000}, match=[SECOND_PAGE])
    no_resellers.get(f"{COMMERCE}/customers", body=collection(customer(CUSTOMER, "A"), then=NEXT))
    with pytest.raises(Rejected):
        list(cloud.customers())


def test_customers_of_an_indirect_reseller_bear_its_name(
    wire: responses.RequestsMock, cloud: Microsoft
) -> None:
    wire.get(f"{COMMERCE}/relationships", body=collection({"id": "r-1", "name": "Nordic IT"}))
    wanted = {"Field": "IndirectReseller", "Value": "r-1", "Operator": "starts_with"}
    wire.get(
        f"{COMMERCE}/customers",
        body=collection(customer(CUSTOMER, "A")),
        match=[matchers.query_param_matcher({"size": "500", "filter": json.dumps(wanted)})],
    )
    both = collection(customer(CUSTOMER, "A"), customer(OTHER_CUSTOMER, "B"))
    wire.get(f"{COMMERCE}/customers", body=both, match=[matchers.query_param_matcher({"size": "500"})])
    assert [(one.name, one.reseller) for one in cloud.customers()] == [("A", "Nordic IT"), ("B", None)]


def test_a_customers_country_is_in_its_billing_address(
    wire: responses.RequestsMock, cloud: Microsoft
) -> None:
    whole = customer(CUSTOMER, "A") | {"billingProfile": {"defaultAddress": {"country": "NO"}}}
    wire.get(f"{COMMERCE}/customers/{CUSTOMER}", json=whole)
    wire.get(f"{COMMERCE}/customers/{OTHER_CUSTOMER}", json=customer(OTHER_CUSTOMER, "B"))
    assert [cloud.customer_country(one) for one in (CUSTOMER, OTHER_CUSTOMER)] == ["NO", None]


def test_a_subscription_tells_its_sku_by_its_provisioning(
    wire: responses.RequestsMock, cloud: Microsoft
) -> None:
    pending = RAW | {"id": "other", "friendlyName": "", "offerName": "Visio", "commitmentEndDate": None}
    wire.get(SUBSCRIPTIONS, body=collection(RAW, pending))
    wire.get(f"{ONE}/provisioningstatus", json={"skuId": E5.upper(), "status": "success", "quantity": 5})
    wire.get(f"{SUBSCRIPTIONS}/other/provisioningstatus", status=404, json={"code": 20003})
    first, second = cloud.commerce_subscriptions(CUSTOMER)
    assert first == CommerceSubscription(
        GROUP, "Office 365 E5", E5, 5, "active", "P1Y", "monthly",
        datetime(2027, 1, 31, tzinfo=UTC), None, True,
    )  # fmt: skip
    assert (second.name, second.sku_id) == ("Visio", None)


def test_terms_take_one_call_and_ask_for_no_sku(wire: responses.RequestsMock, cloud: Microsoft) -> None:
    bare = {name: value for name, value in RAW.items() if name not in {"termDuration", "autoRenewEnabled"}}
    wire.get(SUBSCRIPTIONS, body=collection(RAW, bare | {"id": "other"}))
    assert cloud.subscription_terms(CUSTOMER) == [
        RemoteTerm(GROUP, "P1Y", True),
        RemoteTerm("other", None, False),
    ]


@pytest.fixture
def held(wire: responses.RequestsMock, cloud: Microsoft) -> CommerceSubscription:
    """The subscription as it was looked at before buying."""
    wire.get(SUBSCRIPTIONS, body=collection(RAW))
    wire.get(f"{ONE}/provisioningstatus", json={"skuId": E5})
    (subscription,) = cloud.commerce_subscriptions(CUSTOMER)
    return subscription


def buy(cloud: Microsoft, held: CommerceSubscription, request_id: str = "") -> Any:
    return cloud.set_quantity(CUSTOMER, held, 8, request_id or new_guid())


def test_buying_sends_the_whole_object_with_the_new_total(
    wire: responses.RequestsMock, cloud: Microsoft, held: CommerceSubscription
) -> None:
    patch = wire.patch(ONE, json=RAW | {"quantity": 8})
    assert buy(cloud, held, "order-1").verdict is Verdict.DONE
    request = patch.calls[0].request
    assert json.loads(request.body or "") == RAW | {"quantity": 8}
    assert (request.headers["MS-RequestId"], request.headers["If-Match"]) == ("order-1", '"tag-1"')
    assert request.headers["MS-CorrelationId"] != "order-1"


def test_an_object_without_a_tag_is_sent_without_condition(
    wire: responses.RequestsMock, cloud: Microsoft, held: CommerceSubscription
) -> None:
    patch = wire.patch(ONE, json={})
    buy(cloud, replace(held, raw=RAW | {"attributes": {"objectType": "Subscription"}}))
    assert "If-Match" not in patch.calls[0].request.headers


@pytest.mark.parametrize(("now", "verdict"), [(8, Verdict.DONE), (5, Verdict.UNKNOWN)])
def test_a_slow_order_is_looked_at_once(
    wire: responses.RequestsMock, cloud: Microsoft, held: CommerceSubscription, now: int, verdict: Verdict
) -> None:
    wire.patch(ONE, status=202, headers={"Location": "/customers/x"})
    look = wire.get(ONE, json=RAW | {"quantity": now})
    assert buy(cloud, held).verdict is verdict
    assert look.call_count == 1


def test_a_slow_order_that_cannot_be_looked_at_is_in_doubt(
    wire: responses.RequestsMock, cloud: Microsoft, held: CommerceSubscription
) -> None:
    wire.patch(ONE, status=202)
    wire.get(ONE, status=404, json={"code": 20003})
    assert buy(cloud, held).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize("answer", [{"body": requests.ReadTimeout()}, {"status": 500}, {"body": "<html>"}])
def test_a_lost_order_is_in_doubt_and_not_repeated(
    wire: responses.RequestsMock, cloud: Microsoft, held: CommerceSubscription, answer: dict[str, Any]
) -> None:
    patch = wire.patch(ONE, **answer)
    assert buy(cloud, held).verdict is Verdict.UNKNOWN
    assert patch.call_count == 1


@pytest.mark.parametrize(
    ("refused", "judged"),
    [
        ((409, 800082), (Verdict.THROTTLED, Reason.BUSY, 120.0)),
        ((409, 900278), (Verdict.FAILED, Reason.BUSY, None)),
        ((403, 900308), (Verdict.FAILED, Reason.NO_RIGHTS, None)),
        ((401, 900420), (Verdict.FAILED, Reason.TOKEN, None)),
        ((404, 20003), (Verdict.FAILED, Reason.OTHER, None)),
        ((400, 2055), (Verdict.FAILED, Reason.OTHER, None)),
    ],
)
def test_a_refused_order_says_why(
    wire: responses.RequestsMock,
    cloud: Microsoft,
    held: CommerceSubscription,
    refused: tuple[int, int],
    judged: tuple[Verdict, Reason, float | None],
) -> None:
    status, code = refused
    body = {"code": code, "description": "Why."}
    wire.patch(ONE, status=status, json=body, headers={"MS-RequestId": "ms-5"})
    answer = buy(cloud, held)
    assert (answer.verdict, answer.reason, answer.retry_after) == judged
    assert (answer.message, answer.request_id) == ("Why.", "ms-5")


def test_a_throttled_order_has_not_been_placed(
    wire: responses.RequestsMock, cloud: Microsoft, held: CommerceSubscription
) -> None:
    late = {"statusCode": 429, "message": "Rate limit is exceeded. Try again in 57 seconds."}
    wire.patch(ONE, status=429, json=late, headers={"Retry-After": "57"})
    answer = buy(cloud, held)
    assert (answer.verdict, answer.retry_after) == (Verdict.THROTTLED, 57.0)
