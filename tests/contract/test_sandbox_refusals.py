"""What the sandbox refuses, word for word as Microsoft does: one table, one row a refusal."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from partner_center.sandbox.storage import State
from tests.unit.sandbox.asking import TENANT, Asking, plan, seed_plain, sku

NOBODY = "7f3f0e6a-0c51-4d7c-9a53-2f1f5b6f8f10"
BAD_REQUEST = "Request_BadRequest"
UNSUPPORTED = "Request_UnsupportedQuery"


@pytest.fixture(scope="module")
def plain_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The plain customer, closed."""
    path = tmp_path_factory.mktemp("plain") / "plain.sqlite"
    state = State(path)
    seed_plain(state)
    state.close()
    return path


@pytest.fixture
def plain(plain_file: Path, tmp_path: Path) -> Iterator[Asking]:
    """One Norwegian customer with ten users and a few products."""
    state = State(shutil.copy(plain_file, tmp_path / "sandbox.sqlite"))
    yield Asking(state, TENANT)
    state.close()


def post(asking: Asking, body: object) -> TestResponse:
    return asking.ask("POST", f"/users/{asking.users()[0]}/assignLicense", body)


def no_seat_left(asking: Asking) -> TestResponse:
    first, second = asking.users()[:2]
    asking.assign(first, "VISIOCLIENT")
    return asking.assign(second, "VISIOCLIENT")


def two_exclude_each_other(asking: Asking) -> TestResponse:
    return asking.assign(asking.users()[0], "MCOPSTN1", "MCOPSTN2")


def one_needs_another(asking: Asking) -> TestResponse:
    return asking.assign(asking.users()[0], "MCOMEETADV")


def no_location(asking: Asking) -> TestResponse:
    asking.update(asking.users()[0], usage_location=None)
    return asking.assign(asking.users()[0], "POWER_BI_PRO")


def not_sold_there(asking: Asking) -> TestResponse:
    asking.update(asking.users()[0], usage_location="TR")
    return asking.assign(asking.users()[0], "MCOPSTN1")


def address_taken(asking: Asking) -> TestResponse:
    first, second = asking.users()[:2]
    asking.assign(first, "ENTERPRISEPACK")
    asking.update(second, mail="user0@plain.no")
    return asking.assign(second, "STANDARDPACK")


def not_owned(asking: Asking) -> TestResponse:
    return asking.assign(asking.users()[0], "SPE_E5")


def not_held(asking: Asking) -> TestResponse:
    return asking.assign(asking.users()[0], remove=("POWER_BI_PRO",))


def inherited(asking: Asking) -> TestResponse:
    group = asking.get("/groups").json["value"][0]["id"]
    user = asking.users()[0]
    asking.ask("POST", f"/groups/{group}/members/$ref", {"@odata.id": f"http://x/directoryObjects/{user}"})
    body = {"addLicenses": [{"skuId": sku("POWER_BI_PRO")}], "removeLicenses": []}
    assert asking.ask("POST", f"/groups/{group}/assignLicense", body).status_code == 202
    return asking.assign(user, remove=("POWER_BI_PRO",))


def company_scope(asking: Asking) -> TestResponse:
    return asking.assign(asking.users()[0], "SHAREPOINTSTORAGE")


def self_service(asking: Asking) -> TestResponse:
    with asking.state.write() as db:
        db.execute("UPDATE subscription SET channel = 'self-service' WHERE sku = ?", (sku("POWER_BI_PRO"),))
    return asking.assign(asking.users()[0], "POWER_BI_PRO")


def lists_missing(asking: Asking) -> TestResponse:
    return post(asking, {"removeLicenses": []})


def lists_empty(asking: Asking) -> TestResponse:
    return post(asking, {"addLicenses": [], "removeLicenses": []})


def bad_guid(asking: Asking) -> TestResponse:
    return post(asking, {"addLicenses": [], "removeLicenses": ["POWER_BI_PRO"]})


def foreign_plan(asking: Asking) -> TestResponse:
    return asking.assign(asking.users()[0], "POWER_BI_PRO", off=(plan("ENTERPRISEPACK", "SWAY"),))


