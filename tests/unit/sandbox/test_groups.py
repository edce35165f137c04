"""Licences by group: who gets them, who does not and why, and what a person can not do about it."""

from __future__ import annotations

from typing import Any

import time_machine

from tests.unit.sandbox.asking import Asking, sku

ADVANCED = {"ConsistencyLevel": "eventual"}


def group_of(asking: Asking) -> str:
    group: str = asking.get("/groups").json["value"][0]["id"]
    return group


def give(asking: Asking, *parts: str, remove: tuple[str, ...] = ()) -> Any:
    body = {
        "addLicenses": [{"skuId": sku(part), "disabledPlans": []} for part in parts],
        "removeLicenses": [sku(part) for part in remove],
    }
    return asking.ask("POST", f"/groups/{group_of(asking)}/assignLicense", body)


def join(asking: Asking, *users: str) -> Any:
    links = [f"https://graph.microsoft.com/v1.0/directoryObjects/{user}" for user in users]
    return asking.ask("PATCH", f"/groups/{group_of(asking)}", {"members@odata.bind": links})


def errors(asking: Asking, user: str) -> dict[str, str]:
    return {state["skuId"]: state["error"] for state in asking.states(user)}


def test_members_get_what_the_group_has(plain: Asking) -> None:
    users = plain.users()
    assert join(plain, *users[:2]).status_code == 204

    assert give(plain, "ENTERPRISEPACK").status_code == 202

    for user in users[:2]:
        assert [state["assignedByGroup"] for state in plain.states(user)] == [group_of(plain)]
    assert plain.consumed("ENTERPRISEPACK") == 2


def test_who_joins_later_gets_it_and_who_leaves_loses_it(plain: Asking) -> None:
    user = plain.users()[0]
    give(plain, "ENTERPRISEPACK")
    join(plain, user)
    assert plain.consumed("ENTERPRISEPACK") == 1

    plain.ask("DELETE", f"/groups/{group_of(plain)}/members/{user}/$ref")

    assert plain.states(user) == []
    assert plain.consumed("ENTERPRISEPACK") == 0


def test_the_same_product_by_hand_and_by_group_takes_one_seat(plain: Asking) -> None:
    user = plain.users()[0]
    plain.assign(user, "ENTERPRISEPACK")
    join(plain, user)
    give(plain, "ENTERPRISEPACK")

    assert len(plain.states(user)) == 2
    assert plain.consumed("ENTERPRISEPACK") == 1
    merged = plain.get(f"/users/{user}?$select=assignedLicenses").json["assignedLicenses"]
    assert [entry["skuId"] for entry in merged] == [sku("ENTERPRISEPACK")]

    assert plain.assign(user, remove=("ENTERPRISEPACK",)).status_code == 200
    assert plain.consumed("ENTERPRISEPACK") == 1


def test_without_a_seat_the_state_says_count_violation(plain: Asking) -> None:
    first, second = plain.users()[:2]
    join(plain, first, second)

    give(plain, "VISIOCLIENT")

    assert sorted([*errors(plain, first).values(), *errors(plain, second).values()]) == [
        "CountViolation",
        "None",
    ]
    assert plain.consumed("VISIOCLIENT") == 1
    failed = plain.get(f"/groups/{group_of(plain)}/membersWithLicenseErrors").json["value"]
    assert [person["id"] for person in failed] == [second]


def test_if_one_product_of_a_group_fails_none_is_given(plain: Asking) -> None:
    user = plain.users()[0]
    plain.assign(user, "MCOPSTN1")
    join(plain, user)

    give(plain, "POWER_BI_PRO", "MCOPSTN2")

    assert errors(plain, user) == {
        sku("MCOPSTN1"): "None",
        sku("MCOPSTN2"): "MutuallyExclusiveViolation",
        sku("POWER_BI_PRO"): "Other",
    }
    assert plain.consumed("POWER_BI_PRO") == 0


def test_a_licence_in_error_is_not_among_the_assigned(plain: Asking) -> None:
    first, second = plain.users()[:2]
    plain.assign(first, "VISIOCLIENT")
    join(plain, second)
    give(plain, "VISIOCLIENT")

    assert plain.get(f"/users/{second}?$select=assignedLicenses").json["assignedLicenses"] == []
    assert plain.states(second)[0]["state"] == "Error"


def test_reprocessing_tries_again_and_tells_the_real_reason(plain: Asking) -> None:
    first, second = plain.users()[:2]
    plain.assign(first, "VISIOCLIENT")
    join(plain, second)
    give(plain, "VISIOCLIENT")

    still = plain.ask("POST", f"/users/{second}/reprocessLicenseAssignment")
    assert "does not have any available licenses" in still.json["error"]["message"]

    plain.assign(first, remove=("VISIOCLIENT",))
    assert plain.ask("POST", f"/users/{second}/reprocessLicenseAssignment").status_code == 200
    assert errors(plain, second) == {sku("VISIOCLIENT"): "None"}


