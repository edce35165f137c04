"""Two sides of the same wire: the sandbox over real HTTP, and recorded answers in Microsoft's words.

Each can bring about the situations that the promises speak of; what is asked and what must come of it is
written once, in test_cloud_promises.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Protocol

import responses

from partner_center.cloud.connect import Microsoft, connect
from partner_center.cloud.port import LicenseRequest, Reason
from partner_center.cloud.settings import CloudSettings
from partner_center.sandbox import demo_identity
from partner_center.sandbox.server import RunningSandbox
from tests.unit.cloud import recorded
from tests.unit.cloud.recorded import ADA, BO, COMMERCE, CUSTOMER, GRAPH, GROUP, PARTNER, refusal, state, user
from tests.unit.sandbox.asking import TENANT, Asking, sku

NOBODY = "7f3f0e6a-0c51-4d7c-9a53-2f1f5b6f8f10"
SOLD, SCARCE, UNKNOWN = sku("ENTERPRISEPACK"), sku("VISIOCLIENT"), sku("SPE_E5")
BROAD, ORGANIZATION = sku("POWER_BI_PRO"), sku("SHAREPOINTSTORAGE")


class Side(Protocol):
    """One side. `ada` and `bo` are users with a location and without licences."""

    cloud: Microsoft
    graph_url: str
    tenant_id: str
    ada: str
    bo: str

    def grant(self) -> LicenseRequest:
        """A request that will be granted to Ada."""

    def refuse(self, reason: Reason) -> LicenseRequest:
        """A request that will be refused for this reason."""

    def shut(self) -> None:
        """The customer has ended our access."""

    def throttle(self) -> None:
        """The quota is used up."""

    def change(self) -> None:
        """Since the last link was given, Ada was renamed to "Ada Berg" and Bo deleted."""

    def expire(self) -> None:
        """Delta links given so far are too old."""


def settings_of(sandbox: RunningSandbox) -> CloudSettings:
    """Where the sandbox is and who the demo's partner is."""
    return CloudSettings(
        graph_url=sandbox.graph_url,
        partner_center_url=f"{sandbox.partner_center_url}/v1",
        login_url=sandbox.login_url,
        partner_tenant_id=demo_identity.PARTNER_TENANT_ID,
        client_id=demo_identity.CLIENT_ID,
        client_secret=demo_identity.CLIENT_SECRET,
        refresh_token=demo_identity.REFRESH_TOKEN,
    )


class SandboxSide:
    """The sandbox's plain customer of ten users; situations come about as by another administrator."""

    def __init__(self, sandbox: RunningSandbox) -> None:
        self.cloud = connect(settings_of(sandbox))
        self.graph_url = sandbox.graph_url
        self.tenant_id = TENANT
        self._sandbox = sandbox
        self._asking = Asking(sandbox.state, TENANT)
        self.ada, self.bo, *_ = self._asking.users()

    def grant(self) -> LicenseRequest:
        return LicenseRequest(self.ada, ((SOLD, ()),), ())

    def refuse(self, reason: Reason) -> LicenseRequest:
        prepare, give, take = {
            Reason.NO_SEATS: (lambda: self._asking.assign(self.bo, "VISIOCLIENT"), ("VISIOCLIENT",), ()),
            Reason.CONFLICT: (None, ("MCOPSTN1", "MCOPSTN2"), ()),
            Reason.DEPENDENCY: (None, ("MCOMEETADV",), ()),
            Reason.LOCATION_MISSING: (self._move(None), ("POWER_BI_PRO",), ()),
            Reason.LOCATION_PROHIBITED: (self._move("TR"), ("MCOPSTN1",), ()),
            Reason.ADDRESS_TAKEN: (self._take_address, ("STANDARDPACK",), ()),
            Reason.INHERITED: (self._inherit, (), ("POWER_BI_PRO",)),
            Reason.NOT_OWNED: (None, ("SPE_E5",), ()),
            Reason.NOT_HELD: (None, (), ("POWER_BI_PRO",)),
            Reason.NOT_ASSIGNABLE: (None, ("SHAREPOINTSTORAGE",), ()),
            Reason.SELF_SERVICE: (self._buy_by_self_service, ("POWER_BI_PRO",), ()),
            Reason.USER_GONE: (None, ("POWER_BI_PRO",), ()),
        }[reason]
        if prepare:
            prepare()
        who = NOBODY if reason is Reason.USER_GONE else self.ada
        return LicenseRequest(who, tuple((sku(part), ()) for part in give), tuple(map(sku, take)))

    def shut(self) -> None:
        self._asking.control("edit", tenant=TENANT, do="end_gdap")

    def throttle(self) -> None:
        self._sandbox.world.turn({"quota": 1 / 3000})
        self.cloud.send_licenses(TENANT, [LicenseRequest(self.bo, ((SOLD, ()),), ())])

    def change(self) -> None:
        self._asking.control("edit", tenant=TENANT, do="rename", user=self.ada, value="Ada Berg")
        self._asking.control("edit", tenant=TENANT, do="delete_user", user=self.bo)

    def expire(self) -> None:
        self._asking.control("edit", tenant=TENANT, do="expire_delta")

    def _move(self, location: str | None) -> Callable[[], None]:
        return lambda: self._asking.update(self.ada, usage_location=location)

    def _take_address(self) -> None:
        self._asking.assign(self.bo, "ENTERPRISEPACK")
        self._asking.update(self.ada, mail="user1@plain.no")

    def _inherit(self) -> None:
        group = self._asking.get("/groups").json["value"][0]["id"]  # type: ignore[index]
        link = {"@odata.id": f"http://x/directoryObjects/{self.ada}"}
        self._asking.ask("POST", f"/groups/{group}/members/$ref", link)
        body = {"addLicenses": [{"skuId": BROAD}], "removeLicenses": []}
        self._asking.ask("POST", f"/groups/{group}/assignLicense", body)

    def _buy_by_self_service(self) -> None:
        with self._sandbox.state.write() as db:
            db.execute("UPDATE subscription SET channel = 'self-service' WHERE sku = ?", (BROAD,))


