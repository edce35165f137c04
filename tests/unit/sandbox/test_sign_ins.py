"""Sign-in activity and the report of mailboxes, by Microsoft's documented shapes and conditions."""

from __future__ import annotations

import pytest

from partner_center.sandbox.graph.users import MOST_WITH_SIGN_INS
from tests.unit.sandbox.asking import TENANT, Asking, sku

SELECT = "$select=id,createdDateTime,signInActivity"


def test_without_entra_premium_it_is_refused_with_microsofts_code(plain: Asking) -> None:
    reply = plain.get(f"/users?{SELECT}")
    assert plain.error(reply)[:2] == (403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant")
    assert plain.get("/users?$select=id").status_code == 200


@pytest.fixture
def premium(plain: Asking) -> Asking:
    """The plain customer with Enterprise Mobility + Security, which has Microsoft Entra ID P1."""
    with plain.state.write() as db:
        db.execute("UPDATE subscription SET sku = ? WHERE sku = ?", (sku("EMS"), sku("VISIOCLIENT")))
    return plain


def test_with_it_each_user_tells_when_and_null_for_never(premium: Asking) -> None:
    at = "2026-01-02T03:04:05Z"
    premium.control("edit", tenant=TENANT, do="sign_in", user="user1@plain.no", value=at)
    premium.update(premium.users()[2], signed_in_at=None)
    users = premium.get(f"/users?{SELECT},userPrincipalName&$top=999").json["value"]
    by_name = {user["userPrincipalName"]: user["signInActivity"] for user in users}
    assert by_name["user1@plain.no"]["lastSignInDateTime"] == at
    assert by_name["user2@plain.no"] is None
    assert premium.get(f"/users/user1@plain.no?{SELECT}").json["signInActivity"]
    assert MOST_WITH_SIGN_INS == 500, "the page Microsoft gives at most with this property"


REPORT = "/graph/beta/reports/getMailboxUsageDetail(period='D7')?$format=application/json"


def test_the_report_tells_kind_and_size_of_each_mailbox(demo: Asking) -> None:
    where = demo.customer("Blue Mesa Outfitters")
    told = where.client.get(REPORT, headers=where.token()).json["value"]
    kinds = {one["recipientType"] for one in told}
    assert {"User", "Shared"} <= kinds
    assert all(one["storageUsedInBytes"] > 0 and "@" in one["userPrincipalName"] for one in told)


@pytest.mark.parametrize("other", [REPORT.replace("D7", "D8"), REPORT.partition("?")[0]])
def test_another_period_or_form_is_refused(plain: Asking, other: str) -> None:
    assert plain.client.get(other, headers=plain.token()).status_code == 400
