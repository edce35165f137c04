"""What the rest of the house may count on, asked of the sandbox by HTTP and of recorded answers alike."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import responses

from partner_center.cloud.errors import AccessDenied, DeltaExpired
from partner_center.cloud.port import Cloud, LocationRequest, Reason, Verdict
from partner_center.cloud.wire.users import SELECTED
from partner_center.sandbox.server import running_sandbox
from partner_center.sandbox.storage import State
from partner_center.shared.ids import new_guid
from tests.contract.cloud_sides import NOBODY, SCARCE, SOLD, UNKNOWN, RecordedSide, SandboxSide, Side
from tests.unit.sandbox.asking import seed_plain

BY_SITUATION = {Reason.NO_RIGHTS, Reason.TOKEN, Reason.BUSY, Reason.OTHER}


@pytest.fixture(scope="module")
def plain_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sandbox's plain customer, closed."""
    path = tmp_path_factory.mktemp("plain") / "plain.sqlite"
    state = State(path)
    seed_plain(state)
    state.close()
    return path


@pytest.fixture(params=["sandbox", "recorded"])
def side(request: pytest.FixtureRequest, plain_file: Path, tmp_path: Path) -> Iterator[Side]:
    """Either side of the wire, in the same state each time."""
    if request.param == "recorded":
        with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
            yield RecordedSide(mock)
        return
    with running_sandbox(shutil.copy(plain_file, tmp_path / "sandbox.sqlite")) as sandbox:
        yield SandboxSide(sandbox)


def test_it_is_what_the_port_says(side: Side) -> None:
    cloud: Cloud = side.cloud
    for name in vars(Cloud):
        assert name.startswith("_") or callable(getattr(cloud, name))


def test_the_partner_has_customers_with_names_and_countries(side: Side) -> None:
    (customer,) = side.cloud.customers()
    assert (customer.tenant_id, customer.name, customer.domain) == (side.tenant_id, "Plain AS", "plain.no")
    assert (customer.relationship, customer.reseller) == ("reseller", None)
    assert side.cloud.customer_country(side.tenant_id) == "NO"


def test_access_tells_what_we_may_do_and_until_when(side: Side) -> None:
    live = [one for one in side.cloud.access() if one.status == "active"]
    assert [one.tenant_id for one in live] == [side.tenant_id]
    assert "4d6ac14f-3453-41d0-bef9-a3e0c569773a" in live[0].role_ids
    assert live[0].ends_at is not None
    assert live[0].ends_at.tzinfo is not None


def test_pages_of_users_lead_on_until_all_are_told(side: Side) -> None:
    small_pages = f"{side.graph_url}/users?$top=1&$select={SELECTED}"
    pages = list(side.cloud.users(side.tenant_id, small_pages))
    told = [one.graph_id for page in pages for one in page.users]
    assert len(pages) > 1
    assert [page.next_link is None for page in pages] == [False] * (len(pages) - 1) + [True]
    assert len(told) == len(set(told))
    assert told[:2] == [side.ada, side.bo]
    assert {one.usage_location for page in pages for one in page.users} == {"NO"}


def test_what_a_tenant_owns_is_told_in_microsofts_numbers(side: Side) -> None:
    sold = next(one for one in side.cloud.skus(side.tenant_id) if one.sku_id == SOLD)
    assert (sold.part_number, sold.applies_to, sold.enabled) == ("ENTERPRISEPACK", "User", 5)
    assert sold.plans
    subscription = next(one for one in side.cloud.subscriptions(side.tenant_id) if one.sku_id == SOLD)
    assert (subscription.total_licenses, subscription.status, subscription.self_service) == (
        5,
        "Enabled",
        False,
    )


def test_a_license_given_is_in_the_answer(side: Side) -> None:
    (answer,) = side.cloud.send_licenses(side.tenant_id, [side.grant()])
    assert (answer.verdict, answer.reason) == (Verdict.DONE, None)
    assert answer.user is not None
    assert answer.user.graph_id == side.ada
    assert [(one.sku_id, one.direct, one.groups) for one in answer.user.licenses] == [(SOLD, True, ())]


