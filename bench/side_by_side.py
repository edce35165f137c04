"""2 products for 1,000 users, 200 ms an HTTP answer, quota off: this product beside Microsoft's own client.

Each way has a fresh sandbox of the same seed and gives the same products to the same users. Its time is
that of the giving alone: this product's from **Save** to the result, its own bookkeeping included; the
SDK's with everything imported; a process's with its start, which each user pays anew. How many users hold
both products afterwards is asked of the sandbox, and so is the number of HTTP calls.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
import urllib.parse
import urllib.request
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from json import load
from typing import Any
from uuid import UUID

from sqlalchemy import select

from bench.saving import LATENCY_MS, Case, Sandbox, Stage, save_once, staged, wish_for
from partner_center.customers.models import Customer
from partner_center.directory.models import DirectoryUser
from partner_center.sandbox.demo_identity import CLIENT_ID, CLIENT_SECRET

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # the client warns of its own parts
    from azure.core.credentials import AccessToken
    from kiota_authentication_azure.azure_identity_authentication_provider import (
        AzureIdentityAuthenticationProvider,
    )
    from msgraph import GraphRequestAdapter, GraphServiceClient
    from msgraph.generated.models.assigned_license import AssignedLicense
    from msgraph.generated.users.item.assign_license.assign_license_post_request_body import (
        AssignLicensePostRequestBody,
    )

CASE = Case(users=1_000, products=2, tries=1, wanted=1)
PROCESSES = 100
"""Users for whom a process is really started; the time and the calls for all are reckoned from them."""
SCOPE = "https://graph.microsoft.com/.default"


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be given to whom, with Microsoft's ids."""

    sandbox: Sandbox
    tenant_id: str
    user_ids: Sequence[str]
    sku_ids: Sequence[str]

    @property
    def token_url(self) -> str:
        """Where the tenant's tokens are had."""
        return f"{self.sandbox.url}/login/{self.tenant_id}/oauth2/v2.0/token"


@dataclass(frozen=True, slots=True)
class Told:
    """One way: seconds and HTTP calls for all users; `right` of the `asked` hold both products."""

    seconds: float
    calls: int
    right: int
    asked: int


def main() -> None:
    """Print each way as a multiple of this product's time."""
    ways: list[tuple[str, Callable[[], Told]]] = [
        ("this product, 8 batches at a time", _product),
        ("msgraph-sdk, one by one", lambda: _sdk(1)),
        ("msgraph-sdk, asyncio.gather, 8 at a time", lambda: _sdk(8)),
        ("msgraph-sdk, asyncio.gather, 20 at a time", lambda: _sdk(20)),
        (f"a process per user (reckoned from {PROCESSES})", _processes),
    ]
    ours: float | None = None
    for name, way in ways:
        told = way()
        ours = ours or told.seconds
        print(
            f"   {name:44} {told.seconds / ours:7.1f} x  {told.seconds:7.1f} s  {told.calls:5,} HTTP calls  "
            f"{told.right:,} of {told.asked:,} users right",
            flush=True,
        )
        assert told.right == told.asked, "somebody has not got what was to be given"


def _product() -> Told:
    with staged(CASE.users) as stage:
        task = _task(stage)
        saved = save_once(stage, CASE)
        return Told(saved.seconds, saved.calls, _right(stage, task), CASE.users)


def _sdk(at_once: int) -> Told:
    """assignLicense of each user through Microsoft's client, at most `at_once` calls under way."""
    with staged(CASE.users) as stage:
        task = _task(stage)
        seconds = _clocked(task, lambda: asyncio.run(_give_all(task, at_once)))
        return Told(seconds, sum(task.sandbox.calls().values()), _right(stage, task), CASE.users)


