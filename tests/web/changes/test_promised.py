"""Licences promised to a change under way are shown as such, and offered to nobody else."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select

from partner_center.purchasing.models import SeatOrder
from partner_center.purchasing.states import OrderState
from tests.page import PageClient
from tests.web.changes.conftest import Submit
from tests.web.changes.scene import ANNA, CEM, Scene

ONE = "1 more is promised to a running change"


@pytest.fixture
def scarce(scene: Scene, submit: Submit) -> Scene:
    """One Beta is left, and Anna's change, not begun yet, will use it."""
    scene.tenant.stock[scene.beta] = replace(scene.tenant.stock[scene.beta], enabled=3)
    scene.sync()
    submit(ANNA, beta="assign")
    return scene


def test_manage_licenses_shows_none_left_and_why(page: PageClient, scarce: Scene) -> None:
    scarce.select(scarce.cast.helpdesk, CEM)
    beta = page.get(scarce.manage).one("tbody", id=f"p-{scarce.beta}").text
    assert f"None left {ONE}" in beta
    assert ONE not in page.get(scarce.manage).one("tbody", id=f"p-{scarce.alpha}").text


def test_the_overview_counts_it_as_gone(page: PageClient, scarce: Scene) -> None:
    row = page.get(f"/customers/{scarce.customer_id}").one("tr", id=f"p-{scarce.beta}").text
    assert f"2 of 3 0 of 3 available {ONE}" in row


def test_licenses_and_the_products_page_offer_it_to_nobody_else(page: PageClient, scarce: Scene) -> None:
    listed = page.get(f"/customers/{scarce.customer_id}/licenses")
    assert f"0 of 3 available {ONE}" in listed.one("tr", id=f"p-{scarce.beta}").text
    assert ONE not in listed.one("tr", id=f"p-{scarce.alpha}").text
    product = page.get(f"/customers/{scarce.customer_id}/licenses/{scarce.beta}")
    assert f"0 of 3 available {ONE} 2 assigned" in product.text


def test_who_buys_more_sees_what_is_really_left(
    page: PageClient, scarce: Scene, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.extensions, "cloud", scarce.tenant)
    page.sign_in(scarce.cast.sales)
    path = f"/customers/{scarce.customer_id}/purchases/new"
    shown = page.get(path, query_string={"sku": scarce.beta, "add": "1"})
    assert f"Purchased 3 Assigned 2 Available 0 {ONE}" in shown.text
    asked = page.submit(shown.form(path), 200, button="Continue")
    placed = page.submit(asked.form(path), 303)
    scarce.session.rollback()
    order = scarce.session.scalars(select(SeatOrder)).one()
    order.state = OrderState.DONE  # one that is not is waited for
    scarce.session.commit()
    done = page.follow(placed)
    assert f"0 licenses are available now. {ONE}." in done.text


def test_review_tells_who_comes_later_before_they_save(
    page: PageClient, scarce: Scene, submit: Submit
) -> None:
    shown = page.follow(submit(CEM, beta="assign"))
    assert shown.h1 == "Review changes"
    problem = shown.one("fieldset", id=f"short-{scarce.beta}").text
    assert "Beta Suite: 1 license short. Needed: 1. Available: 0." in problem
    assert f"{ONE}." in problem


def test_a_finished_change_promises_nothing(page: PageClient, scarce: Scene) -> None:
    scarce.work()
    assert "promised" not in page.get(f"/customers/{scarce.customer_id}").text
