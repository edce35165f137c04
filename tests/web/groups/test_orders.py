"""Assigning and removing a group's licences, trying members again: reviewed, followed, one true outcome."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from partner_center.audit.models import AuditEntry
from partner_center.cloud.errors import AccessDenied, Unreachable
from partner_center.cloud.port import Answer, Reason, Verdict
from partner_center.groups.orders import on_failed, on_restored
from partner_center.jobs.models import Job
from partner_center.shared import clock
from tests.page import Page, PageClient
from tests.web.changes.scene import ASE, BO, CALLS, CEM, SALES_GROUP, SHEETS, Scene
from tests.web.groups.conftest import Groups

LOST = Answer(Verdict.UNKNOWN, Reason.BUSY)
LOST_BUT_DONE = Answer(Verdict.UNKNOWN, Reason.BUSY, "done all the same")


def reviewed(page: PageClient, groups: Groups, deed: str, sku_id: str) -> Page:
    return page.get(f"{groups.sales}/review?deed={deed}&sku={sku_id}")


def ordered(page: PageClient, groups: Groups, deed: str, sku_id: str, **more: str) -> Page:
    shown = reviewed(page, groups, deed, sku_id)
    return page.submit(shown.form("/review"), **({"understood": "y"} if deed == "remove" else {}), **more)


class TestReviewing:
    def test_the_way_is_product_services_review(self, page: PageClient, scene: Scene, groups: Groups) -> None:
        groups.give((scene.beta, ()), members=(CEM,))
        shown = page.get(page.get(groups.sales).link("Assign licenses"))
        chosen = page.submit(shown.form("/assign"), 200, sku=scene.alpha)
        assert {box.attrs["value"] for box in chosen.all("input", name="on")} >= {SHEETS, CALLS}
        review = page.submit(chosen.form("/review"), 200, on=[SHEETS])
        assert "Nothing has been changed yet." in review.text
        assert CALLS in {one.attrs["value"] for one in review.all("input", name="off")}
        assert not groups.orders()

    def test_assigning_tells_who_needs_a_license_and_what_is_short(
        self, page: PageClient, scene: Scene, groups: Groups
    ) -> None:
        text = reviewed(page, groups, "assign", scene.beta).text
        assert "3 of 4 members get it and take a license each. Anna" in text
        assert "1 member has it already and takes no second license. Bo" in text
        assert "Available now: 0." in text
        assert "3 licenses are missing." in text
        assert "A group gives all its licenses or none: these members may also lose" in text

    def test_removing_tells_who_loses_it_and_who_keeps_it(
        self, page: PageClient, scene: Scene, groups: Groups
    ) -> None:
        text = reviewed(page, groups, "remove", scene.alpha).text
        assert "2 of 4 members lose it, and the licenses are free again. Åse Foss, Cem Eren" in text or (
            "2 of 4 members lose it, and the licenses are free again. Cem Eren, Åse Foss" in text
        )
        assert "2 members keep it: it is also assigned directly or by another group." in text
        assert "left without any license" in text

    @pytest.mark.parametrize("query", ["deed=assign&sku=x", "deed=remove&sku=x", "deed=junk&sku="])
    def test_what_can_not_be_ordered_is_refused(self, page: PageClient, groups: Groups, query: str) -> None:
        page.get(f"{groups.sales}/review?{query}", 422)
        page.get(f"{groups.sales}/assign?sku=x", 404)
        assert page.get(f"{groups.sales}/review", 303).location == groups.sales

    def test_what_the_group_gives_already_or_nobody_can_have_is_refused(
        self, page: PageClient, scene: Scene, groups: Groups
    ) -> None:
        for sku_id in (scene.alpha, scene.gamma):
            page.get(f"{groups.sales}/review?deed=assign&sku={sku_id}", 422)
        page.get(f"{groups.sales}/review?deed=assign&sku={scene.beta}&off=not-its-own", 422)

    def test_a_plan_that_no_longer_holds_is_shown_again(
        self, page: PageClient, scene: Scene, groups: Groups
    ) -> None:
        shown = reviewed(page, groups, "remove", scene.alpha)
        groups.give((scene.alpha, ()), members=(BO, CEM))
        again = page.submit(shown.form("/review"), 422, understood="y")
        assert "The group or its members have changed since." in again.text
        assert "1 of 2 members loses it" in again.text
        assert not groups.orders()


class TestOrdering:
    def test_202_is_not_an_outcome_the_members_are(
        self, page: PageClient, scene: Scene, groups: Groups
    ) -> None:
        scene.tenant.slow = True
        sent = ordered(page, groups, "remove", scene.alpha)
        groups.work(2)
        assert groups.order().state == "processing"
        assert page.get(sent.location).h1 == "Microsoft is working on it"
        scene.tenant.work_off(SALES_GROUP)
        groups.work(2)
        assert groups.order().state == "done"
        assert page.get(sent.location).h1 == "The group gives it no more, and no member has it from the group"
        page.get(groups.sales, 404)
        assert "Assigned directly" in page.get(f"/customers/{scene.customer_id}/users/{BO}").text

    def test_members_that_could_not_be_served_are_counted_by_reason(
        self, page: PageClient, scene: Scene, groups: Groups
    ) -> None:
        groups.run_short(ASE)
        sent = ordered(page, groups, "assign", scene.beta)
        groups.work()
        order = groups.order()
        assert (order.state, order.results["done"], order.results["failed"]) == ("partly", 3, 1)
        shown = page.get(sent.location)
        assert shown.h1 == "3 of 4 members have it from the group"
        assert "1 member: Not enough licenses." in shown.text
        assert [entry.result for entry in audit(scene)] == ["done", "partly"]

    def test_the_same_form_twice_is_one_order_and_a_second_one_waits(
        self, page: PageClient, scene: Scene, groups: Groups
    ) -> None:
        form = reviewed(page, groups, "assign", scene.beta).form("/review")
        assert page.submit(form).location == page.submit(form).location
        assert groups.orders() == 1
        refused = page.submit(
            reviewed(page, groups, "remove", scene.alpha).form("/review"), 409, understood="y"
        )
        assert "is not finished. Wait for it" in refused.text

    def test_a_lost_answer_is_looked_up_and_never_sent_twice_where_it_was_done(
        self, page: PageClient, scene: Scene, groups: Groups
    ) -> None:
        scene.tenant.answers = [LOST_BUT_DONE]
        ordered(page, groups, "remove", scene.alpha)
        groups.work()
        assert (groups.order().state, len(scene.tenant.sent)) == ("done", 1)

    def test_a_lost_answer_that_was_not_done_is_sent_again(
        self, page: PageClient, scene: Scene, groups: Groups
    ) -> None:
        scene.tenant.answers = [LOST]
        ordered(page, groups, "remove", scene.alpha)
        groups.work(1)
        assert groups.order().state == "sent"
        groups.work()
        assert (groups.order().state, len(scene.tenant.sent)) == ("done", 2)

    def test_what_stays_lost_ends_unknown(self, page: PageClient, scene: Scene, groups: Groups) -> None:
        scene.tenant.answers = [LOST] * 9
        sent = ordered(page, groups, "remove", scene.alpha)
        groups.work(2)
        with time_machine.travel(clock.now() + timedelta(minutes=16), tick=False):
            groups.work(1)
            assert groups.order().state == "unknown"
            assert page.get(sent.location).h1 == "It is not known what became of it"

    def test_what_is_not_worked_off_within_a_day_ends_unknown(
        self, page: PageClient, scene: Scene, groups: Groups
    ) -> None:
        scene.tenant.slow = True
        ordered(page, groups, "remove", scene.alpha)
        groups.work(2)
        with time_machine.travel(clock.now() + timedelta(hours=25), tick=False):
            groups.work(1)
            assert (groups.order().state, groups.order().reason) == ("unknown", "not_worked_off")
        assert "4 members" in page.get(groups.sales).text, "what was not read is not taken for nothing"

    @pytest.mark.parametrize(
        ("answer", "reason"),
        [
            (Answer(Verdict.FAILED, Reason.NOT_OWNED, "License … no valid company License."), "not_owned"),
            (Answer(Verdict.FAILED, Reason.USER_GONE, "Resource … does not exist"), "group_gone"),
        ],
    )
    def test_a_refusal_is_told_with_microsofts_own_text(
        self, page: PageClient, scene: Scene, groups: Groups, answer: Answer, reason: str
    ) -> None:
        scene.tenant.answers = [answer]
        sent = ordered(page, groups, "assign", scene.beta)
        groups.work()
        assert (groups.order().state, groups.order().reason) == ("failed", reason)
        shown = page.get(sent.location)
        assert shown.h1 == "Nothing was changed"
        assert str(answer.message) in shown.text

    def test_throttled_waits_and_asks_again(self, page: PageClient, scene: Scene, groups: Groups) -> None:
        scene.tenant.answers = [Answer(Verdict.THROTTLED, Reason.BUSY, retry_after=1)]
        ordered(page, groups, "remove", scene.alpha)
        groups.work(1)
        assert groups.order().state == "waiting"
        groups.work()
        assert groups.order().state == "done"

    def test_somebody_elses_change_in_between_is_not_overwritten(
        self, page: PageClient, scene: Scene, groups: Groups
    ) -> None:
        ordered(page, groups, "assign", scene.beta)
        groups.tenant.groups[SALES_GROUP] = groups.tenant.groups[SALES_GROUP].__class__(
            SALES_GROUP, "Sales", ((scene.alpha, (CALLS,)),)
        )
        groups.work()
        assert (groups.order().state, groups.order().reason) == ("failed", "changed")
        assert not scene.tenant.sent

    def test_whoever_lost_the_right_meanwhile_orders_nothing(
        self, page: PageClient, scene: Scene, groups: Groups
    ) -> None:
        ordered(page, groups, "remove", scene.alpha)
        scene.cast.admin.roles.clear()
        scene.session.commit()
        groups.work()
        assert (groups.order().state, groups.order().reason) == ("failed", "role_lost")
        assert not scene.tenant.sent

    def test_access_that_ends_after_sending_leaves_it_unknown(
        self, page: PageClient, scene: Scene, groups: Groups, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        scene.tenant.slow = True
        ordered(page, groups, "remove", scene.alpha)
        groups.work(1)

        def denied(*_args: object) -> None:
            raise AccessDenied(403, "Authorization_RequestDenied", "Insufficient privileges")

        monkeypatch.setattr(scene.tenant, "find_group", denied)
        groups.work(1)
        assert (groups.order().state, groups.order().reason) == ("unknown", "no_rights")

    @pytest.mark.parametrize(("state", "outcome"), [("waiting", "failed"), ("sent", "unknown")])
    def test_a_job_out_of_attempts_ends_the_order_truthfully(
        self, page: PageClient, scene: Scene, groups: Groups, state: str, outcome: str
    ) -> None:
        ordered(page, groups, "remove", scene.alpha)
        order = groups.order()
        order.state = state
        job = scene.session.scalars(select(Job).where(Job.kind == "group-order")).one()
        on_failed(scene.session, job)
        assert order.state == outcome
        on_restored(scene.session, job)
        assert order.state == outcome, "an order that ended is not ended again"

    def test_a_customer_that_grants_reading_alone_is_not_changed(
        self, page: PageClient, scene: Scene, groups: Groups
    ) -> None:
        scene.cast.fjord.access_roles = []
        scene.session.commit()
        assert "Assign licenses" not in page.get(groups.sales).text
        form = reviewed(page, groups, "remove", scene.alpha).form("/review")
        assert "lacks the License Administrator role" in page.submit(form, 403, understood="y").text
        scene.cast.fjord.access_roles = ["fdd7a751-b60b-444a-984c-02652fe8fa1c"]
        scene.session.commit()
        assert "Tick that you understand what is lost." in page.submit(form, 422).text
        page.submit(form, understood="y")

    def test_guests_in_the_group_are_a_global_admins(
        self, page: PageClient, scene: Scene, groups: Groups
    ) -> None:
        graph_id = scene.graph_ids[ASE]

        scene.tenant.users[graph_id] = replace(scene.tenant.users[graph_id], user_type="Guest")
        scene.sync()
        page.submit(reviewed(page, groups, "assign", scene.beta).form("/review"), 403)
        page.sign_in(scene.cast.global_admin)
        page.submit(reviewed(page, groups, "assign", scene.beta).form("/review"))


def test_a_line_that_is_down_costs_an_attempt_and_no_truth(
    page: PageClient, scene: Scene, groups: Groups, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_args: object) -> None:
        raise Unreachable("Microsoft did not answer in time.")

    with monkeypatch.context() as away:
        away.setattr(scene.tenant, "find_group", down)
        ordered(page, groups, "remove", scene.alpha)
        groups.work(1)
    assert groups.order().state == "waiting"
    groups.work()
    assert groups.order().state == "done"


def audit(scene: Scene) -> list[AuditEntry]:
    scene.session.rollback()
    wanted = select(AuditEntry).where(AuditEntry.action.like("group_order%")).order_by(AuditEntry.id)
    return list(scene.session.scalars(wanted))
