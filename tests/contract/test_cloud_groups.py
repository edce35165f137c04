"""Groups through the port: of the sandbox by HTTP, and in Microsoft's recorded words."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import responses
from responses import matchers

from partner_center.cloud.port import GroupRequest, Reason, RemoteGroup, Verdict
from partner_center.sandbox.server import running_sandbox
from partner_center.sandbox.storage import State
from tests.contract.cloud_sides import BROAD, NOBODY, SCARCE, UNKNOWN, RecordedSide, SandboxSide
from tests.unit.cloud.recorded import ADA, BO, CUSTOMER, GRAPH, GROUP, refusal, state, user
from tests.unit.sandbox.asking import Asking, seed_plain

SELECT = "id,displayName,assignedLicenses,licenseProcessingState"


class PlainGroup:
    """The sandbox's plain customer with Ada and Bo in its one group."""

    def __init__(self, side: SandboxSide, asking: Asking) -> None:
        self.cloud, self.tenant_id, self.asking = side.cloud, side.tenant_id, asking
        self.ada, self.bo = side.ada, side.bo
        self.id: str = asking.get("/groups").json["value"][0]["id"]
        links = [f"http://x/directoryObjects/{one}" for one in (side.ada, side.bo)]
        asking.ask("PATCH", f"/groups/{self.id}", {"members@odata.bind": links})

    def give(self, *skus: str, remove: tuple[str, ...] = ()) -> Verdict:
        request = GroupRequest(self.id, tuple((sku, ()) for sku in skus), remove)
        return self.cloud.send_group(self.tenant_id, request).verdict

    def find(self) -> RemoteGroup:
        found = self.cloud.find_group(self.tenant_id, self.id)
        assert found
        return found

    def wait(self) -> RemoteGroup:
        for _ in range(100):
            if not (found := self.find()).processing:
                return found
            time.sleep(0.05)
        raise AssertionError("not worked off in five seconds")


@pytest.fixture
def plain(tmp_path: Path) -> Iterator[PlainGroup]:
    path = tmp_path / "plain.sqlite"
    kept = State(path)
    seed_plain(kept)
    kept.close()
    with running_sandbox(shutil.copy(path, tmp_path / "sandbox.sqlite")) as sandbox:
        side = SandboxSide(sandbox)
        asking = Asking(sandbox.state, side.tenant_id)
        sandbox.world.switches.group_delay_s = 0.3
        yield PlainGroup(side, asking)


def test_accepting_is_not_doing(plain: PlainGroup) -> None:
    assert list(plain.cloud.license_groups(plain.tenant_id)) == []
    assert plain.give(BROAD) is Verdict.DONE
    assert plain.find().processing
    found = plain.wait()
    assert found.licenses == ((BROAD, ()),)
    assert [one.graph_id for one in plain.cloud.license_groups(plain.tenant_id)] == [plain.id]
    (people,) = plain.cloud.members(plain.tenant_id, plain.id)
    assert {one.graph_id: one.licenses[0].groups for one in people} == {
        plain.ada: (plain.id,),
        plain.bo: (plain.id,),
    }
    assert list(plain.cloud.member_ids(plain.tenant_id, plain.id)) == [(plain.ada, plain.bo)]


def test_a_member_without_a_seat_says_so_and_can_be_tried_again(plain: PlainGroup) -> None:
    plain.give(SCARCE)
    plain.wait()
    (people,) = plain.cloud.members(plain.tenant_id, plain.id)
    failed = {one.graph_id: one.licenses[0].failed for one in people}
    assert failed == {plain.ada: (), plain.bo: ((plain.id, "CountViolation"),)}
    again = plain.cloud.reprocess(plain.tenant_id, plain.bo)
    assert (again.verdict, again.reason) == (Verdict.FAILED, Reason.NO_SEATS)
    plain.asking.ask("DELETE", f"/groups/{plain.id}/members/{plain.ada}/$ref")
    again = plain.cloud.reprocess(plain.tenant_id, plain.bo)
    assert again.verdict is Verdict.DONE
    assert again.user
    assert again.user.licenses[0].groups == (plain.id,)


def test_what_is_not_there_is_refused_with_microsofts_words(plain: PlainGroup) -> None:
    assert plain.cloud.find_group(plain.tenant_id, NOBODY) is None
    refused = plain.cloud.send_group(plain.tenant_id, GroupRequest(plain.id, ((UNKNOWN, ()),), ()))
    assert (refused.verdict, refused.reason) == (Verdict.FAILED, Reason.NOT_OWNED)
    gone = plain.cloud.send_group(plain.tenant_id, GroupRequest(NOBODY, ((BROAD, ()),), ()))
    assert (gone.verdict, gone.reason) == (Verdict.FAILED, Reason.USER_GONE)


@pytest.fixture
def recorded() -> Iterator[tuple[RecordedSide, responses.RequestsMock]]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield RecordedSide(mock), mock


def test_a_groups_licenses_and_state_are_asked_for_by_name(
    recorded: tuple[RecordedSide, responses.RequestsMock],
) -> None:
    side, mock = recorded
    body = {
        "id": GROUP.upper(),
        "displayName": "Everybody",
        "assignedLicenses": [{"skuId": BROAD.upper(), "disabledPlans": [BO, ADA]}],
        "licenseProcessingState": {"state": "QueuedForProcessing"},
    }
    asked = matchers.query_param_matcher({"$select": SELECT})
    mock.get(f"{GRAPH}/groups/{GROUP}", json=body, match=[asked])
    found = side.cloud.find_group(CUSTOMER, GROUP)
    assert found == RemoteGroup(GROUP, "Everybody", ((BROAD, tuple(sorted((ADA, BO)))),), processing=True)


def test_members_are_read_by_a_cast_with_the_header_it_needs(
    recorded: tuple[RecordedSide, responses.RequestsMock],
) -> None:
    side, mock = recorded
    told = user(licenseAssignmentStates=[state(BROAD, assignedByGroup=GROUP)])
    asked = matchers.header_matcher({"ConsistencyLevel": "eventual"})
    path = f"{GRAPH}/groups/{GROUP}/members/microsoft.graph.user"
    mock.get(path, json={"value": [told]}, match=[asked])
    (people,) = side.cloud.members(CUSTOMER, GROUP)
    assert people[0].licenses[0].groups == (GROUP,)


@pytest.mark.parametrize(
    ("status", "body", "verdict"),
    [
        (202, {"id": GROUP}, Verdict.DONE),
        (429, refusal("TooManyRequests", "Please retry again later."), Verdict.THROTTLED),
        (504, {}, Verdict.UNKNOWN),
        (400, refusal("Request_BadRequest", "License x does not correspond to a valid company License."),
         Verdict.FAILED),
    ],
)  # fmt: skip
def test_an_answer_to_an_order_means_what_it_says(
    recorded: tuple[RecordedSide, responses.RequestsMock], status: int, body: object, verdict: Verdict
) -> None:
    side, mock = recorded
    mock.post(f"{GRAPH}/groups/{GROUP}/assignLicense", json=body, status=status)
    request = GroupRequest(GROUP, ((BROAD, ()),), ())
    assert side.cloud.send_group(CUSTOMER, request).verdict is verdict


def test_another_users_answer_to_trying_again_is_not_believed(
    recorded: tuple[RecordedSide, responses.RequestsMock],
) -> None:
    side, mock = recorded
    mock.post(f"{GRAPH}/users/{ADA}/reprocessLicenseAssignment", json=user(BO))
    assert side.cloud.reprocess(CUSTOMER, ADA).verdict is Verdict.UNKNOWN
