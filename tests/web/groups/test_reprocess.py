"""Trying members again: each has an outcome of their own, and Microsoft's own reason."""

from __future__ import annotations

from partner_center.cloud.port import Answer, Reason, Verdict
from tests.page import PageClient
from tests.web.changes.scene import ASE, BO, CEM, Scene
from tests.web.groups.conftest import Groups

LOST = Answer(Verdict.UNKNOWN, Reason.BUSY)


class TestReprocessing:
    def test_each_member_has_an_outcome_and_microsofts_reason(
        self, page: PageClient, scene: Scene, groups: Groups
    ) -> None:
        groups.run_short(ASE, CEM)
        groups.give((scene.alpha, ()))
        groups.run_short(ASE)
        sent = page.submit(page.get(groups.sales).form("/reprocess"), member="all")
        groups.work()
        order = groups.order()
        assert (order.state, order.results["done"], order.results["failed"]) == ("partly", 1, 1)
        shown = page.get(sent.location)
        assert shown.h1 == "1 of 2 members has it from the group"
        assert "Has the licenses of the group now" in shown.text
        assert "does not have any available licenses" in shown.text
        assert "1 of 4 members has an error" in page.get(groups.sales).text

    def test_a_lost_answer_is_looked_up(self, page: PageClient, scene: Scene, groups: Groups) -> None:
        groups.run_short(CEM)
        groups.give((scene.alpha, ()))
        groups.run_short()
        scene.tenant.answers = [LOST]
        page.submit(page.get(groups.sales).form("/reprocess"), member=str(CEM))
        groups.work()
        assert (groups.order().state, len(scene.tenant.reprocessed)) == ("done", 2)

    def test_lost_again_and_again_is_unknown(self, page: PageClient, scene: Scene, groups: Groups) -> None:
        groups.run_short(CEM)
        groups.give((scene.alpha, ()))
        scene.tenant.answers = [LOST] * 3
        page.submit(page.get(groups.sales).form("/reprocess"), member=str(CEM))
        groups.work()
        assert groups.order().state == "unknown"

    def test_whoever_has_no_error_is_not_tried(self, page: PageClient, groups: Groups) -> None:
        page.post(f"{groups.sales}/reprocess", {"key": "k", "member": str(BO)}, 409)
        page.post(f"{groups.sales}/reprocess", {"key": "k", "member": "9" * 40}, 409)
        page.post(f"{groups.sales}/reprocess", {"member": "all"}, 422)
        assert not groups.orders()

    def test_it_is_asked_again_whether_users_may_be_changed(
        self, page: PageClient, scene: Scene, groups: Groups
    ) -> None:
        groups.run_short(CEM)
        groups.give((scene.alpha, ()))
        page.submit(page.get(groups.sales).form("/reprocess"), member=str(CEM))
        scene.cast.fjord.access_roles = ["fdd7a751-b60b-444a-984c-02652fe8fa1c"]  # Groups Administrator
        scene.session.commit()
        groups.work()
        assert (groups.order().state, groups.order().reason) == ("failed", "access_lost")
        assert not scene.tenant.reprocessed
