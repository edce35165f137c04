"""**Licenses and apps** of one person: boxes of products and apps, the country, one engine."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from partner_center.changes.models import Change, Draft
from partner_center.cloud.port import RemoteSubscription
from partner_center.directory import mirror
from partner_center.shared import clock
from tests.cast import Cast
from tests.make import Make, guid
from tests.page import Page, PageClient, filled
from tests.web.changes.scene import ANNA, ASE, BO, CALLS, CEM, MAIL, SHEETS, ZOE, Scene, set_up


@pytest.fixture
def scene(session: Session, make: Make, cast: Cast, page: PageClient) -> Scene:
    """Fjord and its people, the admin agent signed in."""
    scene = set_up(session, make, cast)
    page.sign_in(cast.admin)
    return scene


def path(scene: Scene, number: int) -> str:
    return f"/customers/{scene.customer_id}/users/{number}"


def send(
    page: PageClient, scene: Scene, number: int, status: int = 303, go: str = "save", **boxes: object
) -> Page:
    """Press a button on the person's page as it is, but for `boxes` (`has`, `app`, `location`)."""
    form = page.get(path(scene, number)).form("/licenses")
    return page.submit(form, status, go=go, **boxes)


def apps(sku_id: str, *plans: str) -> list[str]:
    """The boxes of these apps of a product."""
    return [f"{sku_id}:{plan}" for plan in plans]


def licenses_of(scene: Scene, number: int) -> dict[str, tuple[str, ...]]:
    """What Microsoft has of the person: product and services off."""
    user = scene.tenant.users[scene.graph_ids[number]]
    return {held.sku_id: held.off for held in user.licenses}


class TestThePage:
    def test_s3_1_each_product_has_a_box_and_says_how_many_are_left(
        self, page: PageClient, scene: Scene
    ) -> None:
        shown = page.get(path(scene, ANNA))
        boxes = {b.attrs["value"]: "checked" in b.attrs for b in shown.all("input", name="has")}
        assert boxes == {scene.alpha: True, scene.beta: False}, "Gamma is for the whole organization"
        assert "7 of 10 available" in shown.text
        assert "0 of 2 available" in shown.text
        assert "None left" in shown.text

    def test_s3_3_every_app_of_a_product_is_on_until_somebody_clears_it(
        self, page: PageClient, scene: Scene
    ) -> None:
        ticked = filled(page.get(path(scene, ZOE)).form("/licenses")).getlist("app")
        assert set(apps(scene.alpha, MAIL, CALLS, SHEETS)) <= set(ticked), "Zoe has no Alpha yet"

    def test_s5_2_what_a_product_sets_up_is_told(self, page: PageClient, scene: Scene) -> None:
        assert "Sets up: a mailbox." in page.get(path(scene, ANNA)).text

    def test_a_license_from_a_group_is_locked_and_names_it(self, page: PageClient, scene: Scene) -> None:
        shown = page.get(path(scene, CEM))
        box = next(b for b in shown.all("input", name="has") if b.attrs["value"] == scene.alpha)
        assert {"checked", "disabled"} <= box.attrs.keys()
        assert "It comes from the group Sales" in shown.text
        assert scene.alpha not in filled(shown.form("/licenses")).getlist("product")

    def test_s3_4_without_licenses_it_leads_to_buy_or_says_who_can(
        self, page: PageClient, scene: Scene
    ) -> None:
        bought = send(page, scene, ANNA, go=f"buy:{scene.beta}", has=[scene.alpha, scene.beta])
        assert "/purchases/new" in bought.location
        assert f"users/{ANNA}" in bought.location.replace("%2F", "/")
        assert "Will be assigned" in page.get(path(scene, ANNA)).text, "what was ticked is kept"
        page.sign_in(scene.cast.helpdesk)
        shown = page.get(path(scene, ANNA))
        assert "Who can buy?" in shown.text
        assert not [b for b in shown.all("button") if b.attrs.get("value") == f"buy:{scene.beta}"]

    def test_what_a_user_bought_is_locked_with_the_reason(self, page: PageClient, scene: Scene) -> None:
        bought = RemoteSubscription(guid("own"), scene.alpha, "Enabled", 10, False, True, None)
        mirror.store_subscriptions(scene.session, scene.customer_id, [bought], clock.now())
        scene.session.commit()
        shown = page.get(path(scene, ANNA))
        assert "Bought by a user of the organization" in shown.text
        box = next(b for b in shown.all("input", name="has") if b.attrs["value"] == scene.alpha)
        assert {"checked", "disabled"} <= box.attrs.keys()


