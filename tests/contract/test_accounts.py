"""Making, blocking, deleting and restoring users, over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from partner_center.cloud.port import AccountRequest, NewUser, Reason, Verdict
from partner_center.sandbox.server import running_sandbox
from partner_center.sandbox.storage import State
from tests.contract.cloud_sides import SandboxSide
from tests.unit.sandbox.asking import seed_plain

GOOD = "Abcd-efgh-jk23"


@pytest.fixture
def side(tmp_path: Path) -> Iterator[SandboxSide]:
    path = tmp_path / "sandbox.sqlite"
    state = State(path)
    seed_plain(state)
    state.close()
    with running_sandbox(path) as sandbox:
        side = SandboxSide(sandbox)
        yield side
        side.cloud.close()


def new(address: str = "ada.berg@plain.no", password: str = GOOD) -> NewUser:
    return NewUser(address, "Ada Berg", "NO", password, {"department": "Sales"})


def test_the_organization_tells_its_domains(side: SandboxSide) -> None:
    told = side.cloud.organization(side.tenant_id)
    assert (told.domains, told.default_location) == (("plain.no",), None)


def test_a_made_user_is_told_whole_and_read_the_same(side: SandboxSide) -> None:
    [answer] = side.cloud.create_users(side.tenant_id, [new()])
    assert answer.verdict is Verdict.DONE
    assert answer.user is not None
    read = side.cloud.read_users(side.tenant_id, [answer.user.graph_id])[answer.user.graph_id]
    assert read == answer.user
    assert side.cloud.read_users(side.tenant_id, ["ada.berg@plain.no"])["ada.berg@plain.no"] == read


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        (new("user1@plain.no"), Reason.ADDRESS_TAKEN),
        (new("ada@elsewhere.example"), Reason.OTHER),
        (new(password="short"), Reason.OTHER),
    ],
)
def test_what_microsoft_refuses_to_make(side: SandboxSide, asked: NewUser, reason: Reason) -> None:
    [refused, made] = side.cloud.create_users(side.tenant_id, [asked, new("bo@plain.no")])
    assert (refused.verdict, refused.reason) == (Verdict.FAILED, reason)
    assert made.verdict is Verdict.DONE


def test_blocking_and_a_new_password(side: SandboxSide) -> None:
    asked = [AccountRequest(side.ada, enabled=False), AccountRequest(side.bo, password=GOOD)]
    assert [one.verdict for one in side.cloud.set_accounts(side.tenant_id, asked)] == [Verdict.DONE] * 2
    read = side.cloud.read_users(side.tenant_id, [side.ada, side.bo])
    assert [user.account_enabled for user in read.values() if user] == [False, True]


def test_deleted_and_restored(side: SandboxSide) -> None:
    [done] = side.cloud.delete_users(side.tenant_id, [side.ada])
    assert done.verdict is Verdict.DONE
    [gone] = side.cloud.deleted_users(side.tenant_id)
    assert (gone.graph_id, gone.deleted_at is not None) == (side.ada, True)
    [again] = side.cloud.delete_users(side.tenant_id, [side.ada])
    assert (again.verdict, again.reason) == (Verdict.FAILED, Reason.USER_GONE)
    [back] = side.cloud.restore_users(side.tenant_id, [side.ada])
    assert back.verdict is Verdict.DONE
    [not_there] = side.cloud.restore_users(side.tenant_id, [side.ada])
    assert not_there.reason is Reason.USER_GONE
    assert side.cloud.deleted_users(side.tenant_id) == []
