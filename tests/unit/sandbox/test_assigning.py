"""assignLicense: seats, plans, rules; one test for each promise."""

from __future__ import annotations

import pytest

from tests.unit.sandbox.asking import Asking, plan, sku


def test_the_answer_is_the_user_with_its_licences_and_their_states(plain: Asking) -> None:
    user = plain.users()[0]

    reply = plain.assign(user, "ENTERPRISEPACK")

    assert reply.status_code == 200
    assert reply.json["id"] == user
    assert reply.json["assignedLicenses"] == [{"disabledPlans": [], "skuId": sku("ENTERPRISEPACK")}]
    (state,) = reply.json["licenseAssignmentStates"]
    assert (state["skuId"], state["assignedByGroup"], state["state"], state["error"]) == (
        sku("ENTERPRISEPACK"),
        None,
        "Active",
        "None",
    )


def test_a_new_licence_takes_a_seat_and_a_removed_one_gives_it_back(plain: Asking) -> None:
    user = plain.users()[0]
    plain.assign(user, "ENTERPRISEPACK")
    assert plain.consumed("ENTERPRISEPACK") == 1

    plain.assign(user, remove=("ENTERPRISEPACK",))

    assert plain.consumed("ENTERPRISEPACK") == 0


def test_adding_what_is_held_changes_its_plans_and_takes_no_seat(plain: Asking) -> None:
    user = plain.users()[0]
    sway = plan("ENTERPRISEPACK", "SWAY")
    plain.assign(user, "ENTERPRISEPACK")

    reply = plain.assign(user, "ENTERPRISEPACK", off=(sway,))

    assert reply.json["assignedLicenses"] == [{"disabledPlans": [sway], "skuId": sku("ENTERPRISEPACK")}]
    assert plain.consumed("ENTERPRISEPACK") == 1


def test_adding_what_is_held_works_when_no_seat_is_left(plain: Asking) -> None:
    first = plain.users()[0]
    plain.assign(first, "VISIOCLIENT")

    assert plain.assign(first, "VISIOCLIENT").status_code == 200


def test_several_products_in_one_call_are_all_or_nothing(plain: Asking) -> None:
    first, second = plain.users()[:2]
    plain.assign(first, "VISIOCLIENT")

    assert plain.assign(second, "POWER_BI_PRO", "VISIOCLIENT").status_code == 400

    assert plain.states(second) == []
    assert plain.consumed("POWER_BI_PRO") == 0


def test_a_swap_in_one_call_is_judged_by_how_it_ends(plain: Asking) -> None:
    user = plain.users()[0]
    plain.assign(user, "MCOPSTN1")

    reply = plain.assign(user, "MCOPSTN2", remove=("MCOPSTN1",))

    assert reply.status_code == 200
    assert [entry["skuId"] for entry in reply.json["assignedLicenses"]] == [sku("MCOPSTN2")]


def test_the_last_seat_goes_from_one_product_to_another_in_one_call(plain: Asking) -> None:
    first, second = plain.users()[:2]
    plain.assign(first, "POWER_BI_PRO")
    plain.assign(second, "POWER_BI_PRO")

    reply = plain.assign(second, "VISIOCLIENT", remove=("POWER_BI_PRO",))

    assert reply.status_code == 200
    assert (plain.consumed("VISIOCLIENT"), plain.consumed("POWER_BI_PRO")) == (1, 1)


def test_switching_off_one_of_two_exclusive_plans_lets_both_products_in(plain: Asking) -> None:
    user = plain.users()[0]
    plain.assign(user, "MCOPSTN1")

    reply = plain.assign(user, "MCOPSTN2", off=(plan("MCOPSTN2", "MCOPSTN2"),))

    assert reply.status_code == 200


