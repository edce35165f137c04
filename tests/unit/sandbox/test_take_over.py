"""The one request of ours: a user's own subscription becomes the organization's."""

from __future__ import annotations

from typing import Any

from tests.unit.sandbox.asking import Asking, sku


def subscription(asking: Asking) -> dict[str, Any]:
    """The one of Power BI Pro, as Graph shows it."""
    listed = asking.get("/directory/subscriptions").get_json()["value"]
    return next(one for one in listed if one["skuId"] == sku("POWER_BI_PRO"))


def test_s2_7_taken_over_its_licenses_can_be_given(plain: Asking) -> None:
    user = plain.users()[0]
    with plain.state.write() as db:
        db.execute(
            "UPDATE subscription SET channel = 'self-service', owner = ? WHERE sku = ?",
            (user, sku("POWER_BI_PRO")),
        )
    bought = subscription(plain)
    assert bought["ownerType"] == "User"
    assert plain.assign(user, "POWER_BI_PRO").status_code == 400
    path = f"/directory/subscriptions/{bought['commerceSubscriptionId']}/takeOver"
    assert [plain.ask("POST", path).status_code for _ in range(2)] == [204, 204]
    assert subscription(plain)["ownerType"] is None
    assert plain.assign(user, "POWER_BI_PRO").status_code == 200
    logged = plain.state.db.execute("SELECT count(*) FROM write_log WHERE kind = 'takeover'").fetchone()
    assert logged[0] == 1, "the second time changed nothing"


def test_a_strangers_subscription_is_not_found(plain: Asking) -> None:
    path = "/directory/subscriptions/00000000-0000-0000-0000-000000000009/takeOver"
    assert plain.ask("POST", path).status_code == 404