REFUSALS = {
    Reason.NO_SEATS: f"Subscription with SKU {SCARCE} does not have any available licenses.",
    Reason.CONFLICT: f"License assignment failed because service plans {ADA}, {BO} are mutually exclusive.",
    Reason.DEPENDENCY: f"License assignment failed because service plan {ADA} depends on the service "
    f"plan(s) {BO}",
    Reason.LOCATION_MISSING: "License assignment cannot be done for user with invalid usage location.",
    Reason.LOCATION_PROHIBITED: "ProhibitedInUsageLocationViolation",
    Reason.ADDRESS_TAKEN: "Another object with the same value for property proxyAddresses already exists.",
    Reason.INHERITED: "User license is inherited from a group membership and it cannot be removed directly "
    "from the user.",
    Reason.NOT_OWNED: f"License {UNKNOWN} does not correspond to a valid company License.",
    Reason.NOT_HELD: "User does not have a corresponding license.",
    Reason.NOT_ASSIGNABLE: f"License {ORGANIZATION} cannot be assigned to a user.",
    Reason.SELF_SERVICE: "This subscription is a self-service purchase.",
}
GONE = f"Resource '{NOBODY}' does not exist or one of its queried reference-property objects are not present."
_DELTA = f"{GRAPH}/users/delta?$deltatoken=kept"
_LATER = f"{GRAPH}/users/delta?$deltatoken=later"
_PAGE_2 = f"{GRAPH}/users?$skiptoken=2"


