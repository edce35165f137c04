"""The doors Microsoft does not have: switches, looks inside, and another administrator's hand."""

from __future__ import annotations

import pytest

from tests.unit.sandbox.asking import Asking, sku


def test_switches_are_turned_and_shown(plain: Asking) -> None:
    shown = plain.control(
        "switches", latency_ms=5, quota="off", quota_clock_scale=10, seat_delay_s=2, group_delay_s=3
    )
    assert shown == {
        "latency_ms": 5.0,
        "seat_delay_s": 2.0,
        "group_delay_s": 3.0,
        "legacy_exclusions": False,
        "quota": "off",
        "quota_clock_scale": 10.0,
    }
    assert plain.client.get("/sandbox/switches").json == shown


def test_an_unknown_switch_or_door_is_told(plain: Asking) -> None:
    wrong = plain.client.post("/sandbox/switches", json={"gravity": 0})
    assert (wrong.status_code, "gravity" in wrong.json["error"]) == (400, True)
    assert plain.client.get("/sandbox/cellar").status_code == 404


def test_calls_are_counted_by_method_and_path(plain: Asking) -> None:
    plain.assign(plain.users()[0], "POWER_BI_PRO")
    plain.get("/subscribedSkus")
    plain.get("/subscribedSkus")

    counts = plain.client.get("/sandbox/requests").json
    assert counts == {"POST /users/{id}/assignLicense": 1, "GET /subscribedSkus": 2}

    plain.control("requests/clear")
    assert plain.client.get("/sandbox/requests").json == {}


def test_the_state_shows_tenants_with_their_users_and_seats(plain: Asking) -> None:
    plain.assign(plain.users()[0], "POWER_BI_PRO")

    tenant = plain.client.get("/sandbox/state").json["tenants"][1]

    assert (tenant["id"], tenant["users"]) == (plain.tenant, 10)
    assert tenant["seats"]["POWER_BI_PRO"] == {"free": 1, "consumed": 1, "enabled": 2}


def test_another_administrator_changes_a_user(plain: Asking) -> None:
    user = plain.users()[0]

    def edit(do: str, **more: object) -> None:
        plain.control("edit", tenant=plain.tenant, do=do, user=user, **more)

    edit("assign", sku="ENTERPRISEPACK")
    edit("assign", sku=sku("POWER_BI_PRO"))
    edit("remove", sku="POWER_BI_PRO")
    edit("location", value="SE")
    edit("rename", value="Åse <b>Øvrebø</b>")

    shown = plain.get(f"/users/{user}?$select=displayName,usageLocation,assignedLicenses").json
    assert [entry["skuId"] for entry in shown["assignedLicenses"]] == [sku("ENTERPRISEPACK")]
    assert (shown["displayName"], shown["usageLocation"]) == ("Åse <b>Øvrebø</b>", "SE")
    edit("delete_user")
    assert plain.get(f"/users/{user}").status_code == 404


def test_another_administrators_change_obeys_the_rules(plain: Asking) -> None:
    body = {"tenant": plain.tenant, "do": "assign", "user": plain.users()[0], "sku": "MCOMEETADV"}
    assert plain.client.post("/sandbox/edit", json=body).status_code == 400


def test_seats_can_be_set_from_outside(plain: Asking) -> None:
    plain.control("edit", tenant=plain.tenant, do="seats", sku="VISIOCLIENT", quantity=0)
    assert plain.assign(plain.users()[0], "VISIOCLIENT").status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        {"tenant": "x"},
        {"tenant": "x", "do": "dance"},
        {"tenant": "x", "do": "seats", "sku": "NOT_A_PRODUCT", "quantity": 1},
        {"tenant": "x", "do": "seats", "sku": "SPE_E5", "quantity": 1},
        None,
    ],
)
def test_an_edit_that_makes_no_sense_is_told(plain: Asking, body: object) -> None:
    assert plain.client.post("/sandbox/edit", json=body).status_code == 400


def test_reset_brings_the_seed_back(demo: Asking) -> None:
    customer = demo.customer("Öland Glasbruk AB")
    before = customer.users()
    customer.ask("DELETE", f"/users/{before[0]}")

    demo.control("reset", max_users=20)

    assert customer.users() == before
