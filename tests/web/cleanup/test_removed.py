"""**Recently removed**: whose data waits, for how long, and giving it back through Review (S5.4)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine

from partner_center.changes.models import Change
from partner_center.shared import clock
from partner_center.web.formats import day
from tests.page import Page, PageClient
from tests.web.changes.conftest import Submit
from tests.web.changes.scene import ANNA, ASE, BO, CALLS, MAIL, SHEETS, Scene

Remove = Callable[..., Change]


@pytest.fixture
def address(scene: Scene) -> str:
    return f"/customers/{scene.customer_id}/cleanup/removed"


@pytest.fixture
def remove(page: PageClient, scene: Scene, submit: Submit) -> Remove:
    """Take Alpha from these users, to the end."""

    def taken(*numbers: int, **ops: str) -> str:
        shown = page.follow(submit(*numbers, **(ops or {"alpha": "revoke"})))
        saved = page.submit(shown.form("/save"), understood="y")
        scene.work()
        return saved.location.rsplit("/", 1)[-1]

    return taken  # type: ignore[return-value]


@pytest.fixture
def anna_removed(remove: Remove) -> None:
    remove(ANNA)


def give_back(page: PageClient, address: str, status: int = 303, **values: object) -> Page:
    return page.submit(page.get(address).form(address), status, **values)  # type: ignore[arg-type]


def test_s5_4_who_lost_a_mailbox_is_shown_with_the_day_and_the_days_left(
    page: PageClient, scene: Scene, address: str, remove: Remove
) -> None:
    ref = remove(ANNA, BO)
    shown = page.get(address)
    assert shown.h1 == "Recently removed"
    with page.app.test_request_context():
        until, today = day(clock.now().date() + timedelta(days=30)), day(clock.now())
    anna, bo = shown.rows
    assert "Anna Berg" in anna[1]
    assert anna[2] == f"30 days left Mailbox: deleted for good after {until}"
    assert anna[3:5] == ["Alpha Suite", today]
    assert "Bo Dahl" in bo[1]
    assert shown.link(today).endswith(str(ref))


def test_s5_4_one_click_gives_it_back_as_it_was_through_review(
    page: PageClient, scene: Scene, address: str, remove: Remove
) -> None:
    anna = scene.tenant.users[scene.graph_ids[ANNA]]
    off = tuple(sorted((CALLS, SHEETS)))
    held = (replace(anna.licenses[0], off=off),)
    scene.tenant.users[anna.graph_id] = replace(anna, licenses=held)
    scene.sync()
    remove(ANNA, BO)
    sent = len(scene.tenant.calls)
    review = page.follow(give_back(page, address, one=str(ANNA)))
    assert review.h1 == "Review changes"
    assert "1 to assign" in review.text
    assert len(scene.tenant.calls) == sent, "nothing is done before it is saved"
    assert review.link("Back to editing") == address
    page.submit(review.form("/save"))
    scene.work()
    assert scene.tenant.users[anna.graph_id].licenses == held
    assert [row[1].split()[0] for row in page.get(address).rows] == ["Bo"], "Anna waits no more"


def test_ticked_users_are_given_back_together_and_twice_is_once(
    page: PageClient, scene: Scene, address: str, remove: Remove
) -> None:
    remove(ANNA, BO)
    form = page.get(address).form(address)
    first = page.submit(form, u=[str(ANNA), str(BO)])
    assert page.submit(form, u=[str(ANNA), str(BO)]).location == first.location
    assert "2 to assign" in page.follow(first).text


def test_a_service_switched_off_is_told_like_a_license_taken(
    page: PageClient, scene: Scene, address: str, submit: Submit
) -> None:
    scene.select(scene.cast.helpdesk, ANNA)
    plans = f"/customers/{scene.customer_id}/manage/{scene.alpha}/plans"
    page.submit(page.get(plans).form(plans), **{f"plan-{MAIL}": "off"})
    saved = page.submit(page.get(scene.manage).form(scene.manage), go="save")
    page.submit(page.follow(saved).form("/save"), understood="y")
    scene.work()
    (anna,) = page.get(address).rows
    assert "Mailbox: deleted for good after" in anna[2]
    page.submit(page.follow(give_back(page, address, u=[str(ANNA)])).form("/save"))
    scene.work()
    assert scene.tenant.users[scene.graph_ids[ANNA]].licenses[0].off == ()


def test_after_thirty_days_nothing_is_offered(
    page: PageClient, scene: Scene, address: str, remove: Remove
) -> None:
    remove(ANNA)
    with time_machine.travel(clock.now() + timedelta(days=29)):
        page.sign_in(scene.cast.helpdesk)
        assert "1 day left" in page.get(address).rows[0][2]
    with time_machine.travel(clock.now() + timedelta(days=31)):
        page.sign_in(scene.cast.helpdesk)
        shown = page.get(address)
        assert shown.rows == []
        assert "Nothing is waiting" in shown.text


@pytest.mark.parametrize(
    ("values", "status", "words"),
    [
        ({}, 422, "Select at least one user."),
        ({"one": "x"}, 422, "This list of ticks can't be read."),
        ({"one": str(ASE)}, 409, "None of these users has anything waiting for a license any more."),
        ({"u": "1", "key": ""}, 422, "The form was not complete."),
        ({"u": "1", "key": "x" * 65}, 422, "The form was not complete."),
    ],
)
@pytest.mark.usefixtures("anna_removed")
def test_what_can_not_be_given_back_is_refused_in_words(
    page: PageClient, address: str, values: dict[str, str], status: int, words: str
) -> None:
    assert words in give_back(page, address, status, **values).text


def test_nobody_has_lost_anything_yet(page: PageClient, address: str) -> None:
    shown = page.get(address)
    assert "Nobody has lost a mailbox or files with a license in the last 30 days." in shown.text
    assert "Microsoft does not say what other admins removed." in shown.text