class RecordedSide:
    """Situations are answers that Microsoft gave or documents."""

    def __init__(self, mock: responses.RequestsMock) -> None:
        recorded.answer_tokens(mock, PARTNER, CUSTOMER)
        self.cloud = connect(recorded.settings())
        self.graph_url = GRAPH
        self.tenant_id, self.ada, self.bo = CUSTOMER, ADA, BO
        self._mock = mock
        self._record_reading()
        self._record_commerce()

    def grant(self) -> LicenseRequest:
        self._answer_batch(200, user(ADA, licenseAssignmentStates=[state(SOLD)]))
        return LicenseRequest(ADA, ((SOLD, ()),), ())

    def refuse(self, reason: Reason) -> LicenseRequest:
        if reason is Reason.USER_GONE:
            self._answer_batch(404, refusal("Request_ResourceNotFound", GONE))
            return LicenseRequest(NOBODY, ((BROAD, ()),), ())
        self._answer_batch(400, refusal("Request_BadRequest", REFUSALS[reason]))
        return LicenseRequest(ADA, ((SCARCE, ()),), ())

    def shut(self) -> None:
        no = refusal("Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
        for method, path in (("POST", "$batch"), ("GET", "users"), ("GET", "subscribedSkus")):
            self._mock.upsert(method, f"{GRAPH}/{path}", status=403, json=no)

    def throttle(self) -> None:
        body = refusal("TooManyRequests", "Please retry again later.")
        self._answer_batch(429, body, {"Retry-After": "41"})

    def change(self) -> None:
        changed = [user(ADA, "Ada Berg"), {"id": BO, "@removed": {"reason": "changed"}}]
        self._mock.upsert("GET", _DELTA, json={"value": changed, "@odata.deltaLink": _LATER})

    def expire(self) -> None:
        gone = refusal("Gone", "The delta link is too old.")
        self._mock.upsert("GET", _DELTA, status=410, json=gone)

    def _answer_batch(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        item = {"id": "1", "status": status, "headers": headers or {}, "body": body}
        self._mock.upsert("POST", f"{GRAPH}/$batch", json={"responses": [item]})

    def _record_reading(self) -> None:
        get = self._mock.get
        get(_PAGE_2, json={"value": [user(BO)]})
        get(f"{GRAPH}/users", json={"value": [user(ADA)], "@odata.nextLink": _PAGE_2})
        get(f"{GRAPH}/users/delta", json={"value": [], "@odata.deltaLink": _DELTA})
        get(_DELTA, json={"value": [], "@odata.deltaLink": _LATER})
        get(f"{GRAPH}/subscribedSkus", json={"value": [_sku(SOLD, consumed=4)]})
        get(f"{GRAPH}/directory/subscriptions", json={"value": [_subscription()]})
        get(f"{GRAPH}/groups", json={"value": [{"id": GROUP, "displayName": "Everybody"}]})
        relationship = {
            "displayName": "Licences", "status": "active", "customer": {"tenantId": CUSTOMER},
            "accessDetails": {"unifiedRoles": [{"roleDefinitionId": "4d6ac14f-3453-41d0-bef9-a3e0c569773a"}]},
            "endDateTime": "2027-12-01T00:00:00Z",
        }  # fmt: skip
        get(f"{GRAPH}/tenantRelationships/delegatedAdminRelationships", json={"value": [relationship]})
        self._mock.add_callback("POST", f"{GRAPH}/$batch", _answer_reading)

    def _record_commerce(self) -> None:
        customer = {
            "id": CUSTOMER, "relationshipToPartner": "reseller",
            "companyProfile": {"tenantId": CUSTOMER, "companyName": "Plain AS", "domain": "plain.no"},
        }  # fmt: skip
        whole = customer | {"billingProfile": {"defaultAddress": {"country": "NO"}}}
        path = f"{COMMERCE}/customers/{CUSTOMER}"
        held = {"id": GROUP, "friendlyName": "Office 365 E3", "quantity": 5, "status": "active"}
        self._mock.get(f"{COMMERCE}/relationships", json={"items": []})
        self._mock.get(f"{COMMERCE}/customers", json={"items": [customer], "links": {}})
        self._mock.get(path, json=whole)
        self._mock.get(f"{path}/subscriptions/{GROUP}/provisioningstatus", json={"skuId": SOLD})

        def sell(request: Any) -> tuple[int, dict[str, str], str]:
            if request.method == "PATCH":
                held.update(json.loads(request.body))
                return 200, {}, json.dumps(held)
            return 200, {}, json.dumps({"items": [held], "links": {}})

        self._mock.add_callback("GET", f"{path}/subscriptions", sell)
        self._mock.add_callback("PATCH", f"{path}/subscriptions/{GROUP}", sell)


def _answer_reading(request: Any) -> tuple[int, dict[str, str], str]:
    """A batch of GETs and PATCHes: Ada and Bo are there, nobody else is."""
    answers = []
    for item in json.loads(request.body)["requests"]:
        graph_id = item["url"].split("/")[2].split("?")[0]
        there = graph_id in (ADA, BO)
        status = (204 if item["method"] == "PATCH" else 200) if there else 404
        body = user(graph_id) if there else refusal("Request_ResourceNotFound", "Resource does not exist.")
        answers.append({"id": item["id"], "status": status, "body": None if status == 204 else body})
    return 200, {}, json.dumps({"responses": answers[::-1]})


def _sku(sku_id: str, consumed: int) -> dict[str, Any]:
    return {
        "skuId": sku_id, "skuPartNumber": "ENTERPRISEPACK", "appliesTo": "User",
        "capabilityStatus": "Enabled",
        "consumedUnits": consumed, "servicePlans": [{"servicePlanId": ADA, "servicePlanName": "SWAY"}],
        "prepaidUnits": {"enabled": 5, "suspended": 0, "warning": 0, "lockedOut": 0},
    }  # fmt: skip


def _subscription() -> dict[str, Any]:
    return {
        "id": BO, "commerceSubscriptionId": GROUP, "skuId": SOLD, "status": "Enabled", "totalLicenses": 5,
        "isTrial": False, "ownerTenantId": PARTNER, "nextLifecycleDateTime": "2027-12-01T00:00:00Z",
    }  # fmt: skip
