"""Listing users: pages, filters, search, order; and Graph's rules for when they are allowed."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from tests.unit.sandbox.asking import Asking, sku

ADVANCED = {"ConsistencyLevel": "eventual"}


def names(asking: Asking, query: str, **headers: str) -> list[str]:
    reply = asking.get(f"/users?{query}", **headers)
    assert reply.status_code == 200, reply.json
    return [user["displayName"] for user in reply.json["value"]]


def test_pages_follow_each_other_without_gap_or_repeat(plain: Asking) -> None:
    seen, url = [], "/users?$top=4&$select=displayName"
    while url:
        body = plain.get(url).json
        seen += [user["displayName"] for user in body["value"]]
        url = body.get("@odata.nextLink")

    assert seen == [f"User {number}" for number in range(10)]


def test_a_next_link_is_absolute_keeps_the_query_and_repeats_no_count(plain: Asking) -> None:
    first = plain.get("/users?$top=4&$count=true&$select=displayName", **ADVANCED).json
    link = first["@odata.nextLink"]

    assert first["@odata.count"] == 10
    assert urlsplit(link)[:3] == ("http", "localhost", "/graph/v1.0/users")
    assert "$select=displayName" in link
    assert "@odata.count" not in plain.get(link, **ADVANCED).json


def test_count_without_the_header_is_silently_ignored(plain: Asking) -> None:
    assert "@odata.count" not in plain.get("/users?$count=true").json


def test_only_usual_properties_come_unless_others_are_selected(plain: Asking) -> None:
    user = plain.get("/users?$top=1").json["value"][0]
    assert set(user) == {
        "businessPhones",
        "displayName",
        "givenName",
        "jobTitle",
        "mail",
        "mobilePhone",
        "officeLocation",
        "preferredLanguage",
        "surname",
        "userPrincipalName",
        "id",
    }
    assert set(plain.get("/users?$top=1&$select=usageLocation").json["value"][0]) == {"usageLocation", "id"}


def test_an_unknown_property_can_not_be_selected(plain: Asking) -> None:
    assert (
        "Could not find a property named 'shoeSize'" in plain.error(plain.get("/users?$select=shoeSize"))[2]
    )


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("$filter=displayName eq 'USER 3'", ["User 3"]),
        ("$filter=startsWith(displayName,'user')&$top=2", ["User 0", "User 1"]),
        ("$filter=displayName in ('User 1','User 7')", ["User 1", "User 7"]),
        ("$filter=userPrincipalName eq 'user2@plain.no' or mail eq 'user4@plain.no'", ["User 2", "User 4"]),
        ("$filter=(usageLocation eq 'TR') and userType eq 'Member'", ["User 5"]),
        ("$filter=accountEnabled eq false", ["User 6"]),
        ("$filter=assignedLicenses/any(x:x/skuId eq {visio})", ["User 8"]),
        ("%24filter=department%20eq%20'O''Neill%20%26%20S%C3%B8nn'", ["User 9"]),
        ("$orderby=displayName desc&$top=2", ["User 9", "User 8"]),
    ],
)
def test_plain_queries_need_no_header(plain: Asking, query: str, found: list[str]) -> None:
    users = plain.users()
    plain.assign(users[8], "VISIOCLIENT")
    plain.update(users[5], usage_location="TR")
    plain.update(users[6], enabled=False)
    plain.update(users[9], department="O'Neill & Sønn")

    assert names(plain, query.replace("{visio}", sku("VISIOCLIENT"))) == found


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("$filter=department ne 'Drift'", ["User 0", "User 1", "User 2"]),
        ("$filter=department eq null", ["User 0"]),
        ("$filter=not(startsWith(displayName,'User')) or department eq 'Salg'", ["User 1"]),
        ("$filter=endsWith(mail,'1@plain.no')", ["User 1"]),
        ("$filter=assignedLicenses/$count ne 0", ["User 2"]),
        ("$filter=department eq 'Drift'&$orderby=displayName desc&$top=1", ["User 9"]),
        ('$search="displayName:us 4"', ["User 4"]),
        ('$search="displayName:user" AND "mail:user5"', ["User 5"]),
    ],
)
def test_advanced_queries_need_header_and_count(plain: Asking, query: str, found: list[str]) -> None:
    users = plain.users()
    for number, user in enumerate(users):
        plain.update(user, department={0: None, 1: "Salg", 2: "Økonomi"}.get(number, "Drift"))
    plain.assign(users[2], "VISIOCLIENT")

    assert plain.get(f"/users?{query}&$count=true").status_code == 400
    assert names(plain, f"{query}&$count=true", **ADVANCED) == found


def test_header_without_count_is_not_enough_for_an_advanced_filter(plain: Asking) -> None:
    reply = plain.get("/users?$filter=department ne 'x'", **ADVANCED)
    assert plain.error(reply)[1] == "Request_UnsupportedQuery"


def test_the_count_alone_is_a_bare_number(plain: Asking) -> None:
    reply = plain.get("/users/$count?$filter=displayName eq 'User 1'", **ADVANCED)
    assert (reply.text, reply.content_type) == ("1", "text/plain")


@pytest.mark.parametrize(
    "text",
    [
        "displayName",
        "displayName eq",
        "displayName eq 'open",
        "(displayName eq 'a'",
        "displayName like 'a'",
        "eq 'a'",
        "displayName in 'a'",
        "displayName eq 'a' 'b'",
        "assignedLicenses/any(x:startsWith(x/skuId,'a'))",
        "§",
    ],
)
def test_a_broken_filter_is_called_so(plain: Asking, text: str) -> None:
    status, code, message = plain.error(plain.get("/users?$filter=" + text))
    assert (status, code) == (400, "BadRequest")
    assert message.startswith("Invalid filter clause")


@pytest.mark.parametrize(
    "query",
    [
        "$filter=contains(displayName,'a')",
        "$filter=displayName gt 'a'",
        "$filter=assignedLicenses/any(x:x/state eq 'a')",
        "$filter=assignedLicenses/$count eq 2",
        "$orderby=mail",
        "$orderby=displayName sideways",
        "$search=user",
        '$search="shoeSize:9"',
        '$search="displayName:a" XOR "displayName:b"',
        "$skip=20",
        "$top=0",
        "$top=many",
        "$skiptoken=nonsense",
        "$skiptoken=e30",
    ],
)
def test_what_graph_does_not_do_is_refused(plain: Asking, query: str) -> None:
    assert plain.get(f"/users?{query}&$count=true", **ADVANCED).status_code == 400


def test_a_location_is_changed_in_place(plain: Asking) -> None:
    user = plain.users()[0]

    assert plain.ask("PATCH", f"/users/{user}", {"usageLocation": "tr"}).status_code == 204

    assert plain.get(f"/users/{user}?$select=usageLocation").json["usageLocation"] == "TR"


def test_a_read_only_property_stays(plain: Asking) -> None:
    reply = plain.ask("PATCH", f"/users/{plain.users()[0]}", {"id": "x"})
    assert plain.error(reply)[0] == 400


def test_objects_come_by_their_ids(plain: Asking) -> None:
    wanted = plain.users()[2:4]
    reply = plain.ask("POST", "/directoryObjects/getByIds", {"ids": wanted, "types": ["user"]})
    assert {item["id"] for item in reply.json["value"]} == set(wanted)


def test_the_organization_tells_its_country_and_domain(plain: Asking) -> None:
    (shown,) = plain.get("/organization").json["value"]
    assert (shown["countryLetterCode"], shown["verifiedDomains"][0]["name"]) == ("NO", "plain.no")
