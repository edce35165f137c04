"""**Review**: what must be decided, what is lost, and that nothing is done before it is saved."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from partner_center.catalog.models import ServicePlan
from partner_center.changes.models import Change
from partner_center.jobs.models import Job
from partner_center.shared import clock
from partner_center.web.formats import day
from tests.make import guid
from tests.page import Page, PageClient
from tests.web.changes.conftest import Submit
from tests.web.changes.scene import ANNA, ASE, BO, CEM, ZOE, Scene


def state(scene: Scene) -> str:
    scene.session.rollback()
    return scene.session.scalars(select(Change).order_by(Change.id.desc())).first().state  # type: ignore[union-attr]


def save(page: PageClient, shown: Page, status: int = 303, **values: str | None) -> Page:
    return page.submit(shown.form("/save"), status, **values)


def give_plans(scene: Scene, *names: str, ids: tuple[str, ...] = ()) -> None:
    """Make Alpha consist of just these service plans."""
    plans = tuple(
        {"id": plan, "name": name, "applies_to": "User", "status": "Success"}
        for name, plan in zip(names, ids or map(guid, names), strict=True)
    )
    scene.tenant.stock[scene.alpha] = replace(scene.tenant.stock[scene.alpha], plans=plans)
    scene.sync()


class TestTheReview:
    def test_says_that_nothing_has_been_changed_and_what_will_be(
        self, page: PageClient, scene: Scene, submit: Submit
    ) -> None:
        shown = page.follow(submit(ANNA, BO, beta="revoke"))
        assert shown.h1 == "Review changes"
        assert "Nothing has been changed yet." in shown.text
        assert "1 to revoke" in shown.text
        assert "Revoke from 1 user" in shown.text
        assert shown.one("button", class_="btn btn-primary").text == "Save 1 change"
        assert scene.tenant.calls == []

    def test_lists_users_with_their_licenses_after_save(self, page: PageClient, submit: Submit) -> None:
        shown = page.follow(submit(ANNA, BO, alpha="revoke"))
        assert [row[0].split()[0] for row in shown.rows] == ["Anna", "Bo"]
        assert "Revoke Alpha Suite" in shown.rows[0][1]
        assert shown.rows[1][2] == "Beta Suite"

    def test_what_is_so_already_is_said_in_one_line(self, page: PageClient, submit: Submit) -> None:
        everywhere = {"location-scope": "all", "location-value": "NO"}
        sent = submit(ANNA, CEM, ZOE, alpha="assign", beta="revoke", **everywhere)
        anna, cem, zoe = (row[1] for row in page.follow(sent).rows)
        assert "Usage location: Norway" in anna
        assert "Already so: Alpha Suite" in anna
        assert "Did not have: Beta Suite" in anna
        assert "Already so: Alpha Suite (through a group)" in cem
        assert "Revoke Beta Suite" in zoe

    def test_a_lost_mailbox_is_told_with_its_day_and_must_be_understood(
        self, page: PageClient, scene: Scene, submit: Submit
    ) -> None:
        shown = page.follow(submit(ANNA, alpha="revoke"))
        with page.app.test_request_context():
            until = day(clock.now().date() + timedelta(days=30))
        assert f"1 user loses the mailbox. Its data is deleted for good after {until}." in shown.text
        assert "left without any license" in shown.text
        again = save(page, shown, 422)
        assert "Confirm that you understand" in again.text
        assert state(scene) == "planned"
        save(page, again, understood="y")
        assert state(scene) == "waiting"

    def test_s5_3_every_loss_is_said_by_the_plans_that_really_go(
        self, page: PageClient, scene: Scene, submit: Submit
    ) -> None:
        give_plans(scene, "EXCHANGE_S_ENTERPRISE", "SHAREPOINTENTERPRISE", "OFFICESUBSCRIPTION")
        lost = page.follow(submit(ANNA, alpha="revoke")).text
        with page.app.test_request_context():
            until = day(clock.now().date() + timedelta(days=30))
        for words in (
            f"1 user loses the mailbox. Its data is deleted for good after {until}.",
            "Until then, assigning the license again brings it back. eDiscovery can't find it meanwhile.",
            "Holds and retention labels still keep what they cover.",
            "The mailbox of 1 user can be kept when the user leaves: put a hold on it, then delete the user.",
            "1 user loses OneDrive. The files stay until the user is deleted.",
            "Office apps of 1 user will show “Unlicensed Product”.",
        ):
            assert words in lost

    def test_s5_3_nothing_is_said_of_what_stays(self, page: PageClient, scene: Scene, submit: Submit) -> None:
        give_plans(scene, "EXCHANGE_S_STANDARD")
        lost = page.follow(submit(ANNA, alpha="revoke")).text
        assert "loses the mailbox" in lost
        assert not any(word in lost for word in ("inactive mailbox", "OneDrive", "Unlicensed"))
        give_plans(scene, "VISIO_WEB")
        assert "mailbox" not in page.follow(submit(BO, alpha="revoke")).text

    def test_s5_6_a_service_that_is_not_sold_there_is_named_with_the_country(
        self, page: PageClient, scene: Scene, submit: Submit
    ) -> None:
        calls = "4ed3ff63-69d7-4fb7-b984-5aec7f605ca8"
        scene.session.add(ServicePlan(plan_id=calls, part_name="MCOPSTN1", name="Domestic Calling Plan"))
        give_plans(scene, "MCOPSTN1", ids=(calls,))
        there = {"location-scope": "all", "location-value": "TR"}
        shown = page.follow(submit(ASE, ZOE, alpha="assign", **there))
        assert "Domestic Calling Plan: not available in Türkiye 2 users" in shown.text
        assert "Change the usage location, or leave the product out." in shown.text
        assert scene.tenant.calls == []

    def test_a_shortage_must_be_decided(self, page: PageClient, scene: Scene, submit: Submit) -> None:
        shown = page.follow(submit(ANNA, CEM, beta="assign"))
        assert "Beta Suite: 2 licenses short. Needed: 2. Available: 0." in shown.text
        assert "Deniz Admin" in shown.text
        assert "Choose what happens with Beta Suite." in save(page, shown, 422).text
        assert not shown.all("input", name=f"short-{scene.beta}", value="first"), "there is none to give"

    def test_a_buyer_gets_a_link_with_the_shortage_that_comes_back_here(
        self, page: PageClient, scene: Scene, submit: Submit
    ) -> None:
        page.sign_in(scene.cast.admin)
        shown = page.follow(submit(ANNA, CEM, member=scene.cast.admin, beta="assign"))
        href = shown.link("Buy 2 more — Beta Suite")
        assert f"sku={scene.beta}" in href
        assert "add=2" in href
        assert f"return=/customers/{scene.customer_id}/changes/CH-" in href

    def test_leaving_a_product_out_shows_the_rest_before_saving(
        self, page: PageClient, scene: Scene, submit: Submit
    ) -> None:
        shown = page.follow(
            submit(
                ASE,
                ZOE,
                alpha="assign",
                beta="assign",
                **{"location-scope": "missing", "location-value": "NO"},
            )
        )
        again = page.follow(save(page, shown, **{f"short-{scene.beta}": "out"}))
        assert "The plan below is what you decided." in again.text
        assert "Beta Suite:" not in again.text
        save(page, again)
        assert state(scene) == "waiting"

    def test_expected_failures_are_named_with_a_way_to_mend_them(
        self, page: PageClient, scene: Scene, submit: Submit
    ) -> None:
        shown = page.follow(submit(ASE, ZOE, alpha="assign"))
        assert "Alpha Suite : Usage location is missing 1 user: Åse Foss" in shown.text
        assert shown.link("Set the usage location — Alpha Suite") == f"{scene.manage}#location"
        assert "checked" in shown.one("input", name="skip_expected").attrs

    def test_a_note_is_kept_with_the_change(self, page: PageClient, scene: Scene, submit: Submit) -> None:
        shown = page.follow(submit(ANNA, BO, beta="revoke"))
        save(page, shown, 422, note="x" * 501)
        save(page, shown, note="Ticket =4711")
        assert scene.session.scalars(select(Change)).one().note == "Ticket =4711"

    def test_a_plan_of_somebody_else_can_be_read_and_not_saved(
        self, page: PageClient, scene: Scene, submit: Submit
    ) -> None:
        sent = submit(ANNA, BO, beta="revoke")
        form = page.follow(sent).form("/save")
        page.sign_in(scene.cast.admin)
        shown = page.follow(sent)
        assert "made by Håkon Helpdesk, who alone can save it" in shown.text
        assert not shown.all("button", class_="btn btn-primary")
        page.submit(form, 403, csrf_token=page.token())

    def test_discarding_ends_it(self, page: PageClient, scene: Scene, submit: Submit) -> None:
        sent = submit(ANNA, BO, beta="revoke")
        page.submit(page.follow(sent).form("/discard"))
        assert state(scene) == "discarded"
        shown = page.follow(sent)
        assert "This plan was discarded. Nothing was changed." in shown.text
        page.post(f"{sent.location}/save", {"digest": "x"}, 409)


class TestSavingOnce:
    def test_a_second_click_saves_once(self, page: PageClient, scene: Scene, submit: Submit) -> None:
        shown = page.follow(submit(ANNA, BO, beta="revoke"))
        assert save(page, shown).location == save(page, shown).location
        assert len(scene.session.scalars(select(Job)).all()) == 1

    @pytest.mark.parametrize("digest", ["", "0" * 64, "x" * 5000])
    def test_a_plan_that_was_not_read_is_shown_again(
        self, page: PageClient, scene: Scene, submit: Submit, digest: str
    ) -> None:
        shown = page.follow(submit(ANNA, BO, beta="revoke"))
        again = page.follow(save(page, shown, digest=digest))
        assert "Changed by someone else since" in again.text
        assert state(scene) == "review_again"
        assert scene.session.scalars(select(Job)).all() == []

    def test_licenses_moved_between_reading_and_saving_are_shown_again(
        self, page: PageClient, scene: Scene, submit: Submit
    ) -> None:
        shown = page.follow(submit(ANNA, BO, beta="revoke"))
        bo = scene.graph_ids[BO]
        scene.tenant.users[bo] = replace(scene.tenant.users[bo], licenses=())
        scene.sync()
        again = page.follow(save(page, shown))
        assert "Changed by someone else since" in again.text
        assert scene.tenant.calls == []


class TestDoors:
    def test_a_stranger_and_another_customer_find_nothing(
        self, page: PageClient, scene: Scene, submit: Submit
    ) -> None:
        address = submit(ANNA, BO, beta="revoke").location
        elsewhere = address.replace(f"/{scene.customer_id}/", f"/{scene.cast.anatolia.id}/")
        page.get(elsewhere, 404)
        for deed in ("save", "discard", "retry", "seen", "users"):
            page.post(f"{elsewhere}/{deed}", {}, 404)
        page.sign_in(scene.cast.stranger)
        page.get(address, 404)
        for deed in ("save", "discard", "retry", "seen", "users"):
            page.post(f"{address}/{deed}", {}, 404)
        for name in ("progress.json", "result.csv", "plan.csv"):
            page.get(f"{address}/{name}", 404)
        assert state(scene) == "planned"

    @pytest.mark.parametrize("ref", ["CH-NOWHERE", "x" * 300, "CH-%00", "..%2f"])
    def test_an_unknown_reference_is_not_found(self, page: PageClient, scene: Scene, ref: str) -> None:
        assert page.client.get(f"{scene.changes}/{ref}").status_code in {400, 404}

    def test_other_methods_are_refused(self, page: PageClient, submit: Submit) -> None:
        address = submit(ANNA, BO, beta="revoke").location
        for deed in ("save", "discard", "retry", "seen", "users"):
            page.get(f"{address}/{deed}", 405)
        assert page.client.delete(address).status_code in {400, 405}
