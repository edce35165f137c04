"""**Manage product licenses** of the selected users: assign more, replace, unassign all; copying (S3.2)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from partner_center.changes.models import Change
from partner_center.cloud.port import Reason, RemoteLicense
from tests.cast import Cast
from tests.make import Make, guid
from tests.page import Page, PageClient
from tests.web.changes.scene import ANNA, ASE, BO, CALLS, CEM, MAIL, SHEETS, ZOE, Scene, set_up

DELTA_PLANS = ((CALLS, "CALLS"), (guid("plan new"), "NEW"))


@pytest.fixture
def scene(session: Session, make: Make, cast: Cast, page: PageClient) -> Scene:
    """Anna, Bo and Cem selected; Delta shares the service Calls with Alpha and has one more."""
    scene = set_up(session, make, cast)
    plans = tuple({"id": i, "name": n, "applies_to": "User", "status": "Success"} for i, n in DELTA_PLANS)
    sku = make.product("Delta", "Delta Suite")
    scene.tenant.stock[sku] = make.sku(sku, enabled=5, part_number="DELTA", plans=plans)
    scene.sync()
    scene.select(cast.admin, ANNA, BO, CEM)
    page.sign_in(cast.admin)
    return scene


DELTA = guid("sku Delta")


def path(scene: Scene, mode: str) -> str:
    return f"/customers/{scene.customer_id}/selected/licenses?mode={mode}"


def press(
    page: PageClient, scene: Scene, mode: str, status: int = 303, go: str = "save", **boxes: object
) -> Page:
    form = page.get(path(scene, mode)).form("/selected/licenses")
    return page.submit(form, status, go=go, **boxes)


def reviewed(page: PageClient, planned: Page) -> Page:
    """Save the plan."""
    boxes = {"understood": "y"} if planned.all("input", name="understood") else {}
    return page.submit(planned.form("/save"), **boxes)


def licenses_of(scene: Scene, number: int) -> dict[str, tuple[str, ...]]:
    user = scene.tenant.users[scene.graph_ids[number]]
    return {held.sku_id: held.off for held in user.licenses}


def set_off(scene: Scene, number: int, *off: str) -> None:
    """Have this person's Alpha with these services off."""
    user = scene.tenant.users[scene.graph_ids[number]]
    license_ = RemoteLicense(scene.alpha, True, (), tuple(off), None)
    scene.tenant.users[user.graph_id] = replace(user, licenses=(license_,))
    scene.sync()


class TestAssignMore:
    def test_s3_2_all_get_it_and_keep_what_they_have(self, page: PageClient, scene: Scene) -> None:
        saved = press(page, scene, "more", has=[DELTA])
        scene.work()
        assert "Licenses updated" in page.follow(saved).h1
        assert licenses_of(scene, BO) == {scene.alpha: (), scene.beta: (), DELTA: ()}
        assert scene.selected(scene.cast.admin) == set(), "all done: nobody is selected"

    def test_holders_keep_their_apps_and_others_get_those_that_are_ticked(
        self, page: PageClient, scene: Scene
    ) -> None:
        scene.select(scene.cast.admin, ANNA, ZOE)
        planned = press(page, scene, "more", has=[scene.alpha], app=[f"{scene.alpha}:{MAIL}"])
        scene.work()
        assert planned.status == 303
        assert licenses_of(scene, ANNA) == {scene.alpha: ()}
        assert set(licenses_of(scene, ZOE)[scene.alpha]) == {CALLS, SHEETS}

    def test_s3_4_too_few_are_told_on_the_page_and_in_review(self, page: PageClient, scene: Scene) -> None:
        press(page, scene, "more", go="stay", has=[scene.beta])
        shown = page.get(path(scene, "more"))
        assert "2 short" in shown.text
        buy = press(page, scene, "more", go=f"buy:{scene.beta}", has=[scene.beta])
        assert "add=2" in buy.location
        assert "Buy 2 more" in page.follow(press(page, scene, "more", has=[scene.beta])).text
        assert not scene.tenant.calls


