"""Microsoft's own Python client, unchanged but for address and credential, works against the sandbox."""

from __future__ import annotations

import asyncio
import sys
import time
import warnings
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar
from uuid import UUID

import pytest
import requests

pytest.importorskip("msgraph")

try:
    import deprecated  # noqa: F401
except ImportError:  # the client's batch helper wants it for a decorator, and does not declare it
    sys.modules["deprecated"] = ModuleType("deprecated")
    sys.modules["deprecated"].__dict__["deprecated"] = lambda *_, **__: lambda function: function

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # the client warns of its own parts
    from azure.core.credentials import AccessToken
    from kiota_abstractions.base_request_configuration import RequestConfiguration
    from kiota_abstractions.headers_collection import HeadersCollection
    from kiota_authentication_azure.azure_identity_authentication_provider import (
        AzureIdentityAuthenticationProvider,
    )
    from msgraph import GraphRequestAdapter, GraphServiceClient
    from msgraph.generated.groups.item.assign_license.assign_license_post_request_body import (
        AssignLicensePostRequestBody as GroupRequestBody,
    )
    from msgraph.generated.groups.item.members.graph_user.graph_user_request_builder import (
        GraphUserRequestBuilder,
    )
    from msgraph.generated.models.assigned_license import AssignedLicense
    from msgraph.generated.models.o_data_errors.o_data_error import ODataError
    from msgraph.generated.models.user import User
    from msgraph.generated.users.item.assign_license.assign_license_post_request_body import (
        AssignLicensePostRequestBody,
    )
    from msgraph.generated.users.users_request_builder import UsersRequestBuilder
    from msgraph_core.requests.batch_request_builder import BatchRequestBuilder
    from msgraph_core.requests.batch_request_content import BatchRequestContent
    from msgraph_core.tasks.page_iterator import PageIterator

from partner_center.sandbox.demo_identity import CLIENT_ID, CLIENT_SECRET
from partner_center.sandbox.server import RunningSandbox, running_sandbox
from tests.unit.sandbox.asking import Asking, sku

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
CUSTOMER = "Juniper & Vale Architects"
T = TypeVar("T")


class Credential:
    """Asks the sandbox's own token endpoint, as azure-identity would Entra's."""

    def __init__(self, url: str) -> None:
        self.url = url

    def get_token(self, *scopes: str, **_more: Any) -> AccessToken:
        form = {
            "grant_type": "client_credentials",
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "scope": scopes[0],
        }
        reply = requests.post(self.url, data=form, timeout=10).json()
        return AccessToken(reply["access_token"], int(time.time()) + reply["expires_in"])


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    path: Path = tmp_path_factory.mktemp("sandbox") / "sandbox.sqlite"
    with running_sandbox(path, max_users=60) as running:
        yield running


@pytest.fixture
def customer(sandbox: RunningSandbox) -> Asking:
    return Asking(sandbox.state).customer(CUSTOMER)


class Client:
    """The SDK's client and its adapter; `run` closes its connections in the loop they were opened in."""

    def __init__(self, adapter: GraphRequestAdapter) -> None:
        self.adapter = adapter
        self.graph = GraphServiceClient(request_adapter=adapter)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        async def closing() -> T:
            try:
                return await work
            finally:
                await self.adapter._http_client._transport.transport.aclose()  # it closes only its own shell

        # On a thread of its own: Playwright, once started for the journeys, keeps a loop running on this one.
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(asyncio.run, closing()).result()


@pytest.fixture
def client(sandbox: RunningSandbox, customer: Asking) -> Client:
    credential = Credential(f"{sandbox.login_url}/{customer.tenant}/oauth2/v2.0/token")
    scopes = ["https://graph.microsoft.com/.default"]
    adapter = GraphRequestAdapter(AzureIdentityAuthenticationProvider(credential, scopes=scopes))
    adapter.base_url = sandbox.graph_url
    return Client(adapter)


def change(part: str) -> AssignLicensePostRequestBody:
    return AssignLicensePostRequestBody(
        add_licenses=[AssignedLicense(sku_id=UUID(sku(part)), disabled_plans=[])], remove_licenses=[]
    )


def without(customer: Asking, part: str) -> str:
    """A user who has a location and not the product."""
    row = customer.state.db.execute(
        "SELECT id FROM user WHERE tenant = ? AND instr(skus, ?) = 0 AND usage_location IS NOT NULL "
        "AND deleted_at IS NULL ORDER BY number LIMIT 1",
        (customer.tenant, sku(part)),
    ).fetchone()
    return str(row["id"])


def test_its_page_iterator_walks_all_users(client: Client, customer: Asking) -> None:
    async def walk() -> list[User]:
        query = UsersRequestBuilder.UsersRequestBuilderGetQueryParameters(
            select=["id", "displayName", "licenseAssignmentStates"], top=7
        )
        first = await client.graph.users.get(RequestConfiguration(query_parameters=query))
        seen: list[User] = []

        def keep(user: User) -> bool:
            seen.append(user)
            return True

        await PageIterator(first, client.adapter).iterate(keep)
        return seen

    users = client.run(walk())

    assert [user.id for user in users] == customer.users()
    assert any(user.license_assignment_states for user in users)


