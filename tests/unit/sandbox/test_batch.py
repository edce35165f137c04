"""$batch: each request has its own answer, whatever becomes of the others."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.sandbox.asking import Asking, sku


def batch(asking: Asking, *steps: dict[str, Any]) -> list[dict[str, Any]]:
    reply = asking.ask("POST", "/$batch", {"requests": list(steps)})
    assert reply.status_code == 200, reply.json
    answers: list[dict[str, Any]] = reply.json["responses"]
    return answers


def give(asking: Asking, number: int, part: str = "POWER_BI_PRO", **more: Any) -> dict[str, Any]:
    return {
        "id": str(number),
        "method": "POST",
        "url": f"/users/{asking.users()[number]}/assignLicense",
        "headers": {"Content-Type": "application/json"},
        "body": {"addLicenses": [{"skuId": sku(part), "disabledPlans": []}], "removeLicenses": []},
        **more,
    }


def test_every_request_has_its_own_status(plain: Asking) -> None:
    answers = batch(plain, give(plain, 0), give(plain, 1), give(plain, 2))

    assert [(answer["id"], answer["status"]) for answer in answers] == [("0", 200), ("1", 200), ("2", 400)]
    assert answers[0]["body"]["displayName"] == "User 0"
    assert "does not have any available licenses" in answers[2]["body"]["error"]["message"]


@pytest.mark.parametrize("key", ["dependsOn", "depends_on"])
def test_what_depends_on_a_failed_request_is_not_tried(plain: Asking, key: str) -> None:
    bad = give(plain, 0, "SPE_E5")
    answers = batch(plain, bad, give(plain, 1, **{key: ["0"]}), give(plain, 2))

    assert [answer["status"] for answer in answers] == [400, 424, 200]
    assert plain.states(plain.users()[1]) == []


def test_a_request_waits_for_what_it_depends_on_even_when_listed_first(plain: Asking) -> None:
    first = {"id": "a", "method": "GET", "url": f"/users/{plain.users()[0]}?$select=assignedLicenses"}
    answers = batch(plain, {**first, "dependsOn": ["0"]}, give(plain, 0))

    assert [answer["id"] for answer in answers] == ["a", "0"]
    assert answers[0]["body"]["assignedLicenses"][0]["skuId"] == sku("POWER_BI_PRO")


def test_requests_that_wait_for_each_other_all_fail(plain: Asking) -> None:
    answers = batch(plain, give(plain, 0, dependsOn=["1"]), give(plain, 1, dependsOn=["0"]))
    assert [answer["status"] for answer in answers] == [424, 424]


@pytest.mark.parametrize(
    "url",
    [
        "subscribedSkus",
        "/subscribedSkus",
        "/v1.0/subscribedSkus",
        "http://localhost/graph/v1.0/subscribedSkus",
        "https://graph.microsoft.com/v1.0/subscribedSkus?$select=skuId",
    ],
)
def test_addresses_of_all_clients_are_understood(plain: Asking, url: str) -> None:
    (answer,) = batch(plain, {"id": "1", "method": "get", "url": url, "unknown": True})
    assert answer["status"] == 200


def test_an_empty_answer_has_no_body(plain: Asking) -> None:
    step = {
        "id": "1",
        "method": "PATCH",
        "url": f"/users/{plain.users()[0]}",
        "body": {"usageLocation": "SE"},
    }
    (answer,) = batch(plain, step)
    assert (answer["status"], "body" in answer) == (204, False)


def test_a_throttled_request_says_how_many_whole_seconds_to_wait(plain: Asking) -> None:
    plain.control("switches", quota=2 / 3000)

    answers = batch(plain, give(plain, 0), give(plain, 1, "VISIOCLIENT"), give(plain, 2, "MCOPSTN1"))

    assert [answer["status"] for answer in answers] == [200, 200, 429]
    assert answers[2]["headers"]["Retry-After"].isdecimal()
    assert answers[2]["body"]["error"]["code"] == "TooManyRequests"


@pytest.mark.parametrize(
    "body",
    [
        {"requests": []},
        {"requests": "all"},
        {},
        {"requests": [{"id": "1", "method": "GET"}]},
        {"requests": [{"id": i, "method": "GET", "url": "/users"} for i in ("a", "A")]},
    ],
)
def test_a_batch_that_makes_no_sense_is_refused_whole(plain: Asking, body: dict[str, Any]) -> None:
    assert plain.ask("POST", "/$batch", body).status_code == 400