def test_removing_what_another_product_needs_is_refused(plain: Asking) -> None:
    user = plain.users()[0]
    assert plain.assign(user, "ENTERPRISEPACK", "MCOMEETADV").status_code == 200

    reply = plain.assign(user, remove=("ENTERPRISEPACK",))

    assert reply.status_code == 400
    assert "depends on the service plan(s)" in reply.json["error"]["message"]
    assert plain.assign(user, remove=("ENTERPRISEPACK", "MCOMEETADV")).status_code == 200


def test_office_e1_and_e3_go_together_since_exchange_plans_stack(plain: Asking) -> None:
    assert plain.assign(plain.users()[0], "ENTERPRISEPACK", "STANDARDPACK").status_code == 200


def test_the_switch_for_the_old_rules_makes_e1_and_e3_exclusive(plain: Asking) -> None:
    plain.control("switches", legacy_exclusions=True)

    reply = plain.assign(plain.users()[0], "ENTERPRISEPACK", "STANDARDPACK")

    assert reply.status_code == 400
    assert "are mutually exclusive" in reply.json["error"]["message"]


def test_removing_needs_no_location(plain: Asking) -> None:
    user = plain.users()[0]
    plain.assign(user, "POWER_BI_PRO")
    plain.update(user, usage_location=None)

    assert plain.assign(user, remove=("POWER_BI_PRO",)).status_code == 200


def test_a_user_may_be_named_by_sign_in_name(plain: Asking) -> None:
    assert plain.assign("USER3@plain.no", "POWER_BI_PRO").json["displayName"] == "User 3"


def test_units_in_their_grace_period_can_still_be_assigned(plain: Asking) -> None:
    with plain.state.write() as db:
        db.execute("UPDATE subscription SET status = 'Warning' WHERE sku = ?", (sku("VISIOCLIENT"),))

    assert plain.assign(plain.users()[0], "VISIOCLIENT").status_code == 200


@pytest.mark.parametrize("status", ["Suspended", "LockedOut"])
def test_units_of_a_cancelled_subscription_can_not_be_assigned(plain: Asking, status: str) -> None:
    with plain.state.write() as db:
        db.execute("UPDATE subscription SET status = ? WHERE sku = ?", (status, sku("VISIOCLIENT")))

    reply = plain.assign(plain.users()[0], "VISIOCLIENT")

    assert "does not have any available licenses" in reply.json["error"]["message"]


def test_disabled_plans_may_be_left_out(plain: Asking) -> None:
    body = {"addLicenses": [{"skuId": sku("POWER_BI_PRO").upper()}], "removeLicenses": []}

    reply = plain.ask("POST", f"/users/{plain.users()[0]}/assignLicense", body)

    assert reply.json["assignedLicenses"] == [{"disabledPlans": [], "skuId": sku("POWER_BI_PRO")}]


def test_license_details_name_the_plans_and_which_are_off(plain: Asking) -> None:
    user = plain.users()[0]
    sway = plan("ENTERPRISEPACK", "SWAY")
    plain.assign(user, "ENTERPRISEPACK", off=(sway,))

    (detail,) = plain.get(f"/users/{user}/licenseDetails").json["value"]

    status = {p["servicePlanId"]: p["provisioningStatus"] for p in detail["servicePlans"]}
    assert detail["skuPartNumber"] == "ENTERPRISEPACK"
    assert status[sway] == "Disabled"
    assert status[plan("ENTERPRISEPACK", "INTUNE_O365")] == "PendingActivation"
    assert status[plan("ENTERPRISEPACK", "TEAMS1")] == "Success"


def test_every_write_is_logged_in_order_with_the_seats_before_and_after(plain: Asking) -> None:
    first, second = plain.users()[:2]
    plain.assign(first, "VISIOCLIENT")
    plain.assign(second, "VISIOCLIENT")

    writes = plain.client.get("/sandbox/writes").json["writes"]

    assert [(w["target"], w["status"]) for w in writes] == [(first, 200), (second, 400)]
    assert writes[0]["seats_before"] == {sku("VISIOCLIENT"): 0}
    assert writes[0]["seats_after"] == {sku("VISIOCLIENT"): 1}
