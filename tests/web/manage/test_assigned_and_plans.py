"""Who has a product, and the services inside it."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from partner_center.changes.models import Draft
from tests.make import guid
from tests.page import PageClient
from tests.web.changes.scene import ANNA, ASE, BO, CALLS, CEM, MAIL, SHEETS, ZOE, Scene


def plans_of(scene: Scene) -> dict[str, str]:
    scene.session.rollback()
    wish = scene.session.scalars(select(Draft)).one().wish
    return dict(wish["products"][scene.alpha]["plans"])


class TestAssigned:
    def test_lists_only_selected_users_who_have_it_by_name_with_the_source(
        self, page: PageClient, scene: Scene
    ) -> None:
        scene.select(scene.cast.helpdesk, ZOE, CEM, ASE, BO)
        shown = page.get(f"{scene.manage}/{scene.alpha}/assigned")
        lines = [line.text for line in shown.one("ul", class_="plain holders").all("li")]
        assert [line.split()[0] for line in lines] == ["Bo", "Cem"]
        assert "Assigned directly" in lines[0]
        assert "From a group: Sales" in lines[1]
        assert "2 of 4 selected users have it." in shown.text

    def test_keeps_only_these_or_only_the_others(self, page: PageClient, scene: Scene) -> None:
        shown = page.get(f"{scene.manage}/{scene.alpha}/assigned")
        sent = page.submit(shown.form("/assigned"), button="Keep only the others selected")
        assert sent.location.endswith(f"/manage#p-{scene.alpha}")
        assert scene.selected(scene.cast.helpdesk) == {ASE}

    def test_an_unknown_product_is_not_found(self, page: PageClient, scene: Scene) -> None:
        page.get(f"{scene.manage}/{guid('sku nowhere')}/assigned", 404)
        page.get(f"{scene.manage}/{'x' * 400}/assigned", 404)


class TestServicePlans:
    def test_each_service_says_on_off_or_mixed(self, page: PageClient, scene: Scene) -> None:
        shown = page.get(f"{scene.manage}/{scene.alpha}/plans")
        assert shown.h1 == "Service plans of Alpha Suite"
        assert [row[1] for row in shown.rows] == ["On On for 2 of 2"] * 3

    def test_a_choice_goes_into_the_draft_and_back_to_the_row(self, page: PageClient, scene: Scene) -> None:
        form = page.get(f"{scene.manage}/{scene.alpha}/plans").form("/plans")
        sent = page.submit(form, **{f"plan-{CALLS}": "off", f"plan-{MAIL}": "on", "go": "keep"})
        assert sent.location.endswith(f"/manage#p-{scene.alpha}")
        assert plans_of(scene) == {CALLS: "off", MAIL: "on"}
        assert "2 plans changed" in page.follow(sent).text

    def test_a_choice_taken_back_leaves_the_service_alone(self, page: PageClient, scene: Scene) -> None:
        address = f"{scene.manage}/{scene.alpha}/plans"
        page.submit(page.get(address).form("/plans"), **{f"plan-{CALLS}": "off", f"plan-{MAIL}": "on"})
        page.submit(page.get(address).form("/plans"), **{f"plan-{CALLS}": "leave"})
        assert plans_of(scene) == {MAIL: "on"}

    def test_all_on_sets_every_service(self, page: PageClient, scene: Scene) -> None:
        form = page.get(f"{scene.manage}/{scene.alpha}/plans").form("/plans")
        page.submit(form, button="All on")
        assert plans_of(scene) == {MAIL: "on", CALLS: "on", SHEETS: "on"}

    def test_a_product_nobody_has_yet_can_be_set_up_before_it_is_assigned(
        self, page: PageClient, scene: Scene
    ) -> None:
        scene.select(scene.cast.helpdesk, ASE)
        shown = page.get(f"{scene.manage}/{scene.alpha}/plans")
        assert "No selected user has this product yet." in shown.text

    @pytest.mark.parametrize("tampered", [{"plan-nowhere": "off"}, {f"plan-{CALLS}": "maybe"}])
    def test_what_was_not_offered_is_refused(
        self, page: PageClient, scene: Scene, tampered: dict[str, str]
    ) -> None:
        shown = page.post(f"{scene.manage}/{scene.alpha}/plans", tampered, 422)
        assert "That service can't be set here" in shown.text

    def test_an_unknown_product_is_not_found(self, page: PageClient, scene: Scene) -> None:
        page.get(f"{scene.manage}/{guid('sku nowhere')}/plans", 404)
        page.post(f"{scene.manage}/{guid('sku nowhere')}/plans", {}, 404)

    def test_plans_and_operation_are_kept_together(self, page: PageClient, scene: Scene) -> None:
        form = page.get(scene.manage).form(scene.manage)
        sent = page.submit(form, go=f"plans:{scene.alpha}", **{f"op-{scene.alpha}": "assign"})
        page.submit(page.follow(sent).form("/plans"), **{f"plan-{CALLS}": "off"})
        wish = scene.session.scalars(select(Draft)).one().wish["products"][scene.alpha]
        assert wish == {"op": "assign", "plans": {CALLS: "off"}}
        assert scene.selected(scene.cast.helpdesk) == {ANNA, BO, ASE}