def test_a_member_without_a_location_uses_the_tenants(plain: Asking) -> None:
    user = plain.users()[0]
    plain.update(user, usage_location=None)
    join(plain, user)

    give(plain, "POWER_BI_PRO")

    assert errors(plain, user) == {sku("POWER_BI_PRO"): "None"}


def test_a_product_taken_from_the_group_is_taken_from_its_members(plain: Asking) -> None:
    user = plain.users()[0]
    join(plain, user)
    give(plain, "POWER_BI_PRO", "VISIOCLIENT")

    give(plain, remove=("VISIOCLIENT",))

    assert set(errors(plain, user)) == {sku("POWER_BI_PRO")}
    assert plain.consumed("VISIOCLIENT") == 0


def test_groups_that_hand_out_licences_can_be_found(plain: Asking) -> None:
    query = "/groups?$filter=assignedLicenses/$count ne 0&$count=true&$select=id,displayName,assignedLicenses"
    assert plain.get(query, **ADVANCED).json["value"] == []
    give(plain, "POWER_BI_PRO")

    (group,) = plain.get(query, **ADVANCED).json["value"]

    assert group["assignedLicenses"] == [{"disabledPlans": [], "skuId": sku("POWER_BI_PRO")}]
    assert plain.get(query).status_code == 400


def test_groups_with_members_in_error_can_be_found(plain: Asking) -> None:
    first, second = plain.users()[:2]
    query = "/groups?$filter=hasMembersWithLicenseErrors eq true"
    join(plain, first, second)
    assert plain.get(query).json["value"] == []

    give(plain, "VISIOCLIENT")

    assert [group["id"] for group in plain.get(query).json["value"]] == [group_of(plain)]


def test_members_join_all_or_none_and_at_most_twenty(plain: Asking) -> None:
    user = plain.users()[0]
    nobody = "7f3f0e6a-0c51-4d7c-9a53-2f1f5b6f8f10"

    assert join(plain, user, nobody).status_code == 404
    assert join(plain, *[user] * 21).status_code == 400
    assert plain.get(f"/groups/{group_of(plain)}/members").json["value"] == []
    assert join(plain, user).status_code == 204
    assert join(plain, user).status_code == 400


def test_a_group_can_not_hand_out_or_lose_what_is_not_there(plain: Asking) -> None:
    assert give(plain, "SPE_E5").status_code == 400
    assert give(plain, remove=("POWER_BI_PRO",)).status_code == 400
    assert plain.get("/groups/7f3f0e6a-0c51-4d7c-9a53-2f1f5b6f8f10").status_code == 404
    leaving = f"/groups/{group_of(plain)}/members/{plain.users()[0]}/$ref"
    assert plain.ask("DELETE", leaving).status_code == 404


def test_one_group_shows_its_licences_only_when_asked(plain: Asking) -> None:
    give(plain, "POWER_BI_PRO")
    group = group_of(plain)

    assert "assignedLicenses" not in plain.get(f"/groups/{group}").json
    shown = plain.get(f"/groups/{group}?$select=licenseProcessingState").json
    assert shown["licenseProcessingState"] == {"state": "ProcessingComplete"}


def test_a_change_of_a_group_is_worked_off_a_moment_after_the_answer(plain: Asking) -> None:
    user, group = plain.users()[0], group_of(plain)
    join(plain, user)
    with time_machine.travel("2026-11-25T09:00:00Z", tick=False) as clock:
        plain.control("switches", group_delay_s=60)
        answer = give(plain, "POWER_BI_PRO")
        assert answer.status_code == 202
        assert answer.json["licenseProcessingState"] == {"state": "QueuedForProcessing"}
        assert answer.headers["Location"].endswith(f"/groups/{group}")
        assert plain.states(user) == [], "202 is no outcome"
        clock.shift(40)
        assert processing(plain) == "ProcessingInProgress"
        assert plain.consumed("POWER_BI_PRO") == 0
        clock.shift(21)
        assert processing(plain) == "ProcessingComplete"
        assert errors(plain, user) == {sku("POWER_BI_PRO"): "None"}


def test_members_can_be_listed_with_their_licenses_by_a_cast(plain: Asking) -> None:
    first, second = plain.users()[:2]
    join(plain, first, second)
    give(plain, "VISIOCLIENT")
    cast = f"/groups/{group_of(plain)}/members/microsoft.graph.user?$select=id,licenseAssignmentStates&$top=1"

    assert plain.get(cast).status_code == 400, "a cast is an advanced query"
    page = plain.get(cast + "&$count=true", **ADVANCED).json
    assert page["@odata.count"] == 2
    rest = plain.get(page["@odata.nextLink"], **ADVANCED).json

    told = {person["id"]: person["licenseAssignmentStates"][0]["error"] for person in page["value"]}
    told |= {person["id"]: person["licenseAssignmentStates"][0]["error"] for person in rest["value"]}
    assert told == {first: "None", second: "CountViolation"}
    assert "@odata.nextLink" not in rest


def processing(asking: Asking) -> str:
    shown = asking.get(f"/groups/{group_of(asking)}?$select=licenseProcessingState").json
    state: str = shown["licenseProcessingState"]["state"]
    return state