def user_gone(asking: Asking) -> TestResponse:
    return asking.assign(NOBODY, "POWER_BI_PRO")


def grant_ended(asking: Asking) -> TestResponse:
    asking.control("edit", tenant=asking.tenant, do="end_gdap")
    return asking.assign(asking.users()[0], "POWER_BI_PRO")


def grant_for_reading(asking: Asking) -> TestResponse:
    with asking.state.write() as db:
        db.execute("UPDATE relationship SET roles = '[\"88d8e3e3-8f55-4a1e-953a-9b9898b8876b\"]'")
    assert asking.get("/users").status_code == 200
    return asking.assign(asking.users()[0], "POWER_BI_PRO")


def no_token(asking: Asking) -> TestResponse:
    return asking.client.get("/graph/v1.0/users")


def no_real_token(asking: Asking) -> TestResponse:
    return asking.client.get("/graph/v1.0/users", headers={"Authorization": "Bearer a.b.c"})


def another_apis_token(asking: Asking) -> TestResponse:
    header = asking.token("https://api.partnercenter.microsoft.com")
    return asking.client.get("/graph/v1.0/users", headers=header)


def changed_at_once(asking: Asking) -> TestResponse:
    asking.world.claim(asking.users()[0], "another call")
    return asking.assign(asking.users()[0], "POWER_BI_PRO")


def wrong_country(asking: Asking) -> TestResponse:
    return asking.ask("PATCH", f"/users/{asking.users()[0]}", {"usageLocation": "Norway"})


def bare_count(asking: Asking) -> TestResponse:
    return asking.get("/users/$count")


def bare_search(asking: Asking) -> TestResponse:
    return asking.get('/users?$search="displayName:user"')


def bare_advanced(asking: Asking) -> TestResponse:
    return asking.get("/users?$filter=department ne 'Sales'")


def too_large_page(asking: Asking) -> TestResponse:
    return asking.get("/users?$top=1000")


def not_indexed(asking: Asking) -> TestResponse:
    return asking.get("/users?$filter=officeLocation eq 'Oslo'")


def sku_filter(asking: Asking) -> TestResponse:
    return asking.get("/subscribedSkus?$filter=consumedUnits gt 1")


def too_many_ors(asking: Asking) -> TestResponse:
    return asking.get("/users?$filter=" + " or ".join(f"displayName eq '{n}'" for n in range(16)))


def batch_too_long(asking: Asking) -> TestResponse:
    steps = [{"id": str(n), "method": "GET", "url": "/users"} for n in range(21)]
    return asking.ask("POST", "/$batch", {"requests": steps})


def unknown_path(asking: Asking) -> TestResponse:
    return asking.get("/teapots")


