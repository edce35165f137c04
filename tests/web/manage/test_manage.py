"""**Manage licenses**: what the page says without script, and what each of its buttons does."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from time_machine import TimeMachineFixture

from partner_center.audit.models import AuditEntry
from partner_center.changes.models import Change, Draft
from partner_center.changes.saving import wish_of
from partner_center.jobs.models import Job
from partner_center.shared import clock
from tests.make import guid
from tests.markup import Element
from tests.page import Page, PageClient
from tests.web.changes.scene import ANNA, ASE, BO, CEM, ZOE, Scene


def product(page: Page, sku_id: str) -> Element:
    return page.one("tbody", id=f"p-{sku_id}")


def words(page: Page, sku_id: str, label: str) -> str:
    return product(page, sku_id).one("td", data_label=label).text


def offered(page: Page, sku_id: str) -> list[str]:
    radios = product(page, sku_id).all("input", name=f"op-{sku_id}")
    return [radio.attrs["value"] for radio in radios]


def drafted(scene: Scene) -> dict[str, str]:
    scene.session.rollback()
    rows = scene.session.scalars(select(Draft)).all()
    return {sku: wish["op"] for row in rows for sku, wish in row.wish["products"].items()}


def changes(scene: Scene) -> list[Change]:
    scene.session.rollback()
    return list(scene.session.scalars(select(Change)).all())


def press(page: PageClient, scene: Scene, go: str, status: int = 303, **values: str) -> Page:
    form = page.get(scene.manage).form(scene.manage)
    return page.submit(form, status, go=go, **values)


class TestThePage:
    def test_lists_products_with_state_assigned_and_available(self, page: PageClient, scene: Scene) -> None:
        shown = page.get(scene.manage)
        assert shown.h1 == "Assign and revoke licenses"
        assert words(shown, scene.alpha, "Assigned").startswith("2 of 3")
        assert words(shown, scene.alpha, "Available") == "7 of 10 available"
        assert "2 of 3 selected users have it" in product(shown, scene.alpha).text
        assert words(shown, scene.beta, "Assigned").startswith("1 of 3")
        assert "None left" in words(shown, scene.beta, "Available")

    def test_says_all_some_and_none_without_script(self, page: PageClient, scene: Scene) -> None:
        scene.select(scene.cast.helpdesk, ANNA, BO)
        shown = page.get(scene.manage)
        assert "All selected users have it" in product(shown, scene.alpha).text
        assert "1 of 2 selected users have it" in product(shown, scene.beta).text
        scene.select(scene.cast.helpdesk, ASE)
        assert "No selected user has it" in product(page.get(scene.manage), scene.alpha).text

    def test_leave_is_the_default_and_only_what_makes_sense_is_offered(
        self, page: PageClient, scene: Scene
    ) -> None:
        shown = page.get(scene.manage)
        assert offered(shown, scene.alpha) == ["leave", "assign", "revoke"]
        assert offered(shown, scene.gamma) == []
        checked = product(shown, scene.alpha).all("input", type="radio", checked="")
        assert [radio.attrs["value"] for radio in checked] == ["leave"]
        scene.select(scene.cast.helpdesk, ASE)
        assert offered(page.get(scene.manage), scene.alpha) == ["leave", "assign"]
        scene.select(scene.cast.helpdesk, CEM)
        assert offered(page.get(scene.manage), scene.alpha) == []

    def test_a_license_of_a_group_is_marked_and_locked(self, page: PageClient, scene: Scene) -> None:
        scene.select(scene.cast.helpdesk, CEM)
        row = product(page.get(scene.manage), scene.alpha).text
        assert "1 has it through a group: Sales" in row
        assert "can't be taken from the person" in row

    def test_chips_are_sorted_and_warn_of_a_missing_location(self, page: PageClient, scene: Scene) -> None:
        scene.select(scene.cast.helpdesk, ASE, ANNA, ZOE)
        chips = [chip.text for chip in page.get(scene.manage).all("li", class_="chip")]
        assert [chip.split(" Remove")[0] for chip in chips] == [
            "Anna Berg",
            "Åse Foss , usage location is missing",
            "Zoe <b>Gül</b>",
        ]

    def test_nobody_selected_says_so(self, page: PageClient, scene: Scene) -> None:
        scene.select(scene.cast.helpdesk)
        shown = page.get(scene.manage)
        assert "Select at least one user" in shown.text
        page.post(scene.manage, {"go": "save", "v": "2", "key": "k", f"op-{scene.alpha}": "leave"}, 422)

    def test_a_product_with_none_left_offers_buying_to_who_may(self, page: PageClient, scene: Scene) -> None:
        assert "Who can buy?" in product(page.get(scene.manage), scene.beta).text
        assert "Deniz Admin" in product(page.get(scene.manage), scene.beta).text
        page.sign_in(scene.cast.admin)
        assert "Buy more" in product(page.get(scene.manage), scene.beta).text

    def test_a_draft_of_another_day_is_greeted(
        self, page: PageClient, scene: Scene, time_machine: TimeMachineFixture
    ) -> None:
        press(page, scene, "stay", **{f"op-{scene.alpha}": "assign"})
        assert "Continue your change from" not in page.get(scene.manage).text
        time_machine.move_to(clock.now() + timedelta(minutes=20), tick=False)
        page.sign_in(scene.cast.helpdesk)
        assert "Continue your change from" in page.get(scene.manage).text

    def test_a_role_that_sets_no_locations_is_told_why(self, page: PageClient, scene: Scene) -> None:
        page.sign_in(scene.cast.sales)
        shown = page.get(scene.manage)
        assert "Your role does not allow this: Set usage locations. They can: Deniz Admin," in shown.text
        assert not shown.all("select", id="location-value")


class TestTheButtons:
    def test_enter_keeps_the_draft_and_shows_the_figures(self, page: PageClient, scene: Scene) -> None:
        scene.select(scene.cast.helpdesk, BO, ZOE)
        shown = page.follow(press(page, scene, "stay", **{f"op-{scene.alpha}": "assign"}))
        assert drafted(scene) == {scene.alpha: "assign"}
        assert words(shown, scene.alpha, "After save") == "7 → 6"
        assert "1 product changed · + 1" in shown.text

    def test_a_shortage_is_said_with_its_number(self, page: PageClient, scene: Scene) -> None:
        shown = page.follow(press(page, scene, "stay", **{f"op-{scene.beta}": "assign"}))
        assert "2 short" in words(shown, scene.beta, "After save")
        assert "Review changes…" in shown.text

    def test_an_expected_failure_is_told_under_the_row(self, page: PageClient, scene: Scene) -> None:
        shown = page.follow(press(page, scene, "stay", **{f"op-{scene.alpha}": "assign"}))
        note = product(shown, scene.alpha).one("tr", id=f"notes-{scene.alpha}").text
        assert "Usage location is missing. 1 user: Åse Foss." in note
        assert "1 problem" in shown.text

    def test_the_words_of_the_button_follow_the_rule(self, page: PageClient, scene: Scene) -> None:
        scene.select(scene.cast.helpdesk, BO)
        assert page.get(scene.manage).one("span", id="save-label").text == "Save"
        shown = page.follow(press(page, scene, "stay", **{f"op-{scene.alpha}": "revoke"}))
        assert shown.one("span", id="save-label").text == "Review changes…"

    @pytest.mark.parametrize("go", ["cancel", "selected", "assigned:{alpha}", "plans:{alpha}"])
    def test_every_way_off_the_page_keeps_what_was_set(self, page: PageClient, scene: Scene, go: str) -> None:
        press(page, scene, go.format(alpha=scene.alpha), **{f"op-{scene.alpha}": "revoke"})
        assert drafted(scene) == {scene.alpha: "revoke"}
        checked = product(page.get(scene.manage), scene.alpha).one("input", type="radio", checked="")
        assert checked.attrs["value"] == "revoke"

    def test_start_over_forgets_the_draft(self, page: PageClient, scene: Scene) -> None:
        press(page, scene, "stay", **{f"op-{scene.alpha}": "revoke"})
        press(page, scene, "reset")
        assert drafted(scene) == {}

    def test_removing_a_chip_keeps_the_choices_and_focuses_the_next(
        self, page: PageClient, scene: Scene
    ) -> None:
        sent = press(page, scene, f"remove:{ASE}", **{f"op-{scene.alpha}": "assign"})
        assert sent.location == f"{scene.manage}#chip-1"
        assert page.follow(sent).one("button", id="chip-1").text == "Remove Bo Dahl from the selection"
        assert scene.selected(scene.cast.helpdesk) == {ANNA, BO}
        assert drafted(scene) == {scene.alpha: "assign"}

    @pytest.mark.parametrize("number", ["99", "x", "-1", "5", ""])
    def test_removing_somebody_else_removes_nobody(self, page: PageClient, scene: Scene, number: str) -> None:
        press(page, scene, f"remove:{number}")
        assert scene.selected(scene.cast.helpdesk) == {ANNA, BO, ASE}

    def test_keep_only_these_and_only_the_others(self, page: PageClient, scene: Scene) -> None:
        press(page, scene, f"keep:{scene.alpha}")
        assert scene.selected(scene.cast.helpdesk) == {ANNA, BO}
        press(page, scene, f"drop:{scene.beta}")
        assert scene.selected(scene.cast.helpdesk) == {ANNA}

    def test_buy_more_carries_the_shortage_and_the_way_back(self, page: PageClient, scene: Scene) -> None:
        page.sign_in(scene.cast.admin)
        sent = press(page, scene, f"buy:{scene.beta}", **{f"op-{scene.beta}": "assign"})
        assert f"sku={scene.beta}" in sent.location
        assert "add=2" in sent.location
        assert f"return=/customers/{scene.customer_id}/manage%23p-{scene.beta}" in sent.location
        assert drafted(scene) == {scene.beta: "assign"}

    def test_a_location_is_set_for_those_without_one(self, page: PageClient, scene: Scene) -> None:
        asked = {"location-scope": "missing", "location-value": "NO"}
        shown = page.follow(press(page, scene, "stay", **asked))
        assert "usage location set" in shown.text
        wish = scene.session.scalars(select(Draft)).one().wish
        assert wish["location"] == {"value": "NO", "scope": "missing"}

    @pytest.mark.parametrize("go", ["plans:{bad}", "assigned:{bad}", "buy:{bad}"])
    def test_a_button_for_an_unknown_product_is_not_found(
        self, page: PageClient, scene: Scene, go: str
    ) -> None:
        press(page, scene, go.format(bad=guid("sku nowhere")), 404)


class TestSave:
    def test_a_small_safe_change_is_saved_at_once(self, page: PageClient, scene: Scene) -> None:
        scene.select(scene.cast.helpdesk, ZOE)
        sent = press(page, scene, "save", **{f"op-{scene.alpha}": "assign"})
        change = changes(scene)[0]
        assert sent.location == f"{scene.changes}/{change.ref}"
        assert change.state == "waiting"
        assert [job.kind for job in scene.session.scalars(select(Job))] == ["change"]
        assert drafted(scene) == {}

    def test_a_revoke_is_reviewed_first(self, page: PageClient, scene: Scene) -> None:
        press(page, scene, "save", **{f"op-{scene.alpha}": "revoke"})
        assert [change.state for change in changes(scene)] == ["planned"]
        assert scene.session.scalars(select(Job)).all() == []

    def test_a_second_click_saves_once(self, page: PageClient, scene: Scene) -> None:
        scene.select(scene.cast.helpdesk, ZOE)
        form = page.get(scene.manage).form(scene.manage)
        asked = {"go": "save", f"op-{scene.alpha}": "assign"}
        first = page.submit(form, **asked)
        second = page.submit(form, **asked)
        assert first.location == second.location
        assert len(changes(scene)) == 1

    def test_a_form_resent_when_all_is_done_leads_to_its_result(self, page: PageClient, scene: Scene) -> None:
        scene.select(scene.cast.helpdesk, ASE)
        form = page.get(scene.manage).form(scene.manage)
        asked = {"go": "save", f"op-{scene.alpha}": "assign"}
        asked |= {"location-scope": "missing", "location-value": "NO"}
        first = page.submit(form, **asked)
        if changes(scene)[0].state == "planned":
            page.submit(page.follow(first).form(f"{first.location}/save"))
        scene.work()
        assert changes(scene)[0].state == "finished"
        assert scene.selected(scene.cast.helpdesk) == set()
        assert page.submit(form, **asked).location == first.location
        assert len(changes(scene)) == 1

    @pytest.mark.parametrize("other", [{"op": "leave"}, {"location-value": "SE"}])
    def test_a_saved_form_that_asks_for_something_else_is_refused(
        self, page: PageClient, scene: Scene, other: dict[str, str]
    ) -> None:
        scene.select(scene.cast.helpdesk, ZOE)
        form = page.get(scene.manage).form(scene.manage)
        asked = {"go": "save", f"op-{scene.alpha}": "assign"}
        page.submit(form, **asked, **{"location-scope": "leave"})
        if "op" in other:
            asked[f"op-{scene.alpha}"] = other["op"]
        else:
            asked |= {"location-scope": "missing", **other}
        shown = page.submit(form, 409, **asked)
        assert f"This form was saved already, as {changes(scene)[0].ref}." in shown.text
        assert len(changes(scene)) == 1

    def test_nothing_changed_says_so_and_saves_nothing(self, page: PageClient, scene: Scene) -> None:
        shown = press(page, scene, "save", 422)
        assert "You have not changed anything." in shown.text
        assert shown.title.startswith("Error – ")
        assert changes(scene) == []

    def test_a_partial_box_left_alone_is_not_part_of_the_change(self, page: PageClient, scene: Scene) -> None:
        press(page, scene, "save", **{f"op-{scene.beta}": "revoke"})
        assert list(wish_of(changes(scene)[0]).products) == [scene.beta]

    def test_a_selection_changed_in_another_tab_is_shown_before_saving(
        self, page: PageClient, scene: Scene
    ) -> None:
        form = page.get(scene.manage).form(scene.manage)
        scene.select(scene.cast.helpdesk, CEM)
        shown = page.submit(form, 422, go="save", **{f"op-{scene.beta}": "assign"})
        assert "The selected users changed" in shown.text
        assert changes(scene) == []

    def test_without_access_nothing_is_saved_and_the_choices_stay(
        self, page: PageClient, scene: Scene
    ) -> None:
        scene.cast.fjord.access_state = "none"
        scene.session.commit()
        shown = press(page, scene, "save", 403, **{f"op-{scene.alpha}": "assign"})
        assert product(shown, scene.alpha).one("input", value="assign").attrs.get("checked") == ""
        assert changes(scene) == []


class TestTampering:
    def test_an_unknown_product_is_refused_and_kept_in_the_audit(
        self, page: PageClient, scene: Scene
    ) -> None:
        shown = press(page, scene, "save", 422, **{f"op-{guid('sku nowhere')}": "assign"})
        assert "This customer has no such product" in shown.text
        assert changes(scene) == []
        assert [entry.action for entry in scene.session.scalars(select(AuditEntry))][-1] == "refused"

    @pytest.mark.parametrize("op", ["revoke", "remove", ""])
    def test_a_choice_that_was_not_offered_is_refused(self, page: PageClient, scene: Scene, op: str) -> None:
        scene.select(scene.cast.helpdesk, ASE)
        shown = press(page, scene, "save", 422, **{f"op-{scene.alpha}": op})
        assert "Alpha Suite: that choice is not offered now" in shown.text
        assert changes(scene) == []

    def test_a_product_for_the_whole_organization_is_refused(self, page: PageClient, scene: Scene) -> None:
        press(page, scene, "save", 422, **{f"op-{scene.gamma}": "assign"})

    @pytest.mark.parametrize("value", ["", "XX", "no", "N" * 3000, "ZZ"])
    def test_a_location_that_is_no_country_is_refused(
        self, page: PageClient, scene: Scene, value: str
    ) -> None:
        asked = {"location-scope": "all", "location-value": value}
        shown = press(page, scene, "stay", 422, **asked)
        assert "Choose a country" in shown.text

    def test_a_location_by_a_role_that_may_not_is_forbidden(self, page: PageClient, scene: Scene) -> None:
        page.sign_in(scene.cast.sales)
        page.post(scene.manage, {"go": "stay", "location-scope": "all", "location-value": "NO"}, 403)
        assert drafted(scene) == {}

    @pytest.mark.parametrize("key", ["", "k" * 65])
    def test_a_key_that_is_none_saves_nothing(self, page: PageClient, scene: Scene, key: str) -> None:
        press(page, scene, "save", 422, key=key, **{f"op-{scene.beta}": "revoke"})
        assert changes(scene) == []

    def test_a_stranger_finds_no_page(self, page: PageClient, scene: Scene) -> None:
        page.sign_in(scene.cast.stranger)
        page.get(scene.manage, 404)
        page.post(scene.manage, {"go": "stay"}, 404)
        page.get(f"{scene.manage}/{scene.alpha}/plans", 404)
        page.get(f"{scene.manage}/{scene.alpha}/assigned", 404)

    def test_other_methods_are_refused(self, page: PageClient, scene: Scene) -> None:
        assert page.client.delete(scene.manage).status_code in {400, 405}
        assert page.client.put(f"{scene.manage}/{scene.alpha}/plans").status_code in {400, 405}
