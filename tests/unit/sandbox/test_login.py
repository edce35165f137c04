"""The token endpoint and the grants behind the tokens."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine

from partner_center.sandbox import access, tokens
from partner_center.sandbox.demo_identity import CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN
from partner_center.shared import clock
from tests.unit.sandbox.asking import TENANT, Asking

RELATIONSHIPS = "/tenantRelationships/delegatedAdminRelationships"
GRAPH_SCOPE = "https://graph.microsoft.com/.default"


def login(asking: Asking, tenant: str = TENANT, **more: str) -> Any:
    form = {
        "grant_type": "client_credentials",
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "scope": GRAPH_SCOPE,
        **more,
    }
    return asking.client.post(f"/login/{tenant}/oauth2/v2.0/token", data=form)


def test_client_credentials_give_a_token_for_that_tenant(plain: Asking) -> None:
    reply = login(plain)

    token = tokens.read(reply.json["access_token"])
    assert (token.tenant, token.audience, token.with_user) == (TENANT, tokens.GRAPH, False)
    assert reply.json["expires_in"] == 3599
    header = {"Authorization": f"Bearer {reply.json['access_token']}"}
    assert len(plain.client.get("/graph/v1.0/users", headers=header).json["value"]) == 10


def test_a_refresh_token_gives_a_token_with_a_person(plain: Asking) -> None:
    scope = "https://api.partnercenter.microsoft.com/user_impersonation offline_access"
    reply = login(plain, grant_type="refresh_token", refresh_token=REFRESH_TOKEN, scope=scope)

    token = tokens.read(reply.json["access_token"])
    assert (token.audience, token.with_user) == (tokens.PARTNER_CENTER, True)
    assert reply.json["refresh_token"] == REFRESH_TOKEN


def test_a_tenant_may_be_named_by_its_domain_and_the_api_by_resource(plain: Asking) -> None:
    reply = login(plain, "plain.no", scope="", resource="https://graph.microsoft.com/")
    assert tokens.read(reply.json["access_token"]).tenant == TENANT


@pytest.mark.parametrize(
    ("tenant", "change", "status", "number"),
    [
        ("nowhere.example", {}, 400, 90002),
        (TENANT, {"client_id": "x"}, 400, 700016),
        (TENANT, {"client_secret": "x"}, 401, 7000215),
        (TENANT, {"grant_type": "password"}, 400, 70003),
        (TENANT, {"grant_type": "refresh_token", "refresh_token": "x"}, 400, 9002313),
        (TENANT, {"scope": "openid"}, 400, 70011),
    ],
)
def test_a_bad_login_has_entras_number(
    plain: Asking, tenant: str, change: dict[str, str], status: int, number: int
) -> None:
    reply = login(plain, tenant, **change)
    assert (reply.status_code, reply.json["error_codes"]) == (status, [number])
    assert reply.json["error_description"].startswith(f"AADSTS{number}: ")


def test_a_token_ends_after_an_hour(plain: Asking) -> None:
    header = plain.token()
    with time_machine.travel(clock.now() + timedelta(minutes=61), tick=False):
        reply = plain.client.get("/graph/v1.0/users", headers=header)
    assert plain.error(reply)[:2] == (401, "InvalidAuthenticationToken")


def test_a_token_that_was_tampered_with_is_no_token(plain: Asking) -> None:
    head, _, signature = plain.token()["Authorization"].split(".")
    _, claims, _ = plain.as_partner().token()["Authorization"].split(".")
    header = {"Authorization": f"{head}.{claims}.{signature}"}
    assert plain.client.get("/graph/v1.0/users", headers=header).status_code == 401


def test_relationships_say_what_may_be_done_where_and_until_when(demo: Asking) -> None:
    shown = demo.get(f"{RELATIONSHIPS}?$top=300").json["value"]
    by_name: dict[str, list[str]] = {}
    for item in shown:
        by_name.setdefault(item["customer"]["displayName"], []).append(item["status"])

    assert by_name["Ege Zeytincilik Ltd. Şti."] == ["expired"]
    assert by_name["Boğaziçi Mimarlık"] == ["approvalPending"]
    assert by_name["Prairie State Logistics"] == ["terminated", "active"]
    (week,) = [item for item in shown if item["customer"]["displayName"] == "Nordvik Regnskap AS"]
    assert clock.now() < datetime.fromisoformat(week["endDateTime"]) < clock.now() + timedelta(days=7)
    assert demo.get(f"{RELATIONSHIPS}/{week['id']}").json["displayName"] == week["displayName"]


def test_a_relationship_past_its_end_is_expired(demo: Asking) -> None:
    customer = demo.customer("Nordvik Regnskap AS")
    path = f"{RELATIONSHIPS}?$filter=customer/tenantId eq '{customer.tenant}'"
    assert customer.get("/users").status_code == 200

    with time_machine.travel(clock.now() + timedelta(days=5), tick=False):
        assert customer.get("/users").status_code == 403
        (shown,) = demo.get(path).json["value"]
        assert shown["status"] == "expired"


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        (access.LICENSE_ADMIN, {"read", "assign", "location"}),
        (access.USER_ADMIN, {"read", "assign", "location", "department", "delete"}),
        (access.DIRECTORY_WRITERS, {"read", "assign", "location", "department"}),
        (access.GLOBAL_READER, {"read"}),
        (access.DIRECTORY_READERS, {"read"}),
        (access.HELPDESK_ADMIN, set()),
    ],
)
def test_each_role_of_a_grant_opens_just_its_doors(plain: Asking, role: str, allowed: set[str]) -> None:
    with plain.state.write() as db:
        db.execute("UPDATE relationship SET roles = ?", (json.dumps([role]),))
    user = plain.users()[0]
    answers = {
        "read": plain.get("/users"),
        "assign": plain.assign(user, "POWER_BI_PRO"),
        "location": plain.ask("PATCH", f"/users/{user}", {"usageLocation": "SE"}),
        "department": plain.ask("PATCH", f"/users/{user}", {"department": "Salg"}),
        "delete": plain.ask("DELETE", f"/users/{user}"),
    }
    assert {name for name, reply in answers.items() if reply.status_code < 300} == allowed
    assert {reply.status_code for name, reply in answers.items() if name not in allowed} <= {403}


def test_relationships_come_filtered_in_pages(demo: Asking) -> None:
    path = f"{RELATIONSHIPS}?$filter=status eq 'active'&$top=10"
    seen = []
    while path:
        body = demo.get(path).json
        seen += body["value"]
        path = body.get("@odata.nextLink")

    assert {item["status"] for item in seen} == {"active"}
    assert len({item["id"] for item in seen}) == len(seen) == 24


def test_only_customers_with_a_live_grant_are_delegated(demo: Asking) -> None:
    shown = demo.get("/tenantRelationships/delegatedAdminCustomers?$top=300&$select=displayName").json
    names = {item["displayName"] for item in shown["value"]}
    assert "Fjordlys Energi AS" in names
    assert not names & {"Ege Zeytincilik Ltd. Şti.", "Boğaziçi Mimarlık"}


def test_contracts_list_every_customer(demo: Asking) -> None:
    shown = demo.get("/contracts?$top=300&$orderby=displayName&$count=true").json
    assert shown["@odata.count"] == 26
    names = [item["displayName"].casefold() for item in shown["value"]]
    assert names == sorted(names)


def test_a_customers_token_can_not_look_at_the_partner(plain: Asking) -> None:
    assert plain.get(RELATIONSHIPS).status_code == 403
    assert plain.as_partner().get(RELATIONSHIPS).status_code == 200
    missing = plain.as_partner().get(f"{RELATIONSHIPS}/none")
    assert missing.status_code == 404
