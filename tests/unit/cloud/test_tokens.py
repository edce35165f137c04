"""Keys: one per tenant and service, never another tenant's, never spoken of."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from traceback import format_exception
from urllib.parse import parse_qs

import pytest
import responses
import time_machine

from partner_center.cloud.connect import Microsoft, connect
from partner_center.cloud.errors import AccessDenied, CloudError, DamagedAnswer, WrongTenant
from partner_center.cloud.http import Key, Sender
from partner_center.cloud.port import LicenseRequest
from partner_center.cloud.tokens import Keyring
from tests.unit.cloud.recorded import (
    ADA,
    COMMERCE,
    CUSTOMER,
    GRAPH,
    LOGIN,
    OTHER_CUSTOMER,
    PARTNER,
    REFRESH,
    SECRET,
    answer_tokens,
    refusal,
    settings,
    token,
)

NOON = datetime(2026, 8, 1, 12, 0, tzinfo=UTC)


def keyring(**changed: object) -> Keyring:
    return Keyring(Sender(settings(**changed)), settings(**changed))


def form_of(mock: responses.RequestsMock) -> dict[str, list[str]]:
    return parse_qs(str(mock.calls[-1].request.body))


def test_the_app_alone_asks_with_its_secret(wire: responses.RequestsMock) -> None:
    key = keyring().key(CUSTOMER, "scope")
    assert (key.tenant_id, key.value) == (CUSTOMER, token(CUSTOMER))
    asked = form_of(wire)
    assert (asked["grant_type"], asked["scope"]) == (["client_credentials"], ["scope"])
    assert asked["client_secret"] == [SECRET]


def test_with_a_refresh_token_it_asks_as_app_and_user(wire: responses.RequestsMock) -> None:
    keyring(refresh_token=REFRESH).key(CUSTOMER, "scope")
    asked = form_of(wire)
    assert (asked["grant_type"], asked["refresh_token"]) == (["refresh_token"], [REFRESH])


def test_keys_are_kept_per_tenant_and_service(wire: responses.RequestsMock) -> None:
    ring = keyring()
    for tenant_id, scope in [(CUSTOMER, "a"), (CUSTOMER.upper(), "a"), (CUSTOMER, "b"), (PARTNER, "a")]:
        assert ring.key(tenant_id, scope).tenant_id == tenant_id.lower()
    assert len(wire.calls) == 3


def test_a_key_is_renewed_shortly_before_its_end(wire: responses.RequestsMock) -> None:
    ring = keyring()
    with time_machine.travel(NOON, tick=False):
        ring.key(CUSTOMER, "a")
    with time_machine.travel(NOON + timedelta(seconds=3599 - 121), tick=False):
        ring.key(CUSTOMER, "a")
        assert len(wire.calls) == 1
    with time_machine.travel(NOON + timedelta(seconds=3599 - 120), tick=False):
        ring.key(CUSTOMER, "a")
        assert len(wire.calls) == 2


def test_many_threads_fetch_a_key_once(wire: responses.RequestsMock) -> None:
    ring = keyring()
    together = threading.Barrier(8)

    def ask(_number: int) -> str:
        together.wait()
        return ring.key(CUSTOMER, "a").value

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(ask, range(8)))) == 1
    assert len(wire.calls) == 1


def test_a_token_made_for_another_tenant_is_never_used(
    bare_wire: responses.RequestsMock, cloud: Microsoft
) -> None:
    answer_tokens(bare_wire, CUSTOMER, says=OTHER_CUSTOMER)
    skus = bare_wire.get(f"{GRAPH}/subscribedSkus", json={"value": []})
    batch = bare_wire.post(f"{GRAPH}/$batch", json={})
    with pytest.raises(WrongTenant):
        cloud.skus(CUSTOMER)
    with pytest.raises(WrongTenant):
        cloud.send_licenses(CUSTOMER, [LicenseRequest(ADA, (), ())])
    assert (skus.call_count, batch.call_count) == (0, 0)


def test_control_a_token_for_the_right_tenant_is_used(wire: responses.RequestsMock, cloud: Microsoft) -> None:
    skus = wire.get(f"{GRAPH}/subscribedSkus", json={"value": []})
    assert cloud.skus(CUSTOMER) == []
    assert skus.calls[0].request.headers["Authorization"] == f"Bearer {token(CUSTOMER)}"


def test_a_mixed_up_keyring_is_caught_at_the_last_gate(
    wire: responses.RequestsMock, cloud: Microsoft, monkeypatch: pytest.MonkeyPatch
) -> None:
    skus = wire.get(f"{GRAPH}/subscribedSkus", json={"value": []})
    monkeypatch.setattr(Keyring, "key", lambda *_args: Key(OTHER_CUSTOMER, token(OTHER_CUSTOMER)))
    with pytest.raises(WrongTenant):
        cloud.skus(CUSTOMER)
    assert skus.call_count == 0


@pytest.mark.parametrize("says", ["opaque", "a.b.c", "a.e30.c", "a.W10.c"])
def test_a_token_that_names_no_tenant_is_never_used(bare_wire: responses.RequestsMock, says: str) -> None:
    bare_wire.post(f"{LOGIN}/{CUSTOMER}/oauth2/v2.0/token", json={"access_token": says, "expires_in": 3599})
    with pytest.raises(WrongTenant):
        keyring().key(CUSTOMER, "a")


@pytest.mark.parametrize("body", [{}, {"access_token": 5}, [], {"access_token": "x", "expires_in": "soon"}])
def test_an_answer_without_a_key_is_damaged(bare_wire: responses.RequestsMock, body: object) -> None:
    bare_wire.post(f"{LOGIN}/{CUSTOMER}/oauth2/v2.0/token", json=body)
    with pytest.raises(DamagedAnswer):
        keyring().key(CUSTOMER, "a")


def test_no_key_for_us_means_that_the_tenant_is_shut(bare_wire: responses.RequestsMock) -> None:
    bare_wire.post(
        f"{LOGIN}/{CUSTOMER}/oauth2/v2.0/token",
        status=400,
        json={"error": "invalid_grant", "error_description": "AADSTS65001: No consent."},
    )
    with pytest.raises(AccessDenied) as caught:
        keyring().key(CUSTOMER, "a")
    assert (caught.value.code, caught.value.message) == ("invalid_grant", "AADSTS65001: No consent.")


def test_a_key_no_longer_taken_is_replaced_once(wire: responses.RequestsMock, cloud: Microsoft) -> None:
    wire.get(f"{GRAPH}/subscribedSkus", status=401, json=refusal("InvalidAuthenticationToken", "Expired."))
    wire.get(f"{GRAPH}/subscribedSkus", json={"value": []})
    assert cloud.skus(CUSTOMER) == []
    paths = [call.request.path_url for call in wire.calls]
    assert [path.endswith("/token") for path in paths] == [True, False, True, False]


def test_a_second_401_is_an_answer(wire: responses.RequestsMock, cloud: Microsoft) -> None:
    skus = wire.get(
        f"{GRAPH}/subscribedSkus", status=401, json=refusal("InvalidAuthenticationToken", "Expired.")
    )
    with pytest.raises(AccessDenied):
        cloud.skus(CUSTOMER)
    assert skus.call_count == 2


def test_tokens_and_secrets_are_never_spoken_of(
    wire: responses.RequestsMock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    given = settings(refresh_token=REFRESH)
    cloud = connect(given)
    spoken = [repr(given), repr(Key(CUSTOMER, token(CUSTOMER)))]
    echo = refusal("Bad", "Refused.")
    wire.get(f"{GRAPH}/subscribedSkus", status=400, json=echo)
    wire.post(f"{GRAPH}/$batch", body=ConnectionError(token(CUSTOMER)))
    wire.get(f"{COMMERCE}/customers/{CUSTOMER}", body=f"<html>{SECRET}")
    for ask in (
        lambda: cloud.skus(CUSTOMER),
        lambda: cloud.customer_country(CUSTOMER),
        lambda: cloud.skus(OTHER_CUSTOMER),
    ):
        with pytest.raises(CloudError) as caught:
            ask()
        spoken += [str(caught.value), repr(caught.value), "".join(format_exception(caught.value))]
    spoken += [record.getMessage() for record in caplog.records]
    assert any("subscribedSkus" in text for text in spoken)  # the control: the log does speak
    for secret in (SECRET, REFRESH, "canary-token", token(CUSTOMER).split(".")[1]):
        assert not [text for text in spoken if secret in text]
