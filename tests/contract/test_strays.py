"""The controls of what watches tokens: with both guards off, both watches must see the wrong one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from partner_center.cloud.connect import Microsoft, connect
from partner_center.cloud.errors import WrongTenant
from partner_center.cloud.http import Key, Reply, Request, Sender
from partner_center.cloud.port import LicenseRequest
from partner_center.cloud.tokens import Keyring
from partner_center.sandbox.control import answer as control
from partner_center.sandbox.seed.partner import seed_partner
from partner_center.sandbox.server import RunningSandbox, running_sandbox
from partner_center.sandbox.storage import State
from tests.contract.cloud_sides import settings_of
from tests.upstream import watched_apart


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[RunningSandbox]:
    """The demo's partner with small customers."""
    state = State(tmp_path / "sandbox.sqlite")
    seed_partner(state, max_users=5)
    state.close()
    with running_sandbox(tmp_path / "sandbox.sqlite") as running:
        yield running


@pytest.fixture
def cloud(sandbox: RunningSandbox) -> Iterator[Microsoft]:
    door = connect(settings_of(sandbox))
    yield door
    door.close()


def test_the_right_token_strays_nowhere(sandbox: RunningSandbox, cloud: Microsoft) -> None:
    with watched_apart() as watch:
        _give(sandbox, cloud)
    assert watch.sent[True] > 0
    assert not watch.mixed_up
    assert _strays(sandbox) == []


def test_a_wrong_token_is_stopped_before_it_is_sent(
    sandbox: RunningSandbox, cloud: Microsoft, monkeypatch: pytest.MonkeyPatch
) -> None:
    _mix_keys_up(sandbox, monkeypatch)
    with watched_apart() as watch, pytest.raises(WrongTenant):
        _give(sandbox, cloud)
    assert not watch.sent
    assert _strays(sandbox) == []


def test_without_that_guard_both_watches_see_it(
    sandbox: RunningSandbox, cloud: Microsoft, monkeypatch: pytest.MonkeyPatch
) -> None:
    _mix_keys_up(sandbox, monkeypatch)
    _take_guard_away(monkeypatch)
    with watched_apart() as watch:
        _give(sandbox, cloud)
    _first, second = _tenants(sandbox)
    assert watch.sent[False] > 0
    assert second[0] in watch.mixed_up[0]
    (strayed, *_others) = _strays(sandbox)
    assert (strayed["token"], strayed["owner"]) == (second[0], _first[0])


def _give(sandbox: RunningSandbox, cloud: Microsoft) -> None:
    """A license that nobody has, to a user of the first customer: any answer will do."""
    (tenant, user), _second = _tenants(sandbox)
    cloud.send_licenses(tenant, [LicenseRequest(user, (("00000000-0000-4000-8000-000000000001", ()),), ())])


def _tenants(sandbox: RunningSandbox) -> list[tuple[str, str]]:
    """Two customers with a user of each."""
    rows = sandbox.state.db.execute("SELECT tenant, min(id) AS id FROM user GROUP BY tenant ORDER BY tenant")
    return [(row["tenant"], row["id"]) for row in rows.fetchall()[:2]]


def _strays(sandbox: RunningSandbox) -> list[dict[str, str]]:
    found: list[dict[str, str]] = control(sandbox.world, "GET", "strays", {}, None).body["strays"]
    return found


def _mix_keys_up(sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks for the first customer's key gets the second one's."""
    right = Keyring.key
    first, second = (tenant for tenant, _user in _tenants(sandbox))

    def wrong(self: Keyring, tenant_id: str, scope: str) -> Key:
        return right(self, second if tenant_id == first else tenant_id, scope)

    monkeypatch.setattr(Keyring, "key", wrong)


def _take_guard_away(monkeypatch: pytest.MonkeyPatch) -> None:
    right = Sender.send

    def careless(self: Sender, request: Request, *, tenant_id: str, key: Key | None = None) -> Reply:
        return right(self, request, tenant_id=(key and key.tenant_id) or tenant_id, key=key)

    monkeypatch.setattr(Sender, "send", careless)
