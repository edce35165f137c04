"""Sign-in activity of users, by Microsoft's documented shape and conditions."""

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