class TestReplace:
    def test_s3_2_each_ends_with_just_the_chosen_by_one_call(self, page: PageClient, scene: Scene) -> None:
        planned = page.follow(press(page, scene, "replace", has=[DELTA]))
        assert planned.h1 == "Review changes"
        reviewed(page, planned)
        scene.work()
        assert licenses_of(scene, ANNA) == licenses_of(scene, BO) == {DELTA: ()}
        calls = [call for call in scene.tenant.calls if call.graph_id == scene.graph_ids[BO]]
        assert len(calls) == 1, "never removed first and given then"
        assert set(calls[0].remove) == {scene.alpha, scene.beta}

    def test_s3_2_a_failed_swap_leaves_the_person_as_before(self, page: PageClient, scene: Scene) -> None:
        scene.tenant.refuse[scene.graph_ids[BO], DELTA] = Reason.OTHER
        reviewed(page, page.follow(press(page, scene, "replace", has=[DELTA])))
        scene.work()
        assert licenses_of(scene, BO) == {scene.alpha: (), scene.beta: ()}
        assert licenses_of(scene, ANNA) == {DELTA: ()}

    def test_s3_2_apps_off_are_carried_over_and_new_ones_are_told(
        self, page: PageClient, scene: Scene
    ) -> None:
        set_off(scene, ANNA, CALLS)
        scene.select(scene.cast.admin, ANNA)
        planned = page.follow(press(page, scene, "replace", has=[DELTA]))
        told = planned.text.partition("Services that will be turned on")[2].partition("Changes by product")[0]
        assert "NEW" in told
        assert "CALLS" not in told, "carried over"
        reviewed(page, planned)
        scene.work()
        assert licenses_of(scene, ANNA) == {DELTA: (CALLS,)}

    def test_what_a_group_gives_stays_and_is_named(self, page: PageClient, scene: Scene) -> None:
        shown = page.get(path(scene, "replace"))
        assert "Alpha Suite stays with 1 user: it comes from the group Sales." in shown.text
        reviewed(page, page.follow(press(page, scene, "replace", has=[DELTA])))
        scene.work()
        assert licenses_of(scene, CEM) == {scene.alpha: (), DELTA: ()}

    def test_who_changed_before_it_is_saved_is_left_out(self, page: PageClient, scene: Scene) -> None:
        planned = page.follow(press(page, scene, "replace", has=[DELTA]))
        set_off(scene, BO, MAIL)
        reviewed(page, planned)
        again = page.get(f"{scene.changes}/{scene.session.scalars(select(Change.ref)).one()}")
        assert "has changed since and is left out" in again.text
        assert not scene.tenant.calls

    def test_a_product_left_out_for_lack_of_licenses_takes_nothing(
        self, page: PageClient, scene: Scene
    ) -> None:
        scene.select(scene.cast.admin, ANNA)
        planned = page.follow(press(page, scene, "replace", has=[scene.beta]))
        assert "1 license short" in planned.text
        page.submit(planned.form("/save"), 422, understood="y", **{f"short-{scene.beta}": "out"})
        scene.work()
        assert licenses_of(scene, ANNA) == {scene.alpha: ()}

    def test_without_a_product_it_is_refused(self, page: PageClient, scene: Scene) -> None:
        assert "Choose at least one product." in press(page, scene, "replace", 422).text


class TestUnassignAll:
    def test_s3_2_direct_ones_go_inherited_ones_stay(self, page: PageClient, scene: Scene) -> None:
        shown = page.get(path(scene, "none"))
        assert "Alpha Suite stays with 1 user" in shown.text
        reviewed(page, page.follow(press(page, scene, "none")))
        scene.work()
        assert [licenses_of(scene, number) for number in (ANNA, BO)] == [{}, {}]
        assert licenses_of(scene, CEM) == {scene.alpha: ()}

    def test_with_nothing_to_take_it_says_so(self, page: PageClient, scene: Scene) -> None:
        scene.select(scene.cast.admin, CEM, ASE)
        assert "can be unassigned here" in press(page, scene, "none", 422).text


class TestPeople:
    def test_it_is_reached_from_the_selection_and_from_manage(self, page: PageClient, scene: Scene) -> None:
        for listed in (f"/customers/{scene.customer_id}/users", f"/customers/{scene.customer_id}/selected"):
            form = next(f for f in page.get(listed).all("form") if "/select" in f.attrs.get("action", ""))
            assert "/selected/licenses" in page.submit(form, button="Manage product licenses").location
        assert "mode=replace" in page.get(scene.manage).link("Replace what they have")

    def test_people_join_by_search_and_leave_by_their_cross(self, page: PageClient, scene: Scene) -> None:
        people = f"/customers/{scene.customer_id}/selected/licenses/people.json?q=contoso"
        notes = {one["number"]: one["note"] for one in page.get(people).json["people"]}
        assert notes[ANNA] == "Already picked"
        assert notes[ZOE] == ""
        press(page, scene, "more", go=f"add:{ZOE}")
        press(page, scene, "more", go=f"remove:{ANNA}")
        press(page, scene, "more", go="add:999")
        assert scene.selected(scene.cast.admin) == {BO, CEM, ZOE}

    def test_a_selection_that_changed_is_looked_at_again(self, page: PageClient, scene: Scene) -> None:
        form = page.get(path(scene, "none")).form("/selected/licenses")
        scene.select(scene.cast.admin, ASE)
        assert "changed since this page" in page.submit(form, 422, go="save").text
        assert not scene.session.scalars(select(Change)).all()

    def test_the_licenses_of_a_person_are_copied_to_others(self, page: PageClient, scene: Scene) -> None:
        set_off(scene, ANNA, SHEETS)
        scene.select(scene.cast.admin, ZOE)
        own = page.get(f"/customers/{scene.customer_id}/users/{ANNA}")
        shown = page.follow(page.submit(own.form("/copy"), button="Choose people"))
        assert "What Anna Berg has is ticked below" in shown.html
        page.submit(shown.form("/selected/licenses"), go="save")
        scene.work()
        assert licenses_of(scene, ZOE) == {scene.alpha: (SHEETS,), scene.beta: ()}
