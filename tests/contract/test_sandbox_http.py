"""The sandbox over real HTTP on loopback."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests
from click.testing import CliRunner

from partner_center.cli import main
from partner_center.sandbox import tokens
from partner_center.sandbox.demo_identity import CLIENT_ID
from partner_center.sandbox.server import RunningSandbox, running_sandbox, serve
from partner_center.sandbox.storage import State
from tests.unit.sandbox.asking import TENANT, seed_plain, sku


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The plain customer."""
    path = tmp_path_factory.mktemp("sandbox") / "sandbox.sqlite"
    state = State(path)
    seed_plain(state)
    state.close()
    return path


@pytest.fixture(scope="module")
def sandbox(file: Path) -> Iterator[RunningSandbox]:
    with running_sandbox(file) as running:
        yield running


def headers() -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens.mint(TENANT, tokens.GRAPH, CLIENT_ID, with_user=False)}"}


def get(url: str) -> Any:
    return requests.get(url, headers=headers(), timeout=10)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_links_lead_back_to_the_address_that_was_asked(sandbox: RunningSandbox) -> None:
    body = get(f"{sandbox.graph_url}/users?$top=4").json()
    assert body["@odata.nextLink"].startswith(f"{sandbox.graph_url}/users?")
    assert len(get(body["@odata.nextLink"]).json()["value"]) == 4


def test_answers_carry_graphs_headers_and_a_length(sandbox: RunningSandbox) -> None:
    reply = get(f"{sandbox.graph_url}/subscribedSkus")
    assert reply.headers["OData-Version"] == "4.0"
    assert reply.headers["Content-Type"].startswith("application/json;odata.metadata=minimal")
    assert int(reply.headers["Content-Length"]) == len(reply.content)
    assert reply.headers["request-id"]


def test_a_connection_is_dropped_on_request_with_the_write_done(sandbox: RunningSandbox) -> None:
    user = get(f"{sandbox.graph_url}/users?$select=id").json()["value"][0]["id"]
    rule = {"fault": "drop", "method": "POST", "path": "/graph/v1.0/users/*", "when": "after", "next": 1}
    requests.post(f"{sandbox.url}/sandbox/faults", json=rule, timeout=10).raise_for_status()
    change = {"addLicenses": [{"skuId": sku("MCOPSTN1")}], "removeLicenses": []}
    url = f"{sandbox.graph_url}/users/{user}/assignLicense"
    with pytest.raises(requests.ConnectionError, match="without response"):
        requests.post(url, json=change, headers=headers(), timeout=10)
    held = get(f"{sandbox.graph_url}/users/{user}?$select=assignedLicenses").json()["assignedLicenses"]
    assert sku("MCOPSTN1") in [one["skuId"] for one in held]
    (rule,) = requests.post(f"{sandbox.url}/sandbox/faults/clear", json={}, timeout=10).json()["faults"]
    assert rule["fired"] == 1


def test_the_command_line_turns_faults_of_a_running_sandbox(sandbox: RunningSandbox) -> None:
    def call(*arguments: str) -> str:
        port = sandbox.url.rsplit(":", 1)[1]
        return CliRunner().invoke(main, ["sandbox", "faults", "--port", port, *arguments]).output

    added = call("add", "error", "--path", "/graph/*", "--status", "503", "--next", "1")
    assert "error         struck 0 of 0 calls  path=/graph/* next=1 status=503" in added
    assert [get(f"{sandbox.graph_url}/subscribedSkus").status_code for _ in range(2)] == [503, 200]
    assert "struck 1 of 2 calls" in call("list")
    assert "'dance' is none of throttle, error" in call("add", "dance")
    assert "struck 1 of 2 calls" in call("clear")
    assert call("list") == "No faults are switched on.\n"


def test_batches_in_parallel_give_away_every_seat_once(sandbox: RunningSandbox) -> None:
    users = [user["id"] for user in get(f"{sandbox.graph_url}/users?$select=id").json()["value"]]
    change = {"addLicenses": [{"skuId": sku("STANDARDPACK")}], "removeLicenses": []}

    def send(user: str) -> int:
        step = {"id": "1", "method": "POST", "url": f"/users/{user}/assignLicense", "body": change}
        reply = requests.post(
            f"{sandbox.graph_url}/$batch", json={"requests": [step]}, headers=headers(), timeout=10
        )
        return int(reply.json()["responses"][0]["status"])

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(send, users))

    assert sorted(answers) == [200] * 5 + [400] * 5


def test_broken_bodies_are_answered_not_thrown(sandbox: RunningSandbox) -> None:
    for path in ("/$batch", "/users/user0@plain.no/assignLicense", "/directoryObjects/getByIds"):
        for body in (
            b"",
            b"{",
            b"[]",
            b'"text"',
            b'{"requests":[1]}',
            b'{"addLicenses":[1],"removeLicenses":[2]}',
        ):
            reply = requests.post(sandbox.graph_url + path, data=body, headers=headers(), timeout=10)
            assert reply.status_code == 400, (path, body, reply.text)


def test_it_refuses_to_listen_to_other_machines(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="this machine only"):
        serve(0, tmp_path / "never.sqlite", host="0.0.0.0")  # noqa: S104 - the very thing refused


def test_the_process_keeps_its_state_and_stops_at_once(tmp_path: Path) -> None:
    port, data = free_port(), tmp_path / "sandbox.sqlite"
    code = f"from partner_center.sandbox.server import main; main({port}, {str(data)!r}, users=40)"
    first = _started(code, port)
    state = requests.get(f"http://127.0.0.1:{port}/sandbox/state", timeout=10).json()
    customer = next(tenant for tenant in state["tenants"] if tenant["users"])
    body = {"tenant": customer["id"], "do": "seats", "sku": "POWER_BI_PRO", "quantity": 77}
    connection = requests.Session()  # stays open while the server is told to stop
    assert connection.post(f"http://127.0.0.1:{port}/sandbox/edit", json=body, timeout=10).ok

    assert _stopped(first) == (0, "")
    connection.close()
    second = _started(code, port)
    state = requests.get(f"http://127.0.0.1:{port}/sandbox/state", timeout=10).json()

    assert [t["seats"]["POWER_BI_PRO"]["enabled"] for t in state["tenants"] if t["users"]] == [77]
    assert _stopped(second) == (0, "")


def _started(code: str, port: int) -> subprocess.Popen[str]:
    process = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return process
        time.sleep(0.05)
    process.kill()
    raise AssertionError(process.communicate()[1])


def _stopped(process: subprocess.Popen[str]) -> tuple[int, str]:
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=4)  # well below waitress's five seconds of patience
    return process.returncode, errors


def test_a_control_call_is_plain_json(sandbox: RunningSandbox) -> None:
    reply = requests.get(f"{sandbox.url}/sandbox/requests", timeout=10)
    assert json.loads(reply.text) == reply.json()