@pytest.mark.parametrize("reason", sorted(set(Reason) - BY_SITUATION))
def test_a_refusal_has_its_reason_and_microsofts_words(side: Side, reason: Reason) -> None:
    (answer,) = side.cloud.send_licenses(side.tenant_id, [side.refuse(reason)])
    assert (answer.verdict, answer.reason) == (Verdict.FAILED, reason)
    assert answer.message
    assert answer.request_id
    assert answer.user is None
    if reason is Reason.NO_SEATS:
        assert answer.skus == (SCARCE,)
    if reason is Reason.NOT_OWNED:
        assert answer.skus == (UNKNOWN,)
    if reason in (Reason.CONFLICT, Reason.DEPENDENCY):
        assert len(answer.plans) >= 2


def test_a_tenant_that_is_shut_refuses_everything(side: Side) -> None:
    granted = side.grant()
    side.shut()
    (answer,) = side.cloud.send_licenses(side.tenant_id, [granted])
    assert (answer.verdict, answer.reason) == (Verdict.FAILED, Reason.NO_RIGHTS)
    with pytest.raises(AccessDenied):
        side.cloud.skus(side.tenant_id)
    with pytest.raises(AccessDenied):
        list(side.cloud.users(side.tenant_id))


def test_a_throttled_request_says_when_to_come_back(side: Side) -> None:
    granted = side.grant()
    side.throttle()
    (answer,) = side.cloud.send_licenses(side.tenant_id, [granted])
    assert (answer.verdict, answer.reason) == (Verdict.THROTTLED, Reason.BUSY)
    assert answer.retry_after is not None
    assert answer.retry_after > 0


def test_a_location_can_be_set(side: Side) -> None:
    asked = [LocationRequest(side.ada, "SE"), LocationRequest(NOBODY, "SE")]
    done, gone = side.cloud.send_locations(side.tenant_id, asked)
    assert (done.verdict, done.user) == (Verdict.DONE, None)
    assert (gone.verdict, gone.reason) == (Verdict.FAILED, Reason.USER_GONE)


def test_users_can_be_looked_up_and_those_gone_are_none(side: Side) -> None:
    found = side.cloud.read_users(side.tenant_id, [side.bo, NOBODY, side.ada])
    assert list(found) == [side.bo, NOBODY, side.ada]
    assert found[NOBODY] is None
    assert [one.graph_id for one in found.values() if one] == [side.bo, side.ada]


def test_a_fresh_delta_link_has_nothing_to_tell(side: Side) -> None:
    link = side.cloud.fresh_delta_link(side.tenant_id)
    (page,) = side.cloud.user_changes(side.tenant_id, link)
    assert (page.users, page.removed, page.partial, page.next_link) == ((), (), (), None)
    assert page.delta_link


def test_a_delta_tells_who_changed_and_who_is_gone(side: Side) -> None:
    link = side.cloud.fresh_delta_link(side.tenant_id)
    side.change()
    pages = list(side.cloud.user_changes(side.tenant_id, link))
    assert [(one.graph_id, one.display_name) for page in pages for one in page.users] == [
        (side.ada, "Ada Berg")
    ]
    assert [one.graph_id for page in pages for one in page.removed] == [side.bo]
    assert pages[-1].delta_link


def test_a_delta_link_too_old_says_so(side: Side) -> None:
    link = side.cloud.fresh_delta_link(side.tenant_id)
    side.expire()
    with pytest.raises(DeltaExpired):
        list(side.cloud.user_changes(side.tenant_id, link))


def test_buying_sets_the_total_of_the_subscription(side: Side) -> None:
    held = next(one for one in side.cloud.commerce_subscriptions(side.tenant_id) if one.sku_id == SOLD)
    assert (held.quantity, held.status) == (5, "active")
    answer = side.cloud.set_quantity(side.tenant_id, held, 8, new_guid())
    assert (answer.verdict, answer.reason) == (Verdict.DONE, None)
    now = side.cloud.commerce_subscriptions(side.tenant_id)
    assert [one.quantity for one in now if one.subscription_id == held.subscription_id] == [8]
