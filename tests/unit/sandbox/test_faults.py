"""Faults on request: the calls they strike, what the caller then sees, and what was really done."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from werkzeug.test import TestResponse

from partner_center.sandbox import tokens
from tests.unit.sandbox.asking import PARTNER_TENANT_ID, Asking, sku

BATCH = "/graph/v1.0/$batch"
ASSIGN = "/graph/v1.0/users/*/assignLicense"


def on(plain: Asking, fault: str, **rule: Any) -> None:
    plain.control("faults", faults=[{"fault": fault, **rule}])


def fired(plain: Asking) -> list[tuple[int, int]]:
    """(met, fired) of each fault."""
    return [(rule["met"], rule["fired"]) for rule in plain.client.get("/sandbox/faults").json["faults"]]


def batch(plain: Asking, part: str = "STANDARDPACK", count: int = 4) -> TestResponse:
    """Give `part` to the first users in one call."""
    body = {"addLicenses": [{"skuId": sku(part)}], "removeLicenses": []}
    steps = [
        {"id": str(n), "method": "POST", "url": f"/users/{user}/assignLicense", "body": body}
        for n, user in enumerate(plain.users()[:count])
    ]
    return plain.ask("POST", "/$batch", {"requests": steps})


def statuses(reply: TestResponse) -> list[int]:
    return [each["status"] for each in reply.json["responses"]]


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ({"fault": "throttle", "retry_after": 7}, 429, "TooManyRequests"),
        ({"fault": "error", "status": 500}, 500, "InternalServerError"),
        ({"fault": "error", "status": 503}, 503, "ServiceNotAvailable"),
    ],
)
def test_an_error_comes_in_the_envelope_of_whoever_was_asked(
    plain: Asking, fault: dict[str, Any], status: int, code: str
) -> None:
    plain.control("faults", **fault)
    reply = plain.get("/subscribedSkus")
    assert plain.error(reply)[:2] == (status, code)
    assert reply.headers.get("Retry-After") == ("7" if status == 429 else None)
    assert plain.partner("GET", "/customers").json["code"] == status
    login = plain.client.post(f"/login/{plain.tenant}/oauth2/v2.0/token", data={})
    assert (login.status_code, login.json["error"]) == (status, "temporarily_unavailable")


def test_before_nothing_was_done_and_after_it_was(plain: Asking) -> None:
    first, second = plain.users()[:2]
    on(plain, "error", path=ASSIGN, nth=1, when="before")
    on(plain, "error", path=ASSIGN, nth=2, when="after")
    assert plain.assign(first, "STANDARDPACK").status_code == 500
    assert plain.assign(second, "STANDARDPACK").status_code == 500
    assert (plain.states(first), len(plain.states(second))) == ([], 1)


@pytest.mark.parametrize(("when", "held"), [("before", 0), ("after", 1)])
def test_a_dropped_connection_ends_without_an_answer(plain: Asking, when: str, held: int) -> None:
    on(plain, "drop", method="POST", path=ASSIGN, when=when)
    with pytest.raises(ConnectionAbortedError):
        plain.assign(plain.users()[0], "STANDARDPACK")
    assert len(plain.states(plain.users()[0])) == held


def test_one_request_of_a_batch_is_struck_and_the_others_are_done(plain: Asking) -> None:
    on(plain, "throttle", path=ASSIGN, nth=[2, 4], retry_after=3)
    reply = batch(plain)
    assert statuses(reply) == [200, 429, 200, 429]
    assert reply.json["responses"][1]["headers"]["Retry-After"] == "3"
    assert plain.consumed("STANDARDPACK") == 2


def test_an_answer_can_be_missing_from_a_batch_that_was_done(plain: Asking) -> None:
    on(plain, "missing_item", seed=3)
    assert len(statuses(batch(plain))) == 3
    assert plain.consumed("STANDARDPACK") == 4


def test_a_lost_batch_was_done_in_part(plain: Asking) -> None:
    on(plain, "lose_batch", seed=1)
    reply = batch(plain, count=5)
    assert (reply.status_code, reply.mimetype, reply.is_json) == (504, "text/html", False)
    done = []
    for _ in range(8):
        before = len(plain.client.get("/sandbox/writes").json["writes"])
        batch(plain, count=5)
        done.append(len(plain.client.get("/sandbox/writes").json["writes"]) - before)
    assert set(done) <= set(range(6))
    assert len(set(done)) > 2, "it is not always the same part of the batch"


def test_malformed_json_hides_what_was_done(plain: Asking) -> None:
    on(plain, "malformed", path=BATCH)
    reply = batch(plain)
    assert reply.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        json.loads(reply.data)
    assert plain.consumed("STANDARDPACK") == 4


def test_an_ended_token_is_refused_until_there_is_another(plain: Asking) -> None:
    on(plain, "expire_token", nth=1)
    token = plain.token()
    asked = [plain.client.get("/graph/v1.0/subscribedSkus", headers=token).status_code for _ in range(2)]
    assert asked == [401, 401]
    plain.control("faults/clear")
    assert plain.client.get("/graph/v1.0/subscribedSkus", headers=token).status_code == 401
    fresh = {"Authorization": "Bearer " + tokens.mint(plain.tenant, tokens.GRAPH, "x", with_user=True)}
    assert plain.client.get("/graph/v1.0/subscribedSkus", headers=fresh).status_code == 200


def test_access_ends_in_the_middle_of_a_batch_and_comes_back(plain: Asking) -> None:
    on(plain, "edit", path=ASSIGN, nth=3, edit={"do": "end_gdap"})
    assert statuses(batch(plain)) == [200, 200, 403, 403]
    plain.control("edit", tenant=plain.tenant, do="restore_gdap")
    assert plain.get("/subscribedSkus").status_code == 200


def test_another_administrator_changes_seats_and_licences_meanwhile(plain: Asking) -> None:
    on(
        plain,
        "edit",
        path=ASSIGN,
        nth=2,
        when="after",
        edit={"do": "seats", "sku": "STANDARDPACK", "quantity": 2},
    )
    on(
        plain,
        "edit",
        path=ASSIGN,
        seed=5,
        edit={"do": "assign", "user": "any", "sku": "PROJECTPROFESSIONAL"},
        next=3,
    )
    assert statuses(batch(plain)) == [200, 200, 400, 400]
    assert plain.consumed("PROJECTPROFESSIONAL") >= 1
    log = plain.client.get("/sandbox/writes").json["writes"]
    ours = [bool(write["request_id"]) for write in log if write["kind"] == "assignLicense"]
    assert Counter(ours) == {True: 4, False: 3}, "only calls from outside have a request id"


def test_faults_keep_to_their_tenant_method_and_path(plain: Asking) -> None:
    on(plain, "error", tenant=plain.tenant.upper(), method="get", path="/graph/v1.0/subscribed*")
    assert plain.get("/subscribedSkus").status_code == 500
    assert plain.get("/users").status_code == 200
    assert plain.as_partner().get("/subscribedSkus").status_code == 200
    on(plain, "error", tenant=plain.tenant, path="/partnercenter/*")
    assert plain.partner("GET", f"/customers/{plain.tenant}").status_code == 500
    assert plain.partner("GET", f"/customers/{PARTNER_TENANT_ID}").status_code != 500


def test_how_often_is_said_and_counted(plain: Asking) -> None:
    on(plain, "error", path="/graph/v1.0/users", next=2)
    on(plain, "slow", seconds=0, path="/graph/v1.0/users", chance=0.5, seed=9)
    got = [plain.get("/users").status_code for _ in range(40)]
    assert got == [500, 500] + [200] * 38
    (met, struck), (_, slow) = fired(plain)
    assert (met, struck) == (40, 2)
    assert 10 < slow < 30
    plain.control("faults/clear", id=1)
    assert [rule["fault"] for rule in plain.client.get("/sandbox/faults").json["faults"]] == ["slow"]
    assert [rule["fired"] for rule in plain.control("faults/clear")["faults"]] == [slow]


def test_the_same_seed_strikes_the_same_calls(plain: Asking) -> None:
    def struck() -> list[int]:
        on(plain, "error", path="/graph/v1.0/users", chance=0.4, seed=12)
        got = [plain.get("/users").status_code for _ in range(20)]
        plain.control("faults/clear")
        return got

    assert struck() == struck()


@pytest.mark.parametrize(
    "rule",
    [
        {},
        {"fault": "dance"},
        {"fault": "slow", "colour": "red"},
        {"fault": "slow", "chance": 2},
        {"fault": "slow", "chance": 0.5, "nth": 2},
        {"fault": "error", "status": 200},
        {"fault": "edit"},
        {"fault": "drop", "when": "never"},
    ],
)
def test_a_fault_that_makes_no_sense_is_told_and_not_switched_on(plain: Asking, rule: dict[str, Any]) -> None:
    wrong = plain.client.post("/sandbox/faults", json={"faults": [{"fault": "drop"}, rule]})
    assert (wrong.status_code, bool(wrong.json["error"])) == (400, True)
    assert fired(plain) == []