PLANS = (plan("MCOPSTN1", "MCOPSTN1"), plan("MCOPSTN2", "MCOPSTN2"))
NEEDS = ("0feaeb32-d00e-4d66-bd5a-43b5b83db82c", "57ff2da0-773e-42df-b2af-ffb7a2317929")
REFUSALS = [
    (no_seat_left, 400, BAD_REQUEST,
     f"Subscription with SKU {sku('VISIOCLIENT')} does not have any available licenses."),
    (two_exclude_each_other, 400, BAD_REQUEST,
     f"License assignment failed because service plans {PLANS[0]}, {PLANS[1]} are mutually exclusive."),
    (one_needs_another, 400, BAD_REQUEST,
     f"License assignment failed because service plan {plan('MCOMEETADV', 'MCOMEETADV')} depends on the "
     f"service plan(s) {NEEDS[0]}, {NEEDS[1]}"),
    (no_location, 400, BAD_REQUEST,
     "License assignment cannot be done for user with invalid usage location."),
    (not_sold_there, 400, BAD_REQUEST,
     f"License assignment failed because service plan {PLANS[0]} is not available in usage location TR."),
    (address_taken, 400, BAD_REQUEST,
     "Another object with the same value for property proxyAddresses already exists."),
    (not_owned, 400, BAD_REQUEST, f"License {sku('SPE_E5')} does not correspond to a valid company License."),
    (not_held, 400, BAD_REQUEST, "User does not have a corresponding license."),
    (inherited, 400, BAD_REQUEST,
     "User license is inherited from a group membership and it cannot be removed directly from the user."),
    (company_scope, 400, BAD_REQUEST, f"License {sku('SHAREPOINTSTORAGE')} cannot be assigned to a user."),
    (self_service, 400, BAD_REQUEST,
     f"License {sku('POWER_BI_PRO')} belongs to a self-service purchase and cannot be assigned or removed "
     "by an administrator until the subscription is taken over."),
    (lists_missing, 400, BAD_REQUEST,
     "One or more parameters of the operation 'assignLicense' are missing from the request payload. "
     "The missing parameters are: addLicenses."),
    (lists_empty, 400, BAD_REQUEST, "No license changes provided"),
    (bad_guid, 400, BAD_REQUEST,
     "Cannot convert a primitive value to the expected type 'Edm.Guid'. "
     "See the inner exception for more details."),
    (foreign_plan, 400, BAD_REQUEST,
     f"The service plan {plan('ENTERPRISEPACK', 'SWAY')} does not belong to the subscription with SKU "
     f"{sku('POWER_BI_PRO')}."),
    (user_gone, 404, "Request_ResourceNotFound",
     f"Resource '{NOBODY}' does not exist or one of its queried reference-property objects are not present."),
    (grant_ended, 403, "Authorization_RequestDenied",
     "Insufficient privileges to complete the operation."),
    (grant_for_reading, 403, "Authorization_RequestDenied",
     "Insufficient privileges to complete the operation."),
    (no_token, 401, "InvalidAuthenticationToken", "Access token is empty."),
    (no_real_token, 401, "InvalidAuthenticationToken", "CompactToken parsing failed."),
    (another_apis_token, 401, "InvalidAuthenticationToken",
     "Access token validation failure. Invalid audience."),
    (changed_at_once, 409, "Directory_ConcurrencyViolation",
     "Error due to concurrent requests being made to the tenant. Please wait briefly and retry."),
    (wrong_country, 400, BAD_REQUEST,
     "Invalid value specified for property 'usageLocation' of resource 'User'."),
    (bare_count, 400, BAD_REQUEST, "$count is not currently supported."),
    (bare_search, 400, UNSUPPORTED,
     "Request with $search query parameter only works through MSGraph with a special request header: "
     "'ConsistencyLevel: eventual'"),
    (bare_advanced, 400, UNSUPPORTED, "Unsupported Query."),
    (too_large_page, 400, BAD_REQUEST,
     "Invalid page size specified: '1000'. Must be between 1 and 999 inclusive."),
    (not_indexed, 400, UNSUPPORTED,
     "The request uses a filter property that is not indexed: 'officeLocation'."),
    (sku_filter, 400, UNSUPPORTED, "The query option '$filter' is not supported."),
    (too_many_ors, 400, UNSUPPORTED,
     "Too many child clauses specified in search filter expression containing 'OR' operators: 16. "
     "Max allowed: 15."),
    (batch_too_long, 400, "BadRequest",
     "Number of batch request steps exceeds the maximum value of 20."),
    (unknown_path, 400, "BadRequest", "Resource not found for the segment 'teapots'."),
]  # fmt: skip


@pytest.mark.parametrize(
    ("ask", "status", "code", "message"), REFUSALS, ids=[row[0].__name__ for row in REFUSALS]
)
def test_a_refusal_has_microsofts_status_code_and_words(
    plain: Asking, ask: Callable[[Asking], TestResponse], status: int, code: str, message: str
) -> None:
    assert plain.error(ask(plain)) == (status, code, message)


def test_every_refusal_carries_the_ids_support_asks_for(plain: Asking) -> None:
    reply = plain.ask("GET", "/teapots", client_request_id="mine")

    inner = reply.json["error"]["innerError"]
    assert inner["client-request-id"] == "mine" == reply.headers["client-request-id"]
    assert inner["request-id"] == reply.headers["request-id"]
    assert set(inner) == {"date", "request-id", "client-request-id"}
