"""**Undo this change**: offered on the result, shown before it is done, linked both ways."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from partner_center.audit.models import AuditEntry
from partner_center.changes.models import Change
from partner_center.shared import clock
from partner_center.staff.roles import Role
from tests.make import Make
from tests.page import Page, PageClient
from tests.web.changes.conftest import Submit
from tests.web.changes.scene import ANNA, BO, ZOE, Scene
from tests.web.changes.test_result import cells, save_and_work


@pytest.fixture
def given(page: PageClient, scene: Scene, submit: Submit) -> Page:
    """The result of giving Alpha to Zoe, by the helpdesk agent."""
    return save_and_work(page, scene, submit(ZOE, alpha="assign"))


def press(page: PageClient, result: Page, status: int = 303) -> Page:
    return page.submit(result.form("/undo"), status, button="Undo this change")


class TestTheWayThere:
    def test_the_result_offers_it_until_a_day(self, given: Page) -> None:
        offered = given.one("section", id="undo").text
        assert "Offered until " in offered
        assert "You see what will happen before anything is changed." in offered

    def test_what_will_happen_is_shown_first(self, page: PageClient, scene: Scene, given: Page) -> None:
        shown = page.follow(press(page, given))
        assert shown.h1 == "Review changes"
        assert "Nothing has been changed yet." in shown.text
        assert "Revoke Alpha Suite" in shown.text
        assert f"Undo of {reference(given)}" in shown.text
        assert f"Back to {reference(given)}" in shown.text
        assert len(scene.tenant.calls) == 1

    def test_afterwards_both_name_each_other(self, page: PageClient, scene: Scene, given: Page) -> None:
        done = save_and_work(page, scene, press(page, given))
        assert done.h1 == "Licenses updated"
        assert scene.tenant.calls[-1].remove == (scene.alpha,)
        assert f"Undo of {reference(given)}" in done.text
        again = page.get(f"{scene.changes}/{reference(given)}")
        assert f"Undone by {reference(done)} 1 succeeded = 1" in again.text

    def test_pressed_again_it_is_the_same_plan(self, page: PageClient, scene: Scene, given: Page) -> None:
        first, second = press(page, given), press(page, given)
        assert first.location == second.location
        assert scene.session.scalar(select(func.count()).select_from(Change)) == 2
        shown = page.get(f"{scene.changes}/{reference(given)}")
        assert "have not saved that yet" in shown.one("section", id="undo").text
        assert not [f for f in shown.all("form") if f.attrs["action"].endswith("/undo")]

    def test_a_plan_that_is_dropped_leads_back_to_the_result(self, page: PageClient, given: Page) -> None:
        shown = page.follow(press(page, given))
        gone = page.submit(shown.form("/discard"))
        assert gone.location.endswith(reference(given))
        assert "Offered until" in page.follow(gone).text

    def test_users_changed_since_are_named_and_stand_in_the_table(
        self, page: PageClient, scene: Scene, submit: Submit
    ) -> None:
        result = save_and_work(page, scene, submit(ANNA, BO, beta="revoke"))
        bo = scene.graph_ids[BO]
        scene.tenant.users[bo] = replace(scene.tenant.users[bo], licenses=())
        scene.sync()
        sent = press(page, result)
        shown = page.follow(sent)
        assert "1 user has changed since and is left out: Bo Dahl" in shown.text
        assert "Nothing is left to save" in shown.text
        assert not [button for button in shown.all("button") if button.text.startswith("Save")]
        rows = cells(page, f"{sent.location}/plan.csv")
        assert [(row["user"], row["status"], row["reason_code"]) for row in rows] == [
            ("Bo Dahl", "left_out", "changed")
        ]


class TestWhoMayNot:
    def test_an_agent_can_not_undo_what_another_did(
        self, page: PageClient, scene: Scene, given: Page, make: Make
    ) -> None:
        page.sign_in(make.member(Role.SALES_AGENT, name="Selma Sales"))
        shown = page.get(f"{scene.changes}/{reference(given)}")
        offered = shown.one("section", id="undo").text
        assert "Håkon Helpdesk can undo it, and these roles: Admin agent" in offered
        page.post(f"{scene.changes}/{reference(given)}/undo", {}, 403)
        refused = select(func.count()).where(AuditEntry.action == "refused")
        assert scene.session.scalar(refused) == 1

    def test_an_admin_can(self, page: PageClient, scene: Scene, given: Page) -> None:
        page.sign_in(scene.cast.admin)
        shown = page.get(f"{scene.changes}/{reference(given)}")
        assert page.follow(press(page, shown)).h1 == "Review changes"

    def test_after_thirty_days_it_says_so(self, page: PageClient, scene: Scene, given: Page) -> None:
        with time_machine.travel(clock.now() + timedelta(days=31)):
            page.sign_in(scene.cast.helpdesk)
            shown = page.get(f"{scene.changes}/{reference(given)}")
            assert "It could be undone until" in shown.one("section", id="undo").text
            page.post(f"{scene.changes}/{reference(given)}/undo", {}, 409)

    def test_a_change_under_way_is_not_undone(self, page: PageClient, submit: Submit) -> None:
        page.post(f"{submit(ZOE, alpha='assign').location}/undo", {}, 409)

    def test_an_unknown_change_is_not_found(self, page: PageClient, scene: Scene) -> None:
        page.post(f"{scene.changes}/CH-NOBODY/undo", {}, 404)
        page.get(f"{scene.changes}/CH-NOBODY/undo", 405)


class TestMailboxes:
    def test_it_says_until_when_a_mailbox_comes_back(
        self, page: PageClient, scene: Scene, submit: Submit
    ) -> None:
        result = save_and_work(page, scene, submit(ANNA, alpha="revoke"))
        assert "A mailbox that was taken can be restored until" in result.one("section", id="undo").text
        shown = page.follow(press(page, result))
        assert "Assign Alpha Suite" in shown.text


def reference(shown: Page) -> str:
    """The change's own reference, as its page says it."""
    found = re.search(r"Reference (CH-\w+)", shown.text)
    assert found, shown.text
    return found[1]
