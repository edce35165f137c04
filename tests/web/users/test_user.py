"""One user's page: who it is, and a way into the selection."""

from __future__ import annotations

import pytest

from partner_center.cloud.port import RemoteGroup, RemoteLicense
from partner_center.directory import mirror
from tests.make import Make, guid
from tests.web.users.conftest import PEOPLE, Desk


def test_shows_who_it_is_and_to_whom_it_is_closed_what_they_have(desk: Desk, make: Make) -> None:
    license_ = RemoteLicense(desk.sku, direct=True, groups=(guid("sales"),), off=(guid("plan"),), error=None)
    person = make.user(
        "Ada Lovelace", licenses=(license_,), department="Engines", usage_location=None, user_type="Guest"
    )
    make.users(desk.fjord, person)
    mirror.store_groups(desk.session, desk.fjord.id, [RemoteGroup(guid("sales"), "Sales people")])
    desk.session.commit()
    shown = desk.page.get(f"{desk.path}/{PEOPLE + 1}")
    assert shown.h1 == "Ada Lovelace"
    assert person.user_principal_name in shown.text
    assert shown.rows == [
        ["Office 365 E3", "Directly and from a group: Sales people · 1 service off", guid("plan")]
    ]
    for words in ("Guest", "Missing", "Engines", "Allowed", "They can:"):
        assert words in shown.text


def test_joins_and_leaves_the_selection(desk: Desk) -> None:
    shown = desk.page.get(f"{desk.path}/7")
    joined = desk.page.submit(shown.form("/users/selection"), button="Add to the selection")
    assert joined.location == f"{desk.path}/7"
    assert desk.selected() == {7}
    desk.page.submit(desk.page.follow(joined).form("/users/selection"), button="Remove from the selection")
    assert desk.selected() == set()


@pytest.mark.parametrize("number", ["4000", "99999999999999999999"])
def test_nobody_of_that_number_is_not_found(desk: Desk, number: str) -> None:
    desk.page.get(f"{desk.path}/{number}", status=404)


def test_a_stranger_finds_nobody(desk: Desk) -> None:
    desk.page.sign_in(desk.cast.stranger)
    desk.page.get(f"{desk.path}/1", status=404)


def test_it_is_only_read(desk: Desk) -> None:
    desk.page.post(f"{desk.path}/1", {}, status=405)
