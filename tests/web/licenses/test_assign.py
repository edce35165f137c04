"""**Assign licenses**: people picked by name or by list, services on or off, figures, one engine."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from partner_center.changes.models import Change, Draft
from partner_center.cloud.port import RemoteSubscription
from partner_center.directory import listing, mirror
from partner_center.shared import clock
from tests.make import Make, guid
from tests.page import Page, PageClient
from tests.web.changes.scene import ANNA, ASE, CALLS, CEM, MAIL, SHEETS, ZOE, Scene
from tests.web.licenses.conftest import Licenses


def press(page: PageClient, licenses: Licenses, go: str, status: int = 303, **values: object) -> Page:
    """Press the button that sends `go` on the page as it is."""
    shown = page.get(licenses.assign + (f"?q={values.pop('q')}" if "q" in values else ""))
    return page.submit(shown.form("/assign"), status, go=go, **values)


def people(page: PageClient, licenses: Licenses, query: str) -> dict[str, str]:
    answer = page.get(f"{licenses.assign}/people.json?q={query}").json
    return {one["name"].split()[0]: one["note"] for one in answer["people"]}


class TestPicking:
    def test_s2_3_part_of_a_name_finds_people_and_says_who_has_it(
        self, page: PageClient, licenses: Licenses
    ) -> None:
        licenses.pick(ASE)
        assert people(page, licenses, "contoso") == {
            "Anna": "Already has it",
            "Bo": "Already has it",
            "Cem": "Already has it",
            "Zoe": "",
            "Åse": "Already picked",
        }
        assert people(page, licenses, "gul") == {"Zoe": ""}, "folded: Gül"
        assert people(page, licenses, "%_.*(") == {}
        assert people(page, licenses, "z") == {}, "one letter is too few"

    def test_the_answer_says_how_many_in_words(self, page: PageClient, licenses: Licenses) -> None:
        assert page.get(f"{licenses.assign}/people.json?q=gul").json["text"] == "1 person matches."
        assert page.get(f"{licenses.assign}/people.json?q=zzz").json["text"] == "Nobody matches."

    def test_a_search_lists_who_matches_with_buttons_to_add(
        self, page: PageClient, licenses: Licenses
    ) -> None:
        shown = page.get(f"{licenses.assign}?q=contoso")
        assert "5 users match" in shown.text
        buttons = [b.attrs["value"] for b in shown.all("button", name="go") if b.text.startswith("Add —")]
        assert buttons == [f"add:{ASE}", f"add:{ZOE}"]
        added = page.submit(shown.form("/assign"), go=f"add:{ZOE}")
        assert "q=contoso" in added.location
        assert licenses.picked() == {ZOE}

    def test_all_who_match_and_lack_it_join_at_once_however_many(
        self, page: PageClient, scene: Scene, licenses: Licenses, make: Make
    ) -> None:
        crowd = [make.user(f"Crowd {number:03d}") for number in range(60)]
        make.users(scene.cast.fjord, *crowd)
        shown = page.get(f"{licenses.assign}?q=crowd")
        page.submit(shown.form("/assign"), button="Add all 60 who lack it")
        assert len(licenses.picked()) == 60
        assert "60 people picked" in page.get(licenses.assign).text

    def test_who_has_it_is_never_picked_whatever_is_sent(self, page: PageClient, licenses: Licenses) -> None:
        for number in (ANNA, CEM, 99, "x", "-1", ""):
            press(page, licenses, f"add:{number}")
        assert licenses.picked() == set()

    def test_one_goes_all_go_and_come_back(self, page: PageClient, licenses: Licenses) -> None:
        licenses.pick(ASE, ZOE)
        press(page, licenses, f"remove:{ASE}")
        assert licenses.picked() == {ZOE}
        licenses.pick(ASE)
        shown = page.follow(press(page, licenses, "clear"))
        assert "Cleared 2 users." in shown.text
        press(page, licenses, "undo")
        assert licenses.picked() == {ASE, ZOE}

    def test_the_main_jobs_selection_and_draft_stay_as_they_were(
        self, page: PageClient, scene: Scene, licenses: Licenses
    ) -> None:
        page.submit(page.get(scene.manage).form(scene.manage), go="stay", **{f"op-{scene.beta}": "assign"})
        licenses.pick(ZOE)
        press(page, licenses, "save")
        scene.work()
        assert scene.selected(scene.cast.admin) == {ANNA, ASE}
        assert [row.desk for row in scene.session.scalars(select(Draft))] == [""]
        assert licenses.picked() == set()


class TestSetUp:
    def test_s5_2_what_it_sets_up_follows_the_apps_that_are_on(
        self, page: PageClient, licenses: Licenses
    ) -> None:
        assert "Sets up: a mailbox." in page.get(licenses.assign).text
        press(page, licenses, "stay", **{f"app-{MAIL}": None})
        assert "Sets up" not in page.get(licenses.assign).text


class TestByList:
    def test_addresses_are_picked_and_the_rest_is_told(
        self, page: PageClient, scene: Scene, licenses: Licenses
    ) -> None:
        users = scene.tenant.users_of()
        lines = [users[ASE - 1].user_principal_name.upper(), users[ANNA - 1].user_principal_name]
        form = page.get(f"{licenses.assign}/list").form("/list")
        shown = page.submit(
            form, 200, addresses="\n".join([*lines, lines[0], "nobody@fjord.example", "junk"])
        )
        assert licenses.picked() == {ASE}
        numbers = [stat.text for stat in shown.one("dl", class_="stats").all("dd")]
        assert numbers == ["2", "1", "1", "1", "1", "1"]
        assert "nobody@fjord.example" in shown.text
        assert shown.link("Back to the people picked") == licenses.assign

    @pytest.mark.parametrize("typed", ["", "   ", "no address here"])
    def test_nothing_to_read_is_said_beside_the_box(
        self, page: PageClient, licenses: Licenses, typed: str
    ) -> None:
        form = page.get(f"{licenses.assign}/list").form("/list")
        assert "There is a problem" in page.submit(form, 422, addresses=typed).text

    def test_the_button_leads_there_and_keeps_what_is_set(self, page: PageClient, licenses: Licenses) -> None:
        sent = press(page, licenses, "list", **{f"app-{CALLS}": None})
        assert sent.location == f"{licenses.assign}/list"
        assert f"app-{CALLS}" not in checked(page.get(licenses.assign))


def checked(shown: Page) -> set[str]:
    boxes = shown.all("input", type="checkbox", checked="")
    return {box.attrs["name"] for box in boxes if box.attrs.get("name", "").startswith("app-")}


class TestServices:
    def test_s2_4_all_are_on_until_cleared_and_the_choice_is_kept(
        self, page: PageClient, scene: Scene, licenses: Licenses
    ) -> None:
        assert checked(page.get(licenses.assign)) == {f"app-{plan}" for plan in (MAIL, CALLS, SHEETS)}
        press(page, licenses, "stay", **{f"app-{CALLS}": None})
        assert checked(page.get(licenses.assign)) == {f"app-{plan}" for plan in (MAIL, SHEETS)}
        licenses.pick(ZOE)
        press(page, licenses, "save")
        scene.work()
        assert scene.tenant.calls[-1].add == ((licenses.alpha, (CALLS,)),)

    def test_clearing_is_taken_back_by_ticking(self, page: PageClient, licenses: Licenses) -> None:
        press(page, licenses, "stay", **{f"app-{CALLS}": None})
        press(page, licenses, "stay", **{f"app-{CALLS}": "y"})
        assert len(checked(page.get(licenses.assign))) == 3

    def test_a_service_of_another_product_is_left_unread(self, page: PageClient, licenses: Licenses) -> None:
        press(page, licenses, "stay", **{f"app-{guid('plan nowhere')}": "y"})
        assert len(checked(page.get(licenses.assign))) == 3


class TestSaving:
    def test_the_figures_follow_who_is_picked(self, page: PageClient, licenses: Licenses) -> None:
        assert page.get(licenses.assign).one("p", id="figures").text == "7 available"
        licenses.pick(ZOE)
        assert page.get(licenses.assign).one("p", id="figures").text == "7 available → 6"

    def test_a_small_safe_change_is_saved_at_once(
        self, page: PageClient, scene: Scene, licenses: Licenses
    ) -> None:
        licenses.pick(ZOE)
        assert page.get(licenses.assign).one("span", id="save-label").text == "Save"
        sent = press(page, licenses, "save")
        scene.work()
        assert page.follow(sent).h1 == "Licenses updated"
        assert licenses.picked() == set()

    def test_an_expected_failure_is_told_with_ways_to_mend_it(
        self, page: PageClient, licenses: Licenses
    ) -> None:
        licenses.pick(ASE, ZOE)
        shown = page.get(licenses.assign)
        assert "Usage location is missing" in shown.text
        assert shown.one("span", id="save-label").text == "Review changes…"
        assert shown.link("Set the usage location") == "#location"
        page.submit(shown.form("/assign"), button="Leave this user out")
        assert licenses.picked() == {ZOE}

    def test_a_location_is_set_in_the_same_save(
        self, page: PageClient, scene: Scene, licenses: Licenses
    ) -> None:
        licenses.pick(ASE)
        sent = press(page, licenses, "save", **{"location-scope": "missing", "location-value": "NO"})
        scene.work()
        assert page.follow(sent).h1 == "Licenses updated"
        assert scene.tenant.users_of()[ASE - 1].usage_location == "NO"

    def test_a_wrong_location_is_refused(self, page: PageClient, licenses: Licenses) -> None:
        licenses.pick(ASE)
        asked = {"location-scope": "missing", "location-value": "QQ"}
        assert "Choose a country" in press(page, licenses, "save", 422, **asked).text

    def test_a_role_that_sets_no_locations_is_refused(
        self, page: PageClient, scene: Scene, licenses: Licenses
    ) -> None:
        page.sign_in(scene.cast.sales)
        values = {"location-scope": "all", "location-value": "NO", "go": "stay"}
        assert "Nothing was changed" in page.post(licenses.assign, values, 403).text

    def test_a_shortage_is_said_and_can_be_bought(self, page: PageClient, licenses: Licenses) -> None:
        licenses.pick(ANNA, CEM, sku_id=licenses.beta)
        beta = f"{licenses.path}/{licenses.beta}/assign"
        shown = page.get(beta)
        assert "2 short" in shown.text
        sent = page.submit(shown.form("/assign"), go="buy")
        assert "add=2" in sent.location
        assert f"return={beta}" in sent.location

    def test_nobody_picked_and_a_list_changed_elsewhere_are_refused(
        self, page: PageClient, licenses: Licenses
    ) -> None:
        assert "Pick at least one person." in press(page, licenses, "save", 422).text
        form = page.get(licenses.assign).form("/assign")
        licenses.pick(ZOE)
        assert "The people picked changed" in page.submit(form, 422, go="save").text

    def test_the_same_form_sent_twice_is_one_change(
        self, page: PageClient, scene: Scene, licenses: Licenses
    ) -> None:
        licenses.pick(ZOE)
        form = page.get(licenses.assign).form("/assign")
        first = page.submit(form, go="save")
        scene.work()
        assert page.submit(form, go="save").location == first.location
        assert len(scene.session.scalars(select(Change.id)).all()) == 1

    def test_back_to_editing_finds_everything_as_it_was_left(
        self, page: PageClient, licenses: Licenses
    ) -> None:
        licenses.pick(ASE, ZOE)
        review = page.follow(press(page, licenses, "save", **{f"app-{CALLS}": None}))
        assert review.h1 == "Review changes"
        assert review.link("Back to editing") == licenses.assign
        page.submit(review.form("/discard"))
        assert licenses.picked() == {ASE, ZOE}


class TestDoors:
    def test_a_product_nobody_can_be_given_says_why(self, page: PageClient, licenses: Licenses) -> None:
        shown = page.get(f"{licenses.path}/{licenses.gamma}/assign")
        assert "This product is for the whole organization" in shown.text
        assert not shown.all("form", id="assign")

    def test_what_a_user_bought_can_not_be_given(
        self, page: PageClient, scene: Scene, licenses: Licenses
    ) -> None:
        theirs = RemoteSubscription(guid("theirs"), licenses.alpha, "Enabled", 10, False, True, None)
        mirror.store_subscriptions(scene.session, scene.customer_id, [theirs], clock.now())
        scene.session.commit()
        assert "Bought by a user of the organization" in page.get(licenses.assign).text

    @pytest.mark.parametrize("end", ["", "/list", "/people.json?q=an"])
    def test_unknown_products_and_strangers_find_nothing(
        self, page: PageClient, scene: Scene, licenses: Licenses, end: str
    ) -> None:
        page.get(f"{licenses.path}/{guid('sku nowhere')}/assign{end}", 404)
        page.sign_in(scene.cast.stranger).get(licenses.assign + end, 404)

    def test_too_long_a_search_is_refused_in_words(self, page: PageClient, licenses: Licenses) -> None:
        assert page.get(f"{licenses.assign}/people.json?q={'a' * 500}").json["people"] == []


def test_s2_6_a_conflict_says_which_services_in_which_licenses_and_how_to_mend_it(
    page: PageClient, scene: Scene, licenses: Licenses, make: Make
) -> None:
    small, big = make.product("Small", "Small Plan"), make.product("Big", "Big Plan")
    calling = (
        {"MCOPSTN1": "4ed3ff63-69d7-4fb7-b984-5aec7f605ca8"},
        {"MCOPSTN2": "5a10155d-f5c1-411a-a8ec-e99aae125390"},
    )
    skus = [
        make.sku(
            sku,
            enabled=5,
            plans=tuple(
                {"id": id_, "name": name, "applies_to": "User", "status": "Success"}
                for name, id_ in plans.items()
            ),
        )
        for sku, plans in zip((small, big), calling, strict=True)
    ]
    make.skus(scene.cast.fjord, *skus)
    make.users(scene.cast.fjord, make.user("Ida", small), make.user("Jon"))
    (ida,) = (n for n in range(1, 20) if n in _living(scene) and _name(scene, n) == "Ida")
    licenses.pick(ida, sku_id=big)
    shown = page.get(f"{licenses.path}/{big}/assign")
    assert "Conflicts with Small Plan" in shown.text
    clash = "MCOPSTN1 in Small Plan; MCOPSTN2 in Big Plan"
    assert f"Only one of these can be on: {clash}." in shown.text
    assert "Turn off the conflicting service in one of the products." in shown.text
    assert shown.link("Turn apps and services on or off") == "#apps"
    review = page.follow(page.submit(shown.form("/assign"), go="save"))
    assert clash in review.text
    assert review.link("View service plans — Big Plan") == f"{licenses.path}/{big}/assign?open=apps#apps"
    form = shown.form("/assign")
    mended = page.submit(form, go="stay", **{"app-5a10155d-f5c1-411a-a8ec-e99aae125390": None})
    assert "Conflicts" not in page.follow(mended).text
    page.submit(form, go="leave:conflict")


def _living(scene: Scene) -> set[int]:
    return set(listing.living(scene.session, scene.customer_id))


def _name(scene: Scene, number: int) -> str:
    return listing.get_user(scene.session, scene.customer_id, number).display_name