class TestSaving:
    def test_s3_1_a_small_gift_is_saved_at_once(self, page: PageClient, scene: Scene) -> None:
        saved = send(page, scene, ZOE, has=[scene.alpha, scene.beta])
        scene.work()
        assert "Licenses updated" in page.follow(saved).h1
        assert licenses_of(scene, ZOE) == {scene.alpha: (), scene.beta: ()}

    def test_s3_3_apps_cleared_before_saving_are_off(self, page: PageClient, scene: Scene) -> None:
        kept = apps(scene.alpha, MAIL, SHEETS)
        send(page, scene, ZOE, has=[scene.alpha, scene.beta], app=kept)
        scene.work()
        assert licenses_of(scene, ZOE)[scene.alpha] == (CALLS,)

    def test_clearing_a_box_goes_through_review_and_back_keeps_it(
        self, page: PageClient, scene: Scene
    ) -> None:
        planned = page.follow(send(page, scene, BO, has=[scene.beta]))
        assert planned.h1 == "Review changes"
        assert not scene.tenant.calls
        back = page.get(planned.link("Back to editing").split("#")[0])
        assert back.h1 == "Bo Dahl"
        assert "Will be unassigned" in back.text
        page.submit(planned.form("/save"), understood="y")
        scene.work()
        assert licenses_of(scene, BO) == {scene.beta: ()}
        assert scene.session.scalars(select(Draft)).all() == []

    def test_an_app_is_turned_off_through_review_and_on_again(self, page: PageClient, scene: Scene) -> None:
        off = page.follow(send(page, scene, ANNA, app=apps(scene.alpha, MAIL, SHEETS)))
        page.submit(off.form("/save"))
        scene.work()
        assert licenses_of(scene, ANNA) == {scene.alpha: (CALLS,)}
        send(page, scene, ANNA, app=apps(scene.alpha, MAIL, CALLS, SHEETS))
        scene.work()
        assert licenses_of(scene, ANNA) == {scene.alpha: ()}

    def test_the_country_is_set_with_the_license_and_never_guessed(
        self, page: PageClient, scene: Scene
    ) -> None:
        form = page.get(path(scene, ASE)).form("/licenses")
        assert filled(form)["location"] == ""
        expected = page.follow(page.submit(form, go="save", has=[scene.alpha]))
        assert "Usage location is missing" in expected.text
        send(page, scene, ASE, has=[scene.alpha], location="NO")
        scene.work()
        assert scene.tenant.users[scene.graph_ids[ASE]].usage_location == "NO"
        assert scene.alpha in licenses_of(scene, ASE)

    def test_s3_4_too_few_licenses_are_told_before_anything_is_sent(
        self, page: PageClient, scene: Scene
    ) -> None:
        shown = page.follow(send(page, scene, ANNA, has=[scene.alpha, scene.beta]))
        assert shown.h1 == "Review changes"
        assert "Buy 1 more" in shown.text
        assert not scene.tenant.calls

    def test_the_same_form_twice_is_one_change(self, page: PageClient, scene: Scene) -> None:
        form = page.get(path(scene, ZOE)).form("/licenses")
        first = page.submit(form, go="save", has=[scene.alpha, scene.beta])
        scene.work()
        again = page.submit(form, go="save", has=[scene.alpha, scene.beta])
        assert first.location == again.location
        assert len(scene.session.scalars(select(Change)).all()) == 1


class TestRefusals:
    def test_licenses_that_changed_meanwhile_are_looked_at_again(
        self, page: PageClient, scene: Scene
    ) -> None:
        form = page.get(path(scene, ANNA)).form("/licenses")
        graph_id = scene.graph_ids[ANNA]
        scene.tenant.users[graph_id] = replace(scene.tenant.users[graph_id], licenses=())
        scene.sync()
        refused = page.submit(form, 422, go="save", has=[])
        assert "changed since the page was made" in refused.text
        assert not scene.session.scalars(select(Change)).all()

    def test_nothing_changed_is_said(self, page: PageClient, scene: Scene) -> None:
        assert "You have not changed anything." in send(page, scene, ANNA, 422).text

    @pytest.mark.parametrize("bad", [{"product": guid("nobody's")}, {"location": "XX"}, {"key": "k" * 65}])
    def test_what_the_page_did_not_offer_is_refused(
        self, page: PageClient, scene: Scene, bad: dict[str, str]
    ) -> None:
        send(page, scene, ANNA, 422, has=[], **bad)
        assert not scene.session.scalars(select(Change)).all()

    def test_who_sets_no_location_sees_why_and_can_not_send_one(self, page: PageClient, scene: Scene) -> None:
        page.sign_in(scene.cast.sales)
        shown = page.get(path(scene, ASE))
        assert "Usage location is missing" in shown.text
        assert not shown.all("select", name="location")
        page.submit(shown.form("/licenses"), 403, go="save", has=[], location="NO")

    def test_a_guest_is_a_global_admins(self, page: PageClient, scene: Scene) -> None:
        graph_id = scene.graph_ids[ANNA]
        scene.tenant.users[graph_id] = replace(scene.tenant.users[graph_id], user_type="Guest")
        form = page.get(path(scene, ANNA)).form("/licenses")
        scene.sync()
        assert not [f for f in page.get(path(scene, ANNA)).all("form") if "/licenses" in f.attrs["action"]]
        page.submit(form, 403, go="save", has=[])
        assert not scene.session.scalars(select(Change)).all()