def test_its_advanced_query_is_understood(client: Client) -> None:
    async def ask() -> Any:
        query = UsersRequestBuilder.UsersRequestBuilderGetQueryParameters(
            count=True,
            filter="userType eq 'Guest'",
            orderby=["displayName"],
            search='"displayName:a"',
            select=["displayName", "userType"],
        )
        headers = HeadersCollection()
        headers.add("ConsistencyLevel", "eventual")
        return await client.graph.users.get(RequestConfiguration(query_parameters=query, headers=headers))

    found = client.run(ask())

    assert found.odata_count == len(found.value)
    assert {user.user_type for user in found.value} <= {"Guest"}


def test_it_reads_subscribed_skus(client: Client) -> None:
    skus = {s.sku_part_number: s for s in client.run(client.graph.subscribed_skus.get()).value}

    visio = skus["VISIOCLIENT"]
    assert (visio.prepaid_units.enabled, visio.applies_to, visio.capability_status) == (13, "User", "Enabled")
    assert len(visio.subscription_ids) == 2
    assert {plan.applies_to for plan in visio.service_plans} <= {"User", "Company"}


def test_it_assigns_a_licence(client: Client, customer: Asking) -> None:
    user = without(customer, "VISIOCLIENT")

    answer = client.run(client.graph.users.by_user_id(user).assign_license.post(change("VISIOCLIENT")))

    assert str(answer.id) == user
    assert UUID(sku("VISIOCLIENT")) in {entry.sku_id for entry in answer.assigned_licenses}


def test_it_reads_microsofts_refusal(client: Client, customer: Asking) -> None:
    user = without(customer, "PROJECTPROFESSIONAL")

    with pytest.raises(ODataError) as refusal:
        client.run(client.graph.users.by_user_id(user).assign_license.post(change("PROJECTPROFESSIONAL")))

    assert refusal.value.response_status_code == 400
    assert refusal.value.error.code == "Request_BadRequest"
    assert refusal.value.error.message == (
        f"Subscription with SKU {sku('PROJECTPROFESSIONAL')} does not have any available licenses."
    )
    assert refusal.value.error.inner_error.request_id


def test_its_batch_gives_each_request_its_own_answer(client: Client, customer: Asking) -> None:
    full = without(customer, "PROJECTPROFESSIONAL")
    wanted = [
        (without(customer, "VISIOCLIENT"), "VISIOCLIENT"),
        (full, "PROJECTPROFESSIONAL"),
        (full, "SPE_E5"),
    ]

    async def send() -> Any:
        content = BatchRequestContent()
        for user, part in wanted:
            builder = client.graph.users.by_user_id(user).assign_license
            content.add_request_information(builder.to_post_request_information(change(part)))
        return list(content.requests), await BatchRequestBuilder(client.adapter).post(content)

    ids, answers = client.run(send())

    assert [answers.get_response_by_id(i).status for i in ids] == [200, 400, 400]
    assert sku("VISIOCLIENT") in {state["skuId"] for state in customer.states(wanted[0][0])}


def test_it_reads_deltas_deleted_users_and_subscriptions(client: Client, customer: Asking) -> None:
    async def ask() -> tuple[Any, Any, Any]:
        return (
            await client.graph.users.delta.get(),
            await client.graph.directory.deleted_items.graph_user.get(),
            await client.graph.directory.subscriptions.get(),
        )

    delta, deleted, subscriptions = client.run(ask())

    assert len(delta.value) == len(customer.users())
    assert delta.odata_delta_link
    assert deleted.value[0].deleted_date_time
    assert {s.sku_part_number for s in subscriptions.value} >= {"VISIOCLIENT"}


def test_a_group_is_given_a_license_and_its_members_are_read(client: Client, sandbox: RunningSandbox) -> None:
    customer = Asking(sandbox.state).customer("Lakeshore Community Credit Union")
    credential = Credential(f"{sandbox.login_url}/{customer.tenant}/oauth2/v2.0/token")
    provider = AzureIdentityAuthenticationProvider(
        credential, scopes=["https://graph.microsoft.com/.default"]
    )
    client.adapter = GraphRequestAdapter(provider)
    client.adapter.base_url = sandbox.graph_url
    client.graph = GraphServiceClient(request_adapter=client.adapter)
    group = customer.get("/groups").json["value"][0]["id"]  # type: ignore[index]
    sandbox.world.switches.group_delay_s = 0

    async def give() -> Any:
        of_group = client.graph.groups.by_group_id(group)
        license_ = AssignedLicense(sku_id=UUID(sku("POWER_BI_STANDARD")), disabled_plans=[])
        answer = await of_group.assign_license.post(
            GroupRequestBody(add_licenses=[license_], remove_licenses=[])
        )
        query = GraphUserRequestBuilder.GraphUserRequestBuilderGetQueryParameters(
            select=["id", "licenseAssignmentStates"], count=True, top=999
        )
        headers = HeadersCollection()
        headers.add("ConsistencyLevel", "eventual")
        asked = RequestConfiguration(query_parameters=query, headers=headers)
        return answer, await of_group.members.graph_user.get(asked)

    answer, people = client.run(give())
    assert answer.id == group
    assert people.odata_count == len(people.value) > 0
    given = {state.sku_id for one in people.value for state in one.license_assignment_states}
    assert UUID(sku("POWER_BI_STANDARD")) in given
