"""**Take over**: what a user bought is marked and locked, until it is the organization's (S2.7)."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from partner_center.audit.models import AuditEntry
from partner_center.cloud.port import RemoteSubscription
from partner_center.directory import mirror
from partner_center.shared import clock
from tests.make import guid
from tests.page import PageClient
from tests.web.changes.scene import ZOE, Scene
from tests.web.licenses.conftest import Licenses


@pytest.fixture(autouse=True)
def connected(app: Flask, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.extensions, "cloud", scene.tenant)


def buy(scene: Scene, *, beside: bool = False) -> None:
    """Have a user of Fjord buy Alpha; `beside` a subscription that the partner sells."""
    scene.tenant.behind = [RemoteSubscription(guid("own"), scene.alpha, "Enabled", 10, False, True, None)]
    if beside:
        sold = RemoteSubscription(guid("sold"), scene.alpha, "Enabled", 5, False, False, None)
        scene.tenant.behind.append(sold)
    mirror.store_subscriptions(scene.session, scene.customer_id, scene.tenant.behind, clock.now())
    scene.session.commit()


@pytest.fixture
def bought(scene: Scene, licenses: Licenses) -> Licenses:
    buy(scene)
    return licenses


def deeds(scene: Scene) -> list[tuple[str, str]]:
    scene.session.rollback()
    entries = scene.session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    return [(one.action, one.details.get("state", "")) for one in entries if "takeover" in one.action]


def test_s2_7_it_is_marked_and_leads_to_take_over_wherever_it_stands(
    page: PageClient, scene: Scene, bought: Licenses
) -> None:
    pages = (bought.path, f"{bought.path}/subscriptions", bought.product, bought.assign, scene.manage)
    users = f"/customers/{scene.customer_id}"
    for address in (*pages, f"{users}/users/{ZOE}", f"{users}/selected/licenses"):
        shown = page.get(address)
        assert "ought by a user" in shown.text, address
        assert shown.link("Take over — Alpha Suite").endswith(f"{scene.alpha}/take-over"), address


def test_s2_7_it_can_not_be_assigned_or_unassigned_before(
    page: PageClient, scene: Scene, bought: Licenses
) -> None:
    assert not page.get(bought.assign).all("form", id="assign")
    assert not page.get(bought.product).all("button", value="unassign")
    assert not page.get(scene.manage).all("input", name=f"op-{scene.alpha}")
    assert page.get(scene.manage).all("input", name=f"op-{scene.beta}")


def test_s2_7_taken_over_it_behaves_as_any_other(page: PageClient, scene: Scene, bought: Licenses) -> None:
    asked = page.get(f"{bought.product}/take-over")
    assert "The person who bought it no longer manages it." in asked.text
    shown = page.follow(page.submit(asked.form("/take-over")))
    assert "It can be assigned like any other." in shown.html
    assert "ought by a user" not in shown.text
    assert page.get(bought.assign).all("form", id="assign")
    assert page.get(bought.product).all("button", value="unassign")
    assert deeds(scene) == [("takeover_asked", ""), ("takeover_finished", "done")]


def test_a_refusal_is_told_and_kept(page: PageClient, scene: Scene, bought: Licenses) -> None:
    scene.tenant.keeps = True
    refused = page.submit(page.get(f"{bought.product}/take-over").form("/take-over"), 409)
    assert "Microsoft did not take it over." in refused.text
    assert "Bought by a user" in page.get(bought.path).text
    assert deeds(scene) == [("takeover_asked", ""), ("takeover_finished", "failed")]


def test_who_may_not_buy_reads_who_can(page: PageClient, scene: Scene, bought: Licenses) -> None:
    page.sign_in(scene.cast.helpdesk)
    shown = page.get(f"{bought.product}/take-over")
    assert "They can:" in shown.text
    assert not [f for f in shown.all("form") if "take-over" in f.attrs.get("action", "")]
    page.post(f"{bought.product}/take-over", {}, status=403)
    assert deeds(scene) == []


def test_beside_a_sold_one_only_the_bought_one_is_taken_over(
    page: PageClient, scene: Scene, licenses: Licenses
) -> None:
    buy(scene, beside=True)
    assert page.get(licenses.assign).all("form", id="assign"), "the sold one can be assigned all along"
    page.submit(page.get(f"{licenses.product}/take-over").form("/take-over"))
    assert deeds(scene) == [("takeover_asked", ""), ("takeover_finished", "done")]


def test_with_nothing_to_take_over_it_says_so(page: PageClient, licenses: Licenses) -> None:
    assert "There is nothing to take over" in page.get(f"{licenses.product}/take-over").text
    page.post(f"{licenses.product}/take-over", {}, status=409)
