"""Moving members from direct to group: nobody without the group's license, no service and no seat lost."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select

from partner_center.changes.models import Change
from tests.page import Page, PageClient
from tests.web.changes.scene import ANNA, ASE, BO, CALLS, Scene
from tests.web.groups.conftest import Groups


def chosen(page: PageClient, groups: Groups) -> Page:
    return page.get(page.get(groups.sales).link("Move to the group — Alpha Suite"))


def test_members_with_both_are_moved_through_review(page: PageClient, scene: Scene, groups: Groups) -> None:
    shown = chosen(page, groups)
    assert "2 members have it from the group, with every service." in shown.text
    review = page.follow(page.submit(shown.form("/move")))
    assert review.h1 == "Review changes"
    assert "2 to revoke" in review.text
    assert "What is lost" not in review.text
    page.submit(review.form("/save"))
    scene.work()
    assert {call.remove for call in scene.tenant.calls} == {(scene.alpha,)}
    assert {call.graph_id for call in scene.tenant.calls} == {scene.graph_ids[ANNA], scene.graph_ids[BO]}


def test_who_would_lose_a_service_is_left_out_and_named(
    page: PageClient, scene: Scene, groups: Groups
) -> None:
    groups.lose_direct_service(BO, CALLS)
    shown = chosen(page, groups)
    assert "1 member has it from the group" in shown.text
    left = shown.one("section", **{"aria-labelledby": "left-head"}).text
    assert "1 member would lose services that the group has off" in left
    assert "Bo" in left
    page.submit(shown.form("/move"))
    scene.session.rollback()
    assert scene.session.scalars(select(Change.user_total)).one() == 1


def test_who_has_it_not_from_the_group_is_left_out(page: PageClient, scene: Scene, groups: Groups) -> None:
    user = scene.tenant.users[scene.graph_ids[BO]]
    direct = tuple(replace(one, groups=()) for one in user.licenses)
    scene.tenant.users[scene.graph_ids[BO]] = replace(user, licenses=direct)
    scene.sync()
    left = chosen(page, groups).one("section", **{"aria-labelledby": "left-head"}).text
    assert "1 member does not have it from the group (yet)." in left
    assert "Bo" in left


def test_who_loses_the_groups_license_between_review_and_sending_keeps_the_direct_one(
    page: PageClient, scene: Scene, groups: Groups
) -> None:
    review = page.follow(page.submit(chosen(page, groups).form("/move")))
    page.submit(review.form("/save"))
    user = scene.tenant.users[scene.graph_ids[BO]]
    scene.tenant.users[user.graph_id] = replace(
        user, licenses=tuple(replace(one, groups=()) for one in user.licenses)
    )
    scene.work()
    assert not scene.tenant.calls, "what was reviewed no longer holds: nothing is sent"
    scene.session.rollback()
    assert scene.session.scalars(select(Change.state)).one() == "review_again"


def test_nobody_to_move_is_said(page: PageClient, scene: Scene, groups: Groups) -> None:
    groups.give((scene.alpha, ()), members=(ASE,))
    shown = page.get(f"{groups.sales}/move?sku={scene.alpha}")
    assert "Nobody can be moved now." in shown.text
    page.submit(shown.form("/move"), 409)
    page.get(f"{groups.sales}/move?sku={scene.beta}", 404)


def test_an_ordinary_revoke_tells_which_services_only_the_direct_license_has_on(
    page: PageClient, scene: Scene, groups: Groups
) -> None:
    groups.lose_direct_service(BO, CALLS)
    scene.select(scene.cast.admin, BO)
    form = page.get(scene.manage).form(scene.manage)
    review = page.follow(page.submit(form, go="save", **{f"op-{scene.alpha}": "revoke"}))
    assert "Turn off" in review.text
