"""Licences promised to a change under way are shown as such, and offered to nobody else."""

from __future__ import annotations

from dataclasses import replace

import pytest

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
    assert f"3 2 0 {ONE}" in row


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
