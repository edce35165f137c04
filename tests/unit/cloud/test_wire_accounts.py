"""Accounts, groups, members and terms, as Microsoft tells them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from partner_center.cloud.errors import DamagedAnswer
from partner_center.cloud.port import NewUser, RemoteGroup, RemoteOrganization, RemoteTerm, Verdict
from partner_center.cloud.wire.accounts import new_answer, read_organization
from partner_center.cloud.wire.batch import ItemReply
from partner_center.cloud.wire.commerce import read_terms
from partner_center.cloud.wire.tenant import read_group
from partner_center.cloud.wire.users import read_member_ids, read_members
from tests.unit.cloud.recorded import ADA, BO, E3, GROUP, SWAY, user

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
ASKED = NewUser("ada@example.com", "Ada Berg", "NO", "secret")


def made(body: Any, status: int = 201) -> ItemReply:
    return ItemReply(status, {"request-id": "ms-1"}, body)


def test_a_user_is_made_when_microsoft_says_201_and_who() -> None:
    told = {"id": ADA, "displayName": "Ada Berg", "userPrincipalName": "ada@example.com"}
    answer = new_answer(made(told), ASKED, NOW)
    assert (answer.verdict, answer.request_id) == (Verdict.DONE, "ms-1")
    assert answer.user is not None
    assert (answer.user.graph_id, answer.user.usage_location) == (ADA, "NO")


@pytest.mark.parametrize("reply", [None, made({"value": "junk"}), made(None), made({"id": ADA}, 503)])
def test_anything_else_leaves_doubt(reply: ItemReply | None) -> None:
    assert new_answer(reply, ASKED, NOW).verdict in (Verdict.UNKNOWN, Verdict.THROTTLED)


def test_domains_come_with_the_default_first_and_without_federated_ones() -> None:
    domains = [
        {"name": "Second.example", "type": "Managed"},
        {"name": "fed.example", "type": "Federated"},
        {"name": "first.example", "type": "Managed", "isDefault": True},
    ]
    body = {"value": [{"verifiedDomains": domains, "defaultUsageLocation": "NO"}]}
    assert read_organization(body) == RemoteOrganization(("first.example", "second.example"), "NO")
    with pytest.raises(DamagedAnswer):
        read_organization({"value": []})


def test_one_group_is_read_with_what_it_gives() -> None:
    given = [{"skuId": E3.upper(), "disabledPlans": [SWAY.upper()]}]
    told = {"id": GROUP, "displayName": "Sales", "assignedLicenses": given}
    state = {"licenseProcessingState": {"state": "QueuedForProcessing"}}
    assert read_group(told) == RemoteGroup(GROUP, "Sales", ((E3, (SWAY,)),), processing=False)
    assert read_group({**told, **state}).processing


def test_members_are_users_or_their_ids() -> None:
    body = {"value": [user(), user(BO, "Bo Dahl")]}
    assert [one.display_name for one in read_members(body)] == ["Ada Berg", "Bo Dahl"]
    assert read_member_ids({"value": [{"id": ADA.upper()}]}) == (ADA,)
    with pytest.raises(DamagedAnswer):
        read_members({})


def test_a_term_tells_how_many_can_go_back_and_until_when() -> None:
    windows = [
        {"quantity": 5, "allowedUntilDateTime": "2026-11-30T00:00:00Z"},
        {"quantity": 0, "allowedUntilDateTime": "2026-12-01T00:00:00Z"},
        {"quantity": 3, "allowedUntilDateTime": None},
    ]
    item = {"id": GROUP, "termDuration": "P1Y", "autoRenewEnabled": True}
    assert read_terms(item) == RemoteTerm(GROUP, "P1Y", True, ())
    told = read_terms({**item, "refundableQuantity": {"details": windows}})
    assert told == RemoteTerm(GROUP, "P1Y", True, ((5, datetime(2026, 11, 30, tzinfo=UTC)),))
