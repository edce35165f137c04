"""Pause, resume and stop on the page of a change under way: who sees them, what they do, what is said."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select

from partner_center.audit.models import AuditEntry
from partner_center.changes.models import Change, TenantPace
from partner_center.shared import clock
from tests.page import Page, PageClient
from tests.web.changes.conftest import Submit
from tests.web.changes.scene import ANNA, ZOE, Scene


@pytest.fixture
def address(scene: Scene, submit: Submit) -> str:
    """Where the change is that the signed-in helpdesk agent saved; no worker lives."""
    return submit(ZOE, alpha="assign").location


@pytest.fixture
def under_way(page: PageClient, address: str) -> Page:
    """Its page."""
    return page.get(address)


def change(scene: Scene) -> Change:
    scene.session.rollback()
    scene.session.expire_all()
    return scene.session.scalars(select(Change)).one()


def press(page: PageClient, shown: Page, what: str) -> Page:
    return page.follow(page.submit(shown.form(f"/{what}"), 303))


def buttons(shown: Page) -> set[str]:
    return {b.text for b in shown.all("button")} & {"Pause", "Resume", "Stop the rest"}


class TestPause:
    def test_says_who_paused_it_and_that_its_licences_are_kept(
        self, page: PageClient, scene: Scene, under_way: Page
    ) -> None:
        assert buttons(under_way) == {"Pause", "Stop the rest"}
        shown = press(page, under_way, "pause")
        at = change(scene).paused_at
        assert at is not None
        assert shown.h1 == "Paused"
        assert f"Paused by Håkon Helpdesk since {at:%H:%M} UTC." in shown.text
        assert "0 of 1 user done, 1 waiting. 1 license stays promised to it." in shown.text
        assert "The work continues" not in shown.text
        assert buttons(shown) == {"Resume", "Stop the rest"}

    def test_nothing_is_sent_until_it_is_resumed(
        self, page: PageClient, scene: Scene, under_way: Page, address: str
    ) -> None:
        shown = press(page, under_way, "pause")
        scene.work()
        assert scene.tenant.calls == []
        shown = press(page, shown, "resume")
        assert (shown.h1, buttons(shown)) == ("Updating licenses…", {"Pause", "Stop the rest"})
        scene.work()
        assert page.get(address).h1 == "Licenses updated"

    def test_the_script_is_told_that_the_page_is_out_of_date(
        self, page: PageClient, under_way: Page, address: str
    ) -> None:
        asked = f"{address}/progress.json"
        assert page.get(asked).json["mode"] == "go"
        assert 'data-mode="go"' in under_way.html
        press(page, under_way, "pause")
        told = page.get(asked).json
        assert (told["mode"], told["title"]) == ("pause", "(0/1) Paused")

    def test_the_list_of_changes_says_so(self, page: PageClient, scene: Scene, under_way: Page) -> None:
        press(page, under_way, "pause")
        assert "Paused" in page.get(scene.changes).rows[0]


class TestStop:
    def test_what_was_not_sent_says_who_stopped_it(
        self, page: PageClient, scene: Scene, under_way: Page, address: str
    ) -> None:
        shown = press(page, under_way, "stop")
        assert shown.h1 == "Stopping…"
        assert "Stopped by Håkon Helpdesk at" in shown.text
        assert buttons(shown) == set()
        scene.work()
        shown = page.get(address)
        assert shown.h1 == "No licenses were updated"
        assert "Stopped by Håkon Helpdesk before its turn came" in shown.text
        assert "1 not attempted = 1" in shown.text
        assert "Stopped by Håkon Helpdesk before its turn came" in page.get(scene.changes).text

    def test_a_form_sent_after_the_end_leads_to_the_result(
        self, page: PageClient, scene: Scene, under_way: Page
    ) -> None:
        scene.work()
        assert press(page, under_way, "stop").h1 == "Licenses updated"


class TestDoors:
    @pytest.mark.parametrize("deed", ["pause", "resume", "stop"])
    def test_only_posts_count(self, page: PageClient, deed: str, address: str) -> None:
        page.get(f"{address}/{deed}", 405)

    def test_others_see_no_button_and_can_not_press_it(
        self, page: PageClient, scene: Scene, address: str
    ) -> None:
        page.sign_in(scene.cast.sales)
        shown = page.get(address)
        assert buttons(shown) == set()
        for deed in ("pause", "resume", "stop"):
            page.post(f"{address}/{deed}", status=403)
        assert change(scene).paused_at is None

    def test_who_may_undo_what_others_did_may_stop_it(
        self, page: PageClient, scene: Scene, address: str
    ) -> None:
        page.sign_in(scene.cast.admin)
        shown = press(page, page.get(address), "pause")
        assert "Paused by Deniz Admin since" in shown.text

    def test_a_plan_is_not_under_way(self, page: PageClient, submit: Submit) -> None:
        plan = submit(ANNA, alpha="revoke").location
        for deed in ("pause", "resume", "stop"):
            page.post(f"{plan}/{deed}", status=409)

    def test_a_reference_that_is_none_is_not_found(self, page: PageClient, scene: Scene) -> None:
        page.post(f"{scene.changes}/CH-NONE/pause", status=404)

    def test_each_deed_is_in_the_audit(self, page: PageClient, scene: Scene, under_way: Page) -> None:
        shown = press(page, under_way, "pause")
        press(page, press(page, shown, "resume"), "stop")
        scene.session.rollback()
        wanted = select(AuditEntry.action, AuditEntry.actor_name).order_by(AuditEntry.id.desc()).limit(3)
        assert [tuple(row) for row in scene.session.execute(wanted)] == [
            (f"change_{deed}", "Håkon Helpdesk") for deed in ("stopped", "resumed", "paused")
        ]


def test_a_later_change_of_the_same_users_says_which_goes_first(
    page: PageClient, scene: Scene, submit: Submit, under_way: Page, address: str
) -> None:
    shown = page.follow(submit(ZOE, alpha="assign"))
    first = address.rsplit("/", 1)[1]
    assert f"Change {first} of some of the same users goes first." in shown.text


class TestWaiting:
    def pace(self, scene: Scene, **values: object) -> None:
        scene.session.add(
            TenantPace(customer_id=scene.customer_id, level=3000, level_at=clock.now(), **values)
        )
        scene.session.commit()

    def test_a_silent_microsoft_is_named_with_both_times(
        self, page: PageClient, scene: Scene, address: str
    ) -> None:
        with time_machine.travel(datetime(2099, 11, 25, 14, 6, tzinfo=UTC), tick=False):
            since, again = clock.now() - timedelta(minutes=1), clock.now() + timedelta(minutes=4)
            self.pace(scene, silent_calls=5, silent_since=since, retry_at=again)
            page.sign_in(scene.cast.helpdesk)
            shown = page.get(address)
        assert (
            "Microsoft does not answer for this customer since 14:05 UTC. "
            "Trying again at 14:10 UTC. Nothing is lost."
        ) in shown.text

    def test_a_small_change_is_promised_no_time(self, page: PageClient, address: str) -> None:
        assert page.get(f"{address}/progress.json").json["left"] == ""

    def test_ten_thousand_users_take_six_minutes_and_it_is_said_why(
        self, page: PageClient, scene: Scene, address: str
    ) -> None:
        self.pace(scene)
        change(scene).user_total = 10_000
        scene.session.commit()
        said = "About 6 minutes left: Microsoft takes 20 changes a second for one customer."
        assert said in page.get(address).text
        assert page.get(f"{address}/progress.json").json["left"] == said
