"""Deleted users: their seats are free at once, and they can come back for 30 days."""

from __future__ import annotations

from datetime import timedelta

import time_machine

from partner_center.shared import clock
from tests.unit.sandbox.asking import Asking, sku

DELETED = "/directory/deletedItems"


def test_deleting_frees_the_seats_and_hides_the_user(plain: Asking) -> None:
    user = plain.users()[0]
    plain.assign(user, "VISIOCLIENT")

    assert plain.ask("DELETE", f"/users/{user}").status_code == 204

    assert plain.consumed("VISIOCLIENT") == 0
    assert plain.get(f"/users/{user}").status_code == 404
    for cast in ("microsoft.graph.user", "graph.user"):
        assert [item["id"] for item in plain.get(f"{DELETED}/{cast}").json["value"]] == [user]
    assert plain.get(f"{DELETED}/{user}").json["deletedDateTime"] is not None


def test_restoring_brings_the_licences_back(plain: Asking) -> None:
    user = plain.users()[0]
    plain.assign(user, "VISIOCLIENT")
    plain.ask("DELETE", f"/users/{user}")

    assert plain.ask("POST", f"{DELETED}/{user}/restore").status_code == 200

    assert [state["skuId"] for state in plain.states(user)] == [sku("VISIOCLIENT")]
    assert plain.consumed("VISIOCLIENT") == 1
    assert plain.get(f"{DELETED}/{user}").status_code == 404


def test_a_licence_whose_seat_went_to_another_does_not_come_back(plain: Asking) -> None:
    first, second = plain.users()[:2]
    plain.assign(first, "VISIOCLIENT", "POWER_BI_PRO")
    plain.ask("DELETE", f"/users/{first}")
    plain.assign(second, "VISIOCLIENT")

    plain.ask("POST", f"{DELETED}/{first}/restore")

    assert [state["skuId"] for state in plain.states(first)] == [sku("POWER_BI_PRO")]
    assert plain.consumed("VISIOCLIENT") == 1


def test_after_thirty_days_there_is_nothing_to_restore(plain: Asking) -> None:
    user = plain.users()[0]
    plain.ask("DELETE", f"/users/{user}")

    with time_machine.travel(clock.now() + timedelta(days=31), tick=False):
        assert plain.get(f"{DELETED}/graph.user").json["value"] == []
        assert plain.ask("POST", f"{DELETED}/{user}/restore").status_code == 404


def test_a_purged_user_is_gone(plain: Asking) -> None:
    user = plain.users()[0]
    plain.ask("DELETE", f"/users/{user}")

    assert plain.ask("DELETE", f"{DELETED}/{user}").status_code == 204

    assert plain.ask("POST", f"{DELETED}/{user}/restore").status_code == 404


def test_a_sign_in_name_that_was_given_away_stops_the_restore(plain: Asking) -> None:
    first, second = plain.users()[:2]
    plain.ask("DELETE", f"/users/{first}")
    plain.update(second, upn="user0@plain.no", upn_key="user0@plain.no")

    status, _, message = plain.error(plain.ask("POST", f"{DELETED}/{first}/restore"))

    assert (status, "userPrincipalName already exists" in message) == (400, True)
