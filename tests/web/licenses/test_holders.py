"""A product's page: who has it, ticks that survive, **Unassign licenses** through the one engine."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from partner_center.audit.models import AuditEntry
from partner_center.changes.models import Change
from partner_center.cloud.port import RemoteSubscription
from partner_center.directory import mirror
from partner_center.shared import clock
from tests.make import Make, guid
from tests.page import Page, PageClient
from tests.web.changes.scene import ANNA, ASE, BO, CALLS, CEM, ZOE, Scene
from tests.web.licenses.conftest import Licenses


def press(page: PageClient, shown: Page, button: str, *ticked: int, status: int = 303) -> Page:
    form = shown.one("form", id="holders-form")
    return page.submit(form, status, button=button, u=[str(number) for number in ticked])


class TestThePage:
    def test_tells_who_has_it_and_how(self, page: PageClient, licenses: Licenses) -> None:
        shown = page.get(licenses.product)
        assert shown.h1 == "Alpha Suite"
        assert "7 of 10 available" in shown.text
        how = {row[1].split()[0]: row[2] for row in shown.rows}
        assert how == {"Anna": "Assigned directly", "Bo": "Assigned directly", "Cem": "From a group: Sales"}

    def test_an_inherited_license_has_no_box_and_names_its_group(
        self, page: PageClient, licenses: Licenses
    ) -> None:
        shown = page.get(licenses.product)
        assert {box.attrs["value"] for box in shown.all("input", name="u")} == {str(ANNA), str(BO)}
        assert "It comes from the group Sales and can't be unassigned here." in shown.rows[2][0]

    def test_searches_and_filters_and_keeps_them_over_the_form(
        self, page: PageClient, licenses: Licenses
    ) -> None:
        assert [row[1].split()[0] for row in page.get(f"{licenses.product}?q=dahl").rows] == ["Bo"]
        assert [row[1].split()[0] for row in page.get(f"{licenses.product}?source=group").rows] == ["Cem"]
        sent = press(page, page.get(f"{licenses.product}?source=direct&q=a"), "Keep ticks", ANNA)
        assert "source=direct" in sent.location
        assert "q=a" in sent.location
        assert "No user matches" in page.get(f"{licenses.product}?q=zzz").text
        page.get(f"{licenses.product}?source=junk&page=x&size=-1")

    def test_since_is_told_where_this_console_gave_it(
        self, page: PageClient, scene: Scene, licenses: Licenses
    ) -> None:
        assert [row[4] for row in page.get(licenses.product).rows] == [""] * 3
        licenses.pick(ZOE)
        sent = page.submit(page.get(licenses.assign).form("/assign"), go="save")
        scene.work()
        shown = page.get(licenses.product)
        ref = scene.session.scalars(select(Change.ref)).one()
        assert sent.location.endswith(ref)
        row = next(row for row in shown.rows if row[1].startswith("Zoe"))
        assert row[4]
        assert shown.link(row[4]).endswith(ref)

    def test_services_that_are_off_are_named(
        self, page: PageClient, scene: Scene, licenses: Licenses
    ) -> None:
        licenses.pick(ZOE)
        form = page.get(licenses.assign).form("/assign")
        page.submit(form, go="save", **{f"app-{CALLS}": None})
        scene.work()
        row = next(row for row in page.get(licenses.product).rows if row[1].startswith("Zoe"))
        assert row[3] == "CALLS"

    def test_a_product_that_is_not_there_is_not_found(self, page: PageClient, licenses: Licenses) -> None:
        page.get(f"{licenses.path}/{guid('sku nowhere')}", 404)
        page.post(f"{licenses.path}/{guid('sku nowhere')}", {}, 404)
        page.get(f"{licenses.path}/{'x' * 400}", 404)


class TestTicks:
    def test_survive_paging_at_a_desk_of_their_own(
        self, page: PageClient, scene: Scene, licenses: Licenses
    ) -> None:
        press(page, page.get(licenses.product), "Keep ticks", ANNA, BO)
        assert licenses.ticked() == {ANNA, BO}
        assert scene.selected(scene.cast.admin) == {ANNA, ASE}, "the main job's selection is another one"
        assert len(page.get(licenses.product).all("input", name="u", checked="")) == 2
        press(page, page.get(licenses.product), "Keep ticks", BO)
        assert licenses.ticked() == {BO}
        assert licenses.ticked(licenses.beta) == set()

    def test_only_who_has_it_directly_can_be_ticked(self, page: PageClient, licenses: Licenses) -> None:
        page.post(licenses.product, {"u": [str(ANNA), str(CEM), str(ASE), "99"], "go": "stay"})
        assert licenses.ticked() == {ANNA}

    def test_a_script_sends_them_one_by_one(self, page: PageClient, licenses: Licenses) -> None:
        answer = page.post_json(f"{licenses.product}/ticks", {"add": [ANNA, CEM], "remove": []}).json
        assert (answer["count"], answer["text"]) == (1, "1 user selected.")
        hidden = page.post_json(f"{licenses.product}/ticks?q=dahl", {"add": [], "remove": []}).json
        assert hidden["text"] == "1 user selected. 1 not shown by the current filter."
        page.post_json(f"{licenses.product}/ticks", ["junk"], 422)

    def test_all_matching_cleared_and_brought_back(self, page: PageClient, licenses: Licenses) -> None:
        shown = page.follow(
            press(page, page.get(licenses.product), "Select all 2 users who have it directly")
        )
        assert licenses.ticked() == {ANNA, BO}
        cleared = page.follow(press(page, shown, "Clear selection", ANNA, BO))
        assert "Cleared 2 users." in cleared.text
        press(page, cleared, "Undo")
        assert licenses.ticked() == {ANNA, BO}

    def test_the_selected_alone_can_be_shown(self, page: PageClient, licenses: Licenses) -> None:
        shown = page.follow(press(page, page.get(licenses.product), "Show selected only", BO))
        assert [row[1].split()[0] for row in shown.rows] == ["Bo"]

    def test_junk_is_refused(self, page: PageClient, licenses: Licenses) -> None:
        page.post(licenses.product, {"u": "x", "go": "stay"}, 422)


class TestUnassign:
    def test_s2_5_goes_through_review_to_the_one_result(
        self, page: PageClient, scene: Scene, licenses: Licenses
    ) -> None:
        review = page.follow(press(page, page.get(licenses.product), "Unassign licenses", ANNA))
        assert review.h1 == "Review changes"
        assert "1 to revoke" in review.text
        assert review.link("Back to editing") == f"{licenses.product}?selected=1"
        saved = page.submit(review.form("/save"), understood="y")
        scene.work()
        assert page.follow(saved).h1 == "Licenses updated"
        assert [row[1].split()[0] for row in page.get(licenses.product).rows] == ["Bo", "Cem"]
        assert licenses.ticked() == set()
        assert scene.selected(scene.cast.admin) == {ANNA, ASE}

    def test_discarding_the_plan_goes_back_to_the_ticks(self, page: PageClient, licenses: Licenses) -> None:
        review = page.follow(press(page, page.get(licenses.product), "Unassign licenses", ANNA))
        sent = page.submit(review.form("/discard"))
        assert sent.location == f"{licenses.product}?selected=1"
        assert licenses.ticked() == {ANNA}

    def test_nobody_ticked_is_said(self, page: PageClient, licenses: Licenses) -> None:
        shown = page.follow(press(page, page.get(licenses.product), "Unassign licenses"))
        assert "Select at least one user." in shown.text

    def test_the_same_form_sent_twice_is_one_change(
        self, page: PageClient, scene: Scene, licenses: Licenses
    ) -> None:
        shown = page.get(licenses.product)
        first = press(page, shown, "Unassign licenses", ANNA)
        assert press(page, shown, "Unassign licenses", ANNA).location == first.location
        page.submit(page.follow(first).form("/save"), understood="y")
        scene.work()
        assert press(page, shown, "Unassign licenses", ANNA).location == first.location
        assert len(scene.session.scalars(select(Change.id)).all()) == 1

    def test_a_form_without_its_key_is_refused_and_noted(
        self, page: PageClient, scene: Scene, licenses: Licenses
    ) -> None:
        page.post(licenses.product, {"u": str(ANNA), "go": "unassign"}, 422)
        assert "refused" in scene.session.scalars(select(AuditEntry.action)).all()

    def test_a_product_bought_by_a_user_can_neither_be_taken_nor_given(
        self, page: PageClient, scene: Scene, licenses: Licenses
    ) -> None:
        theirs = RemoteSubscription(guid("theirs"), licenses.alpha, "Enabled", 10, False, True, None)
        mirror.store_subscriptions(scene.session, scene.customer_id, [theirs], clock.now())
        scene.session.commit()
        shown = page.get(licenses.product)
        assert "Bought by a user of the organization. Take over the subscription first" in shown.text
        assert not [button for button in shown.all("button") if button.text == "Unassign licenses"]

    def test_a_customer_who_lets_us_only_read_is_told_and_nothing_is_planned(
        self, page: PageClient, scene: Scene, licenses: Licenses
    ) -> None:
        shown = page.get(licenses.product)
        scene.cast.fjord.access_roles = []
        scene.session.commit()
        refused = press(page, shown, "Unassign licenses", ANNA, status=403)
        assert "read-only" in refused.text
        assert scene.session.scalars(select(Change.id)).all() == []


@pytest.mark.parametrize("end", ["", "/ticks"])
def test_a_stranger_finds_nothing(page: PageClient, scene: Scene, licenses: Licenses, end: str) -> None:
    page.sign_in(scene.cast.stranger).get(licenses.product, 404)
    page.post(licenses.product + end, {}, 404)


def test_pages_of_twenty_five(page: PageClient, scene: Scene, licenses: Licenses, make: Make) -> None:
    make.users(scene.cast.fjord, *(make.user(f"Crowd {number:03d}", licenses.alpha) for number in range(60)))
    shown = page.get(licenses.product)
    assert len(shown.rows) == 25
    first = [row.attrs["value"] for row in shown.all("input", name="u")]
    moved = page.submit(shown.one("form", id="holders-form"), button="Last", u=first[:2])
    last = page.follow(moved)
    assert "page 3 of 3" in last.text
    assert len(licenses.ticked()) == 2
    back = page.follow(page.submit(last.one("form", id="holders-form"), button="First"))
    assert [b.attrs["value"] for b in back.all("input", name="u", checked="")] == first[:2]
    assert "There is no page 99" in page.get(f"{licenses.product}?page=99").text
