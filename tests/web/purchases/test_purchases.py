"""**Buy more**: what it commits to before, what became of it after, and who may not."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from partner_center.audit.models import AuditEntry
from partner_center.cloud.errors import Unreachable
from partner_center.purchasing.models import SeatOrder
from tests.make import guid
from tests.page import Page, PageClient
from tests.web.changes.scene import Scene, sold


def new(scene: Scene) -> str:
    return f"/customers/{scene.customer_id}/purchases/new"


def back(scene: Scene) -> str:
    return f"{scene.manage}#p-{scene.beta}"


def start(page: PageClient, scene: Scene, **asked: Any) -> Page:
    query = {"sku": scene.beta, "add": "8", "return": back(scene), **asked}
    return page.get(new(scene), query_string=query)


def confirm(page: PageClient, scene: Scene, **asked: Any) -> Page:
    return page.submit(start(page, scene, **asked).form(new(scene)), 200, button="Continue")


def orders(scene: Scene) -> list[SeatOrder]:
    scene.session.rollback()
    return list(scene.session.scalars(select(SeatOrder)).all())


class TestChoosing:
    def test_shows_the_subscription_and_the_shortage_filled_in(self, page: PageClient, scene: Scene) -> None:
        shown = start(page, scene)
        assert shown.h1 == "Buy more licenses"
        assert shown.one("input", id="add").attrs["value"] == "8"
        assert "Beta Suite 2 licenses now · term of one year · term ends 30 Jun 2027" in shown.text
        assert "checked" in shown.one("input", name="subscription").attrs

    def test_of_several_subscriptions_one_must_be_chosen(self, page: PageClient, scene: Scene) -> None:
        scene.tenant.sold.append(sold("Beta Suite yearly", scene.beta, 5))
        shown = page.submit(start(page, scene).form(new(scene)), 200, button="Continue")
        assert "Choose the subscription that shall grow." in shown.text
        chosen = scene.tenant.sold[-1].subscription_id
        asked = page.submit(shown.form(new(scene)), 200, button="Continue", subscription=chosen)
        assert "5 → 13 licenses (8 more)" in asked.text

    @pytest.mark.parametrize("number", ["", "0", "-3", "1.5", "x", "100001", "9" * 400, "٣"])
    def test_a_number_that_can_not_be_bought_is_asked_for_again(
        self, page: PageClient, scene: Scene, number: str
    ) -> None:
        shown = page.submit(start(page, scene).form(new(scene)), 200, button="Continue", add=number)
        assert "Enter a number from 1 to 100,000." in shown.text

    def test_a_product_bought_elsewhere_says_so(self, page: PageClient, scene: Scene) -> None:
        scene.tenant.sold.clear()
        shown = start(page, scene)
        assert "No subscription of ours can grow" in shown.text
        assert shown.link("Back") == back(scene)

    def test_an_unknown_product_is_not_found(self, page: PageClient, scene: Scene) -> None:
        page.get(new(scene), 404, query_string={"sku": guid("sku nowhere")})
        page.get(new(scene), 404)

    def test_partner_center_out_of_reach_is_said_and_nothing_is_lost(
        self, page: PageClient, scene: Scene, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(tenant_id: str) -> None:
            raise Unreachable("no answer")

        monkeypatch.setattr(scene.tenant, "commerce_subscriptions", fail)
        shown = page.get(new(scene), 503, query_string={"sku": scene.beta})
        assert "Partner Center can't be reached now." in shown.text

    @pytest.mark.parametrize("away", ["https://evil.example/", "//evil.example", "/\\evil.example"])
    def test_the_way_back_never_leaves_the_site(self, page: PageClient, scene: Scene, away: str) -> None:
        shown = start(page, scene, **{"return": away})
        assert shown.link("Cancel") == f"/customers/{scene.customer_id}"


class TestConfirming:
    def test_says_the_new_total_and_what_it_commits_to(self, page: PageClient, scene: Scene) -> None:
        shown = confirm(page, scene)
        assert "Nothing is bought yet." in shown.text
        assert "2 → 10 licenses (8 more)" in shown.text
        assert "until the term ends on 30 Jun 2027" in shown.text
        assert "They can be returned until" in shown.text
        assert shown.one("button", class_="btn btn-primary").text == "Buy 8 licenses"
        assert scene.tenant.orders == []

    def test_the_order_raises_the_total_and_leads_back_to_the_row(
        self, page: PageClient, scene: Scene
    ) -> None:
        sent = page.submit(confirm(page, scene).form(new(scene)))
        assert "Buying licenses…" in page.follow(sent).h1
        scene.work()
        shown = page.follow(sent)
        assert shown.h1 == "8 licenses added"
        assert "2 → 10" in shown.text
        assert shown.link("Back to your change") == back(scene)
        assert [(order, total) for order, total, _ in scene.tenant.orders] == [
            (scene.tenant.sold[1].subscription_id, 10)
        ]

    def test_a_second_click_buys_once(self, page: PageClient, scene: Scene) -> None:
        form = confirm(page, scene).form(new(scene))
        assert page.submit(form).location == page.submit(form).location
        assert len(orders(scene)) == 1

    def test_another_order_while_one_is_under_way_is_refused(self, page: PageClient, scene: Scene) -> None:
        page.submit(confirm(page, scene).form(new(scene)))
        shown = page.submit(confirm(page, scene).form(new(scene)), 409)
        assert "is not finished" in shown.text
        assert len(orders(scene)) == 1

    @pytest.mark.parametrize(
        "tampered",
        [
            {"subscription": guid("somebody else's")},
            {"add": "0"},
            {"add": "5000000"},
            {"key": ""},
            {"key": "k" * 65},
        ],
    )
    def test_a_tampered_form_buys_nothing(
        self, page: PageClient, scene: Scene, tampered: dict[str, str]
    ) -> None:
        page.submit(confirm(page, scene).form(new(scene)), 422, **tampered)
        assert orders(scene) == []


class TestDoors:
    def test_who_may_not_buy_reads_who_can(self, page: PageClient, scene: Scene) -> None:
        page.sign_in(scene.cast.helpdesk)
        shown = start(page, scene)
        assert shown.h1 == "Who can buy licenses"
        assert "Sara Sales" in shown.text
        assert "Håkon Helpdesk" not in shown.text
        assert shown.link("Back") == back(scene)

    def test_who_may_not_buy_is_refused_and_the_audit_keeps_it(self, page: PageClient, scene: Scene) -> None:
        form = confirm(page, scene).form(new(scene))
        page.sign_in(scene.cast.user_admin)
        shown = page.submit(form, 403, csrf_token=page.token())
        assert "Your role does not allow this: Buy licenses." in shown.text
        assert orders(scene) == []
        assert "refused" in scene.session.scalars(select(AuditEntry.action)).all()

    def test_a_stranger_and_another_customer_find_nothing(self, page: PageClient, scene: Scene) -> None:
        sent = page.submit(confirm(page, scene).form(new(scene)))
        page.get(sent.location.replace(f"/{scene.customer_id}/", f"/{scene.cast.anatolia.id}/"), 404)
        page.sign_in(scene.cast.stranger)
        page.get(sent.location, 404)
        page.get(new(scene), 404)
        page.post(new(scene), {}, 404)

    def test_other_methods_are_refused(self, page: PageClient, scene: Scene) -> None:
        assert page.client.delete(new(scene)).status_code in {400, 405}
        assert page.client.post(new(scene).replace("new", "OR-NOWHERE")).status_code in {400, 405}
        page.get(new(scene).replace("new", "OR-NOWHERE"), 404)
