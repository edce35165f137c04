"""Progress and result: what happened, said first, with sums that add up and a way on."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest
from sqlalchemy import select

from partner_center.changes import problems, service
from partner_center.changes.expand import Expansion
from partner_center.changes.models import Change, ChangeItem
from partner_center.cloud.port import Reason
from partner_center.staff.queries import actor_of
from tests.page import Page, PageClient
from tests.web.changes.conftest import Submit
from tests.web.changes.scene import ANNA, ASE, BO, CEM, ZOE, Scene


def save_and_work(page: PageClient, scene: Scene, sent: Page, **values: str) -> Page:
    """Review what needs it, do the job, and look."""
    shown = page.follow(sent)
    if shown.h1 == "Review changes":
        page.submit(shown.form("/save"), understood="y", **values)
    scene.work()
    return page.follow(sent)


def stock(scene: Scene, sku_id: str, enabled: int) -> None:
    """Fjord owns so many licences of it now."""
    scene.tenant.stock[sku_id] = replace(scene.tenant.stock[sku_id], enabled=enabled)
    scene.sync()


def cells(page: PageClient, address: str) -> list[dict[str, str]]:
    text = page.client.get(address).get_data().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


class TestProgress:
    def test_says_how_far_it_is_and_that_one_may_leave(self, page: PageClient, submit: Submit) -> None:
        sent = submit(ZOE, alpha="assign")
        shown = page.follow(sent)
        assert "0 of 1 user done" in shown.text
        assert "Users: 1 waiting = 1" in shown.text
        assert "You can leave this page. The work continues." in shown.text
        assert shown.one("progress").attrs["max"] == "1"
        assert shown.link("Refresh") == sent.location

    def test_tells_the_script_in_numbers_and_words(
        self, page: PageClient, scene: Scene, submit: Submit
    ) -> None:
        sent = submit(ZOE, alpha="assign")
        told = page.get(f"{sent.location}/progress.json").json
        assert (told["done"], told["total"], told["finished"]) == (0, 1, False)
        assert told["title"] == "(0/1) Updating licenses…"
        assert told["sums"] == "Users: 1 waiting = 1"
        scene.work()
        assert page.get(f"{sent.location}/progress.json").json["finished"] is True


class TestResult:
    def test_all_well_is_said_with_the_new_licenses_tagged(
        self, page: PageClient, scene: Scene, submit: Submit
    ) -> None:
        shown = save_and_work(page, scene, submit(ZOE, alpha="assign"))
        assert shown.h1 == "Licenses updated"
        assert "Users: 1 succeeded = 1" in shown.text
        assert shown.rows[0][1] == "Assign Alpha Suite"
        assert shown.rows[0][2] == "Alpha Suite New Beta Suite"
        assert "There is a problem" not in shown.text

    def test_a_name_of_markup_is_shown_as_text(self, page: PageClient, scene: Scene, submit: Submit) -> None:
        shown = save_and_work(page, scene, submit(ZOE, alpha="assign"))
        assert "Zoe <b>Gül</b>" in shown.rows[0][0]

    def test_a_mixed_outcome_says_for_how_many_and_why_first(
        self, page: PageClient, scene: Scene, submit: Submit
    ) -> None:
        scene.tenant.refuse[scene.graph_ids[ZOE], scene.alpha] = Reason.CONFLICT
        located = {"location-scope": "missing", "location-value": "NO"}
        shown = save_and_work(page, scene, submit(ANNA, ASE, ZOE, alpha="assign", **located))
        assert shown.h1 == "Licenses updated for 2 of 3 users"
        assert shown.title.startswith("Error – 1 failed – ")
        assert "1 change failed: Alpha Suite, Conflicting services" in shown.one("div", id="problems").text
        assert "Users: 1 succeeded + 1 already so + 1 failed = 3" in shown.text
        group = shown.one("section", id="failed-1").text
        assert "Alpha Suite : Conflicting services" in group
        assert "Microsoft says conflict." in group
        assert "req-1" in group

    def test_what_was_done_is_said_although_nobody_got_everything(
        self, page: PageClient, scene: Scene, submit: Submit
    ) -> None:
        located = {"location-scope": "all", "location-value": "NO"}
        scene.tenant.refuse[scene.graph_ids[ANNA], scene.beta] = Reason.NO_SEATS
        stock(scene, scene.beta, 3)
        shown = save_and_work(page, scene, submit(ANNA, beta="assign", **located))
        assert shown.h1 == "Licenses updated in part: 1 of 2 changes succeeded"

    def test_what_was_not_attempted_is_said_so(self, page: PageClient, scene: Scene, submit: Submit) -> None:
        """The page asks what happens with a shortage first; a change saved otherwise can still meet one."""
        sent = submit(ANNA, CEM, beta="assign")
        actor, ref = actor_of(scene.cast.helpdesk), sent.location.rpartition("/")[2]
        digest = page.follow(sent).one("input", name="digest").attrs["value"]
        service.save(scene.session, actor, scene.customer_id, ref, digest=digest)
        scene.session.commit()
        scene.work()
        shown = page.follow(sent)
        assert shown.h1 == "No licenses were updated"
        assert "2 not attempted = 2" in shown.text
        assert "Not enough licenses" in shown.one("section", id="not-attempted-1").text
        assert scene.tenant.calls == []

    def test_retry_takes_exactly_the_failed_ones(
        self, page: PageClient, scene: Scene, submit: Submit
    ) -> None:
        scene.tenant.refuse[scene.graph_ids[ZOE], scene.alpha] = Reason.ADDRESS_TAKEN
        shown = save_and_work(page, scene, submit(ANNA, ZOE, alpha="assign"))
        scene.tenant.refuse.clear()
        form = shown.form("/retry")
        sent = page.submit(form, button="Retry failed only (1)")
        assert page.submit(form).location == sent.location
        again = save_and_work(page, scene, sent)
        assert again.h1 == "Licenses updated"
        assert [row[0].split()[0] for row in again.rows] == ["Zoe"]
        assert "Retry of" in again.text

    def test_failed_users_are_selected_for_another_try(
        self, page: PageClient, scene: Scene, submit: Submit
    ) -> None:
        scene.tenant.refuse[scene.graph_ids[ZOE], scene.alpha] = Reason.ADDRESS_TAKEN
        shown = save_and_work(page, scene, submit(ANNA, ZOE, alpha="assign"))
        address = next(f.attrs["action"] for f in shown.all("form") if f.attrs["action"].endswith("/users"))
        assert page.post(address).location == scene.manage
        assert scene.selected(scene.cast.helpdesk) == {ZOE}
        page.post(address, {"reason": "address_taken", "sku": scene.beta})
        assert scene.selected(scene.cast.helpdesk) == set()

    def test_the_table_has_a_row_for_each_user_and_product(
        self, page: PageClient, scene: Scene, submit: Submit
    ) -> None:
        sent = submit(ANNA, ZOE, alpha="assign")
        save_and_work(page, scene, sent)
        rows = cells(page, f"{sent.location}/result.csv")
        assert [(row["user"], row["status"]) for row in rows] == [
            ("Anna Berg", "already_so"),
            ("Zoe <b>Gül</b>", "done"),
        ]
        assert (
            page.client.get(f"{sent.location}/result.csv")
            .headers["Content-Disposition"]
            .startswith("attachment")
        )

    def test_a_plan_can_be_taken_along_as_a_table(self, page: PageClient, submit: Submit) -> None:
        sent = submit(ANNA, BO, beta="revoke")
        assert [row["user"] for row in cells(page, f"{sent.location}/plan.csv")] == ["Anna Berg", "Bo Dahl"]

    def test_reading_it_marks_it_as_read_only_for_who_saved_it(
        self, page: PageClient, scene: Scene, submit: Submit
    ) -> None:
        sent = submit(ZOE, alpha="assign")
        shown = save_and_work(page, scene, sent)
        page.sign_in(scene.cast.admin)
        assert not page.follow(sent).all("form", id="seen")
        page.sign_in(scene.cast.helpdesk)
        page.submit(shown.form("/seen"), csrf_token=page.token())
        assert not page.follow(sent).all("form", id="seen")

    def test_users_of_a_change_under_way_can_not_be_selected_yet(
        self, page: PageClient, submit: Submit
    ) -> None:
        page.post(f"{submit(ZOE, alpha='assign').location}/users", {}, 409)


class TestTheTruth:
    def test_while_it_runs_the_sums_add_up_with_who_was_sent(
        self, page: PageClient, scene: Scene, submit: Submit
    ) -> None:
        """As a worker leaves it that dies over its second batch."""
        stock(scene, scene.beta, 6)
        sent = submit(ANNA, BO, CEM, ZOE, beta="assign")
        change = scene.session.scalars(select(Change)).one()
        change.state = "running"
        Expansion(scene.session, change).write_some(scene.session)
        states = {
            0: ("settled", "failed"),
            1: ("settled", "unknown"),
            2: ("sent", None),
            3: ("waiting", None),
        }
        for position, (state, outcome) in states.items():
            item = scene.session.get_one(ChangeItem, (change.id, position))
            item.state, item.outcome = state, outcome
        scene.session.commit()
        said = page.follow(sent).text
        assert "Users: 1 failed + 1 not known + 1 sent, no answer yet + 1 waiting = 4" in said
        assert "2 of 4 users done" in said
        assert "1 user failed so far" in said

    def test_one_of_two_products_is_not_nothing(self, page: PageClient, scene: Scene, submit: Submit) -> None:
        scene.tenant.refuse[scene.graph_ids[ASE], scene.beta] = Reason.ADDRESS_TAKEN
        scene.tenant.stock[scene.beta] = replace(scene.tenant.stock[scene.beta], enabled=9)
        scene.sync()
        located = {"location-scope": "missing", "location-value": "NO"}
        shown = save_and_work(page, scene, submit(ASE, alpha="assign", beta="assign", **located))
        assert shown.h1 == "Licenses updated in part: 2 of 3 changes succeeded"
        assert "Users: 1 failed = 1" in shown.text

    def test_very_many_kinds_of_failures_are_cut_and_it_says_so(
        self, page: PageClient, scene: Scene, submit: Submit, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(problems, "GROUPS", 1)
        scene.tenant.refuse[scene.graph_ids[ANNA], scene.beta] = Reason.ADDRESS_TAKEN
        scene.tenant.refuse[scene.graph_ids[CEM], scene.beta] = Reason.CONFLICT
        scene.tenant.stock[scene.beta] = replace(scene.tenant.stock[scene.beta], enabled=9)
        scene.sync()
        sent = submit(ANNA, CEM, beta="assign")
        shown = save_and_work(page, scene, sent)
        assert "1 more change that did not work is not shown here. The CSV has all." in shown.text
        assert len(shown.all("section", id="failed-2")) == 0
        assert len(cells(page, f"{sent.location}/result.csv")) == 2
        page.submit(shown.form("/retry"))


class TestTheList:
    def test_is_empty_at_first_and_says_so(self, page: PageClient, scene: Scene) -> None:
        assert "No changes yet" in page.get(scene.changes).text

    def test_names_each_change_with_who_when_and_how_it_ended(
        self, page: PageClient, scene: Scene, submit: Submit
    ) -> None:
        save_and_work(page, scene, submit(ZOE, alpha="assign"))
        submit(ANNA, ASE, alpha="revoke")
        rows = page.get(scene.changes).rows
        assert [row[4] for row in rows] == ["Not saved yet", "Finished"]
        assert rows[1][2] == "Håkon Helpdesk"
        assert rows[1][5] == "1 succeeded = 1"
        refs = scene.session.scalars(select(Change.ref).order_by(Change.id.desc())).all()
        assert [row[0] for row in rows] == list(refs)

    def test_a_stranger_finds_nothing(self, page: PageClient, scene: Scene) -> None:
        page.sign_in(scene.cast.stranger)
        page.get(scene.changes, 404)

    def test_a_page_past_the_end_is_the_last(self, page: PageClient, scene: Scene, submit: Submit) -> None:
        submit(ANNA, ASE, alpha="revoke")
        assert len(page.get(f"{scene.changes}?page=99999999").rows) == 1
        assert len(page.get(f"{scene.changes}?page=x").rows) == 1
