"""Partner Center: customers, subscriptions, seats bought; and the grants that open a tenant."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest
import time_machine

from partner_center.sandbox import tokens
from partner_center.shared import clock
from tests.unit.sandbox.asking import TENANT, Asking, sku

SUBSCRIPTIONS = f"/customers/{TENANT}/subscriptions"


def subscription(asking: Asking, part: str = "VISIOCLIENT") -> dict[str, Any]:
    """The commerce subscription of a product, by way of provisioningstatus."""
    for item in asking.partner("GET", SUBSCRIPTIONS).json["items"]:
        status = asking.partner("GET", f"{SUBSCRIPTIONS}/{item['id']}/provisioningstatus").json
        if status["skuId"] == sku(part):
            found: dict[str, Any] = item
            return found
    raise LookupError(part)


def patch(asking: Asking, body: dict[str, Any], **headers: str) -> Any:
    return asking.partner("PATCH", f"{SUBSCRIPTIONS}/{body['id']}", body, **headers)


def test_customers_come_by_pages_with_a_continuation_token(demo: Asking) -> None:
    seen, headers, path = [], {}, "/customers?size=10"
    while True:
        body = demo.partner("GET", path, **headers).json
        seen += [item["companyProfile"]["companyName"] for item in body["items"]]
        if "next" not in body["links"]:
            break
        link = body["links"]["next"]
        assert {"key": "MS-ContinuationToken", "value": body["continuationToken"]} == link["headers"][0]
        path, headers = link["uri"], {"MS_ContinuationToken": body["continuationToken"]}

    assert len(seen) == len(set(seen)) == 26
    assert "Nordanatolia Cloud" not in seen


def test_past_the_last_page_the_answer_is_the_odd_code_2000(demo: Asking) -> None:
    body = demo.partner("GET", "/customers?size=13").json
    with demo.state.write() as db:
        db.execute("DELETE FROM tenant WHERE position > 13")

    reply = demo.partner("GET", body["links"]["next"]["uri"], MS_ContinuationToken=body["continuationToken"])

    assert (reply.status_code, reply.json["code"]) == (400, 2000)


@pytest.mark.parametrize(
    ("field", "value", "found"),
    [
        ("CompanyName", "fjord", ["Fjordlys Energi AS"]),
        ("Domain", "JUNIPER", ["Juniper & Vale Architects"]),
        ("CompanyName", "lys", []),
    ],
)
def test_customers_are_searched_by_how_they_start(
    demo: Asking, field: str, value: str, found: list[str]
) -> None:
    wanted = json.dumps({"Field": field, "Value": value, "Operator": "starts_with"})
    items = demo.partner("GET", f"/customers?size=0&filter={quote(wanted)}").json["items"]
    assert [item["companyProfile"]["companyName"] for item in items] == found


def test_other_operators_are_refused(demo: Asking) -> None:
    for wanted in ('{"Field":"CompanyName","Value":"a","Operator":"substring"}', "{", '{"Field":1}'):
        assert demo.partner("GET", f"/customers?filter={quote(wanted)}").status_code == 400


def test_a_customer_tells_its_country_and_its_reseller(demo: Asking) -> None:
    tenant = demo.customer("Fjordlys Energi AS").tenant
    customer = demo.partner("GET", f"/customers/{tenant}").json
    path = "/relationships?relationship_type=is_indirect_cloud_solution_provider_of"
    names = {item["mpnId"]: item["name"] for item in demo.partner("GET", path).json["items"]}

    assert customer["billingProfile"]["defaultAddress"]["country"] == "NO"
    assert names[customer["associatedPartnerId"]] == "Fjordsky IT AS"


def test_without_a_grant_the_domain_is_empty(demo: Asking) -> None:
    tenant = demo.customer("Ege Zeytincilik Ltd. Şti.").tenant
    customer = demo.partner("GET", f"/customers/{tenant}").json
    assert customer["companyProfile"]["domain"] == ""
    assert customer["allowDelegatedAccess"] is False


def test_more_seats_show_in_the_tenant_at_once(plain: Asking) -> None:
    bought = subscription(plain)

    reply = patch(plain, {**bought, "quantity": 4}, MS_RequestId="11111111-1111-4111-8111-111111111111")

    assert reply.status_code == 200
    assert (reply.json["quantity"], reply.json["autoRenewEnabled"]) == (4, True)
    assert reply.headers["MS-RequestId"] == "11111111-1111-4111-8111-111111111111"
    assert [plain.assign(user, "VISIOCLIENT").status_code for user in plain.users()[:5]] == [200] * 4 + [400]


def test_bought_seats_may_have_to_wait(plain: Asking) -> None:
    plain.control("switches", seat_delay_s=60)
    bought = subscription(plain)
    assert patch(plain, {**bought, "quantity": 2}).json["quantity"] == 2
    path = f"{SUBSCRIPTIONS}/{bought['id']}/provisioningstatus"
    plain.assign(plain.users()[0], "VISIOCLIENT")

    assert plain.partner("GET", path).json["status"] == "pending"
    assert plain.assign(plain.users()[1], "VISIOCLIENT").status_code == 400

    with time_machine.travel(clock.now().timestamp() + 61, tick=False):
        assert plain.partner("GET", path).json["quantity"] == 2
        assert plain.assign(plain.users()[1], "VISIOCLIENT").status_code == 200


def test_a_partial_body_silently_loses_auto_renewal(plain: Asking) -> None:
    bought = subscription(plain)

    reply = patch(plain, {"id": bought["id"], "Quantity": 3})

    assert (reply.json["quantity"], reply.json["autoRenewEnabled"]) == (3, False)


def test_the_same_request_id_buys_once(plain: Asking) -> None:
    bought = subscription(plain)
    key = "22222222-2222-4222-8222-222222222222"
    first = patch(plain, {**bought, "quantity": 3}, MS_RequestId=key)
    again = patch(plain, {**bought, "quantity": 9}, MS_RequestId=key)

    assert again.json == first.json
    assert subscription(plain)["quantity"] == 3


def test_fresh_seats_can_be_given_back_for_seven_days(plain: Asking) -> None:
    bought = patch(plain, {**subscription(plain), "quantity": 5}).json
    assert bought["refundableQuantity"]["totalQuantity"] == 4

    assert patch(plain, {**bought, "quantity": 3}).json["refundableQuantity"]["totalQuantity"] == 2

    with time_machine.travel(clock.now().timestamp() + 8 * 86400, tick=False):
        reply = patch(plain, {**subscription(plain), "quantity": 2})
        assert (reply.status_code, reply.json["code"]) == (400, 800090)


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"quantity": 0}, 400, 2002),
        ({"quantity": 1_000_000}, 400, 2002),
        ({"quantity": "3"}, 400, 800002),
        ({"billingCycle": "annual"}, 400, 2054),
        ({"status": "deleted"}, 400, 900117),
        ({"status": "paused"}, 400, 800002),
    ],
)
def test_what_may_not_be_changed_has_its_code(
    plain: Asking, change: dict[str, Any], status: int, code: int
) -> None:
    reply = patch(plain, {**subscription(plain), **change})
    assert (reply.status_code, reply.json["code"], reply.json["source"]) == (status, code, "PartnerFD")


def test_a_stale_etag_is_refused(plain: Asking) -> None:
    bought = subscription(plain)
    patch(plain, {**bought, "quantity": 2}, If_Match=f'"{bought["attributes"]["etag"]}"')

    reply = patch(plain, {**bought, "quantity": 3}, If_Match=f'"{bought["attributes"]["etag"]}"')

    assert (reply.status_code, reply.json["code"]) == (400, 2055)


def test_a_suspended_subscription_keeps_its_quantity(plain: Asking) -> None:
    paused = patch(plain, {**subscription(plain), "status": "suspended"}).json
    assert paused["autoRenewEnabled"] is False

    assert patch(plain, {**paused, "quantity": 2}).json["code"] == 2001
    assert patch(plain, {**paused, "status": "active"}).json["status"] == "active"


def test_fresh_seats_alone_can_be_cancelled(plain: Asking) -> None:
    with plain.state.write() as db:
        until = clock.now().replace(year=clock.now().year + 1).strftime("%Y-%m-%dT%H:%M:%SZ")
        db.execute("UPDATE subscription SET batches = ?", (json.dumps([{"quantity": 99, "until": until}]),))

    gone = patch(plain, {**subscription(plain), "status": "deleted"})

    assert gone.json["status"] == "deleted"
    assert patch(plain, {**gone.json, "quantity": 9}).json["code"] == 2011
    assert sku("VISIOCLIENT") not in {s["skuId"] for s in plain.get("/subscribedSkus").json["value"]}


def test_a_business_product_has_at_most_300_seats(demo: Asking) -> None:
    tenant = demo.customer("Juniper & Vale Architects").tenant
    bought = demo.partner("GET", f"/customers/{tenant}/subscriptions").json["items"][0]
    path = f"/customers/{tenant}/subscriptions/{bought['id']}"

    assert demo.partner("PATCH", path, {**bought, "quantity": 301}).json["code"] == 2002
    assert demo.partner("PATCH", path, {**bought, "quantity": 300}).json["quantity"] == 300


def test_strangers_and_unknown_subscriptions_are_told_apart(plain: Asking) -> None:
    nobody = "7f3f0e6a-0c51-4d7c-9a53-2f1f5b6f8f10"
    stranger = plain.partner("GET", f"/customers/{nobody}/subscriptions")
    unknown = plain.partner("GET", f"{SUBSCRIPTIONS}/{nobody}")
    assert (stranger.status_code, stranger.json["code"]) == (403, 20002)
    assert (unknown.status_code, unknown.json["code"]) == (404, 20003)


def test_provisioning_wants_a_person_and_a_grant(plain: Asking) -> None:
    path = f"/partnercenter/v1{SUBSCRIPTIONS}/{subscription(plain)['id']}/provisioningstatus"
    alone = plain.as_partner().token(tokens.PARTNER_CENTER)
    assert plain.client.get(path, headers=alone).json["code"] == 900329

    plain.control("edit", tenant=TENANT, do="end_gdap")
    person = plain.as_partner().token(tokens.PARTNER_CENTER, with_user=True)
    assert plain.client.get(path, headers=person).json["code"] == 900308


def test_tokens_of_others_open_nothing(plain: Asking) -> None:
    path = "/partnercenter/v1/customers"
    assert plain.client.get(path).status_code == 401
    assert plain.client.get(path, headers=plain.token()).json["code"] == 900420
    assert plain.client.get(path, headers=plain.token(tokens.PARTNER_CENTER)).json["code"] == 2032


def test_unknown_addresses_say_so(plain: Asking) -> None:
    assert plain.partner("GET", "/teapots").status_code == 404
    assert plain.partner("DELETE", "/customers").status_code == 405


def test_graph_shows_each_subscription_and_who_owns_it(demo: Asking) -> None:
    shown = demo.customer("Juniper & Vale Architects").get("/directory/subscriptions").json["value"]
    visio = [item for item in shown if item["skuPartNumber"] == "VISIOCLIENT"]
    assert [item["totalLicenses"] for item in visio] == [5, 8]
    assert {item["ownerType"] for item in visio} == {None}

    mesa = demo.customer("Blue Mesa Outfitters")
    (own,) = [i for i in mesa.get("/directory/subscriptions").json["value"] if i["ownerType"] == "User"]
    assert own["ownerId"] in mesa.users()
    assert mesa.get(f"/directory/subscriptions/{own['id']}").json["skuPartNumber"] == "POWER_BI_PRO"
    by_commerce = f"/directory/subscriptions(commerceSubscriptionId='{own['commerceSubscriptionId']}')"
    assert mesa.get(by_commerce).json["id"] == own["id"]