def _processes() -> Told:
    """One process after the other, as in a loop over a command-line tool. Each starts a Python that imports
    nothing but the standard library, gets a token, sends one assignLicense with both products, and ends."""
    with staged(CASE.users) as stage:
        task = _task(stage)
        some = task.user_ids[:PROCESSES]
        more = CASE.users / PROCESSES

        def work() -> None:
            for user_id in some:
                address = f"{task.sandbox.url}/graph/v1.0/users/{user_id}/assignLicense"
                told = (task.token_url, CLIENT_ID, CLIENT_SECRET, SCOPE, address, *task.sku_ids)
                subprocess.run([sys.executable, "-c", _TOOL, *told], check=True)

        seconds = _clocked(task, work) * more
        calls = round(sum(task.sandbox.calls().values()) * more)
        return Told(seconds, calls, _right(stage, task), PROCESSES)


_TOOL = """
import json, sys, urllib.parse, urllib.request
token_url, client_id, secret, scope, address, *skus = sys.argv[1:]
form = dict(grant_type="client_credentials", client_id=client_id, client_secret=secret, scope=scope)
token = json.load(urllib.request.urlopen(token_url, urllib.parse.urlencode(form).encode()))["access_token"]
body = dict(addLicenses=[dict(skuId=sku, disabledPlans=[]) for sku in skus], removeLicenses=[])
headers = {"Authorization": "Bearer " + token, "Content-Type": "application/json"}
urllib.request.urlopen(urllib.request.Request(address, json.dumps(body).encode(), headers)).read()
"""


def _clocked(task: Task, work: Callable[[], None]) -> float:
    task.sandbox.ask("switches", {"latency_ms": LATENCY_MS, "quota": "off"})
    task.sandbox.ask("requests/clear", {})
    began = time.monotonic()
    work()
    return time.monotonic() - began


def _task(stage: Stage) -> Task:
    """The same products as the product's own save is given."""
    with stage.sessions() as session:
        wish, _ = wish_for(session, CASE, stage.customer_id)
        users = select(DirectoryUser.graph_id).where(DirectoryUser.customer_id == stage.customer_id)
        return Task(
            stage.sandbox,
            session.get_one(Customer, stage.customer_id).tenant_id,
            session.scalars(users.order_by(DirectoryUser.number)).all(),
            sorted(wish.products),
        )


def _right(stage: Stage, task: Task) -> int:
    """Users who hold both products now, as the sandbox tells it."""
    stage.sandbox.ask("switches", {"latency_ms": 0})
    pages = stage.cloud.users(task.tenant_id)
    wanted = set(task.sku_ids)
    return sum(
        wanted <= {held.sku_id for held in user.licenses if held.direct}
        for page in pages
        for user in page.users
    )


class _Credential:
    """A client's secret for a token that is kept while it lives, as azure-identity does it."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._kept: AccessToken | None = None

    def get_token(self, *scopes: str, **_more: Any) -> AccessToken:
        """The token; asked for once."""
        if self._kept is None:
            form = {"grant_type": "client_credentials", "client_id": CLIENT_ID}
            form |= {"client_secret": CLIENT_SECRET, "scope": scopes[0]}
            data = urllib.parse.urlencode(form).encode()
            with urllib.request.urlopen(self._url, data) as answer:  # noqa: S310 - our own server
                reply = load(answer)
            self._kept = AccessToken(reply["access_token"], int(time.time()) + reply["expires_in"])
        return self._kept


async def _give_all(task: Task, at_once: int) -> None:
    provider = AzureIdentityAuthenticationProvider(_Credential(task.token_url), scopes=[SCOPE])
    adapter = GraphRequestAdapter(provider)
    adapter.base_url = f"{task.sandbox.url}/graph/v1.0"
    graph = GraphServiceClient(request_adapter=adapter)
    gate = asyncio.Semaphore(at_once)
    products = [AssignedLicense(sku_id=UUID(sku_id), disabled_plans=[]) for sku_id in task.sku_ids]
    body = AssignLicensePostRequestBody(add_licenses=products, remove_licenses=[])

    async def give(user_id: str) -> None:
        async with gate:
            await graph.users.by_user_id(user_id).assign_license.post(body)

    await asyncio.gather(*(give(user_id) for user_id in task.user_ids))


if __name__ == "__main__":
    main()
