"""Short of licenses: bought, given to the first, given as another product, or left out; then saved."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pyroaring import BitMap
from sqlalchemy import select

from partner_center.changes.models import ChangeEntry
from partner_center.directory import selection
from partner_center.staff.queries import actor_of
from tests.make import Make, guid
from tests.page import Page, PageClient
from tests.web.changes.conftest import Submit
from tests.web.changes.scene import ANNA, ASE, CEM, Scene

DRAW = guid("plan draw")
PLANS = ({"id": DRAW, "name": "DRAW", "applies_to": "User", "status": "Success"},)
BELLS = ({"id": guid("plan bells"), "name": "BELLS", "applies_to": "User", "status": "Success"},)


@pytest.fixture
def beta(scene: Scene) -> str:
    """One Beta is left; it has one service."""
    scene.tenant.stock[scene.beta] = replace(scene.tenant.stock[scene.beta], enabled=3, plans=PLANS)
    departments = {ANNA: "Zebra", CEM: "Apes"}
    for number, department in departments.items():
        user = scene.tenant.users[scene.graph_ids[number]]
        scene.tenant.users[user.graph_id] = replace(user, department=department)
    scene.sync()
    return scene.beta


def decide(page: PageClient, scene: Scene, shown: Page, **values: str) -> Page:
    """The plan as it comes of the decision."""
    again = page.follow(page.submit(shown.form("/save"), understood="y", **values))
    assert "The plan below is what you decided. Check it, then save." in again.text
    assert not again.all("fieldset", id=f"short-{scene.beta}"), "it is short no longer"
    assert scene.tenant.calls == [], "nothing is sent by deciding"
    return again


def save(page: PageClient, scene: Scene, again: Page) -> Page:
    """Saved, done, and nobody failed for lack of a licence."""
    address = page.submit(again.form("/save"), understood="y").location
    scene.work()
    result = page.get(address)
    assert result.h1 == "Licenses updated", result.text[:400]
    reasons = set(scene.session.scalars(select(ChangeEntry.reason)))
    assert reasons == {None}
    return result


def holders(scene: Scene, sku_id: str) -> set[int]:
    return {
        number
        for number, graph_id in scene.graph_ids.items()
        if sku_id in {one.sku_id for one in scene.tenant.users[graph_id].licenses}
    }


def test_the_shortage_is_bought_and_the_change_goes_on(
    page: PageClient, scene: Scene, beta: str, submit: Submit
) -> None:
    page.sign_in(scene.cast.admin)
    shown = page.follow(submit(ANNA, CEM, member=scene.cast.admin, beta="assign"))
    start = page.get(shown.link("Buy 1 more — Beta Suite"))
    confirm = page.submit(start.form("/purchases/new"), 200, button="Continue")
    page.submit(confirm.form("/purchases/new"))
    scene.work()
    change = page.get(shown.form("/save").attrs["action"].removesuffix("/save"))
    assert "license short" not in change.text
    save(page, scene, change)
    assert holders(scene, beta) >= {ANNA, CEM}


@pytest.mark.parametrize(
    ("order", "gets", "goes_without"),
    [("name", ANNA, "Cem"), ("department", CEM, "Anna"), ("picked", CEM, "Anna")],
)
def test_it_goes_to_the_first_in_the_order_that_was_chosen(
    page: PageClient, scene: Scene, beta: str, *, order: str, gets: int, goes_without: str
) -> None:
    actor = actor_of(scene.cast.helpdesk)
    for number in (CEM, ANNA):
        selection.change(scene.session, actor, scene.customer_id, add=BitMap([number]))
    scene.session.commit()
    form = page.get(scene.manage).form(scene.manage)
    shown = page.follow(page.submit(form, go="save", **{f"op-{scene.beta}": "assign"}))
    assert "Give it to the first 1 of 2 users. Nothing is revoked from the others." in shown.text
    again = decide(page, scene, shown, **{f"short-{beta}": "first", f"order-{beta}": order})
    left_out = again.one("section", aria_labelledby="left-out-head").text
    assert "Beta Suite: 1 user does not get it, and nothing is revoked from them:" in left_out
    assert goes_without in left_out
    save(page, scene, again)
    assert holders(scene, beta) & {ANNA, CEM} == {gets}


def test_who_goes_without_loses_nothing_by_a_swap(
    page: PageClient, scene: Scene, beta: str, submit: Submit
) -> None:
    cem, anna = (scene.tenant.users[scene.graph_ids[number]] for number in (CEM, ANNA))
    scene.tenant.users[cem.graph_id] = replace(cem, licenses=anna.licenses)
    scene.sync()
    shown = page.follow(submit(ANNA, CEM, alpha="revoke", beta="assign"))
    again = decide(page, scene, shown, **{f"short-{beta}": "first"})
    save(page, scene, again)
    assert ANNA in holders(scene, beta)
    assert ANNA not in holders(scene, scene.alpha)
    assert CEM not in holders(scene, beta)
    assert CEM in holders(scene, scene.alpha)


def test_another_product_with_the_same_services_is_given_to_the_rest(
    page: PageClient, scene: Scene, make: Make, beta: str, submit: Submit
) -> None:
    other = make.product("Delta", "Delta Suite")
    scene.tenant.stock[other] = make.sku(other, enabled=5, part_number="DELTA", plans=PLANS + BELLS)
    poor = make.product("Poor", "Poor Suite")
    scene.tenant.stock[poor] = make.sku(poor, enabled=5, part_number="POOR", plans=BELLS)
    scene.sync()
    shown = page.follow(submit(ANNA, CEM, beta="assign"))
    problem = shown.one("fieldset", id=f"short-{beta}").text
    assert "Give the 1 remaining user Delta Suite instead: 5 available, the same services" in problem
    assert "It also has: BELLS" in problem
    assert "Poor Suite" not in problem
    again = decide(page, scene, shown, **{f"short-{beta}": f"other:{other}"})
    save(page, scene, again)
    assert holders(scene, beta) & {ANNA, CEM} == {ANNA}
    assert holders(scene, other) == {CEM}


def test_another_product_that_is_gone_meanwhile_is_refused_and_nothing_is_sent(
    page: PageClient, scene: Scene, make: Make, beta: str, submit: Submit
) -> None:
    other = make.product("Delta", "Delta Suite")
    scene.tenant.stock[other] = make.sku(other, enabled=1, part_number="DELTA", plans=PLANS)
    scene.sync()
    shown = page.follow(submit(ANNA, CEM, beta="assign"))
    scene.tenant.stock[other] = make.sku(other, enabled=0, part_number="DELTA", plans=PLANS)
    scene.sync()
    again = page.submit(shown.form("/save"), 422, **{f"short-{beta}": f"other:{other}"})
    assert "Choose what happens with Beta Suite." in again.text
    assert scene.tenant.calls == []


def test_leaving_it_out_leaves_nobody_short(
    page: PageClient, scene: Scene, beta: str, submit: Submit
) -> None:
    shown = page.follow(
        submit(
            ASE, CEM, alpha="assign", beta="assign", **{"location-scope": "missing", "location-value": "NO"}
        )
    )
    again = decide(page, scene, shown, **{f"short-{beta}": "out"})
    save(page, scene, again)
    assert holders(scene, beta).isdisjoint({ASE, CEM})
    assert ASE in holders(scene, scene.alpha)


@pytest.mark.parametrize("value", ["", "first:x", "other:", "other:x", "anything"])
def test_what_was_not_offered_is_not_decided(
    page: PageClient, scene: Scene, beta: str, submit: Submit, value: str
) -> None:
    shown = page.follow(submit(ANNA, CEM, beta="assign"))
    again = page.submit(shown.form("/save"), 422, **{f"short-{beta}": value})
    assert "Choose what happens with Beta Suite." in again.text
