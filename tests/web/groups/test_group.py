"""**Groups** and a group's page: what it gives, who is in it, who has an error and what to do (S3.7)."""

from __future__ import annotations

from dataclasses import replace

from partner_center.cloud.port import RemoteGroup, RemoteLicense
from partner_center.directory import mirror
from tests.make import guid
from tests.page import PageClient
from tests.web.changes.scene import ANNA, ASE, BO, CALLS, CEM, SALES_GROUP, Scene
from tests.web.groups.conftest import Groups


def test_the_list_tells_what_each_group_gives_and_how_many_have_an_error(
    page: PageClient, scene: Scene, groups: Groups
) -> None:
    groups.run_short(ASE)
    groups.give((scene.alpha, (CALLS,)))
    shown = page.get(groups.path)
    assert shown.rows == [["Sales", "Alpha Suite (1 service off)", "4 members 1 of 4 members has an error"]]
    assert page.get(shown.link("Sales")).h1 == "Sales"


def test_the_menu_leads_there_from_every_page_of_the_customer(page: PageClient, groups: Groups) -> None:
    shown = page.get(f"/customers/{groups.scene.customer_id}")
    assert page.get(shown.link("Groups")).h1 == "Groups"


def test_a_customer_without_such_groups_is_told_how_they_come(page: PageClient, scene: Scene) -> None:
    mirror.store_groups(scene.session, scene.customer_id, [])
    scene.session.commit()
    assert "No group gives licenses" in page.get(f"/customers/{scene.customer_id}/groups").text


def test_members_have_a_state_and_an_error_is_explained(
    page: PageClient, scene: Scene, groups: Groups
) -> None:
    groups.run_short(ASE)
    groups.give((scene.alpha, ()))
    shown = page.get(groups.sales)
    states = {row[0].split()[0]: row[1] for row in shown.rows if len(row) == 4 and "@" in row[0]}
    assert states == {"Anna": "Active", "Bo": "Active", "Cem": "Active", "Åse": "Error"}
    assert "Alpha Suite : Not enough licenses. Buy more, or take the license" in shown.text
    assert "3 members have it directly" not in shown.text
    assert "2 members have it directly as well" in shown.text
    only = page.get(f"{groups.sales}?show=errors")
    assert [row[0].split()[0] for row in only.rows if "@" in row[0]] == ["Åse"]


def test_a_consequence_is_told_apart_from_its_cause(page: PageClient, scene: Scene, groups: Groups) -> None:
    graph_id = scene.graph_ids[CEM]
    user = scene.tenant.users[graph_id]
    troubles = ((scene.alpha, "Other"), (scene.beta, "MutuallyExclusiveViolation"))

    failing = tuple(
        RemoteLicense(sku, False, (), (), error, ((SALES_GROUP, error),)) for sku, error in troubles
    )
    scene.tenant.users[graph_id] = replace(user, licenses=failing)
    scene.tenant.groups[SALES_GROUP] = RemoteGroup(
        SALES_GROUP, "Sales", ((scene.alpha, ()), (scene.beta, ()))
    )
    scene.sync()
    text = page.get(f"{groups.sales}?show=errors").text
    assert "Alpha Suite : Another license of the same group failed." in text
    assert "Beta Suite : Conflicting services." in text


def test_members_come_a_page_at_a_time(page: PageClient, scene: Scene, groups: Groups) -> None:
    from partner_center.web.groups import page as group_page

    assert group_page.SIZE == 25
    shown = page.get(f"{groups.sales}?page=9&show=junk")
    assert "There is no page 9. This is page 1." in shown.text
    assert "1–4 of 4" in shown.text


def test_another_customers_group_and_one_without_licenses_are_not_there(
    page: PageClient, groups: Groups
) -> None:
    page.get(f"{groups.path}/{guid('nothing')}", 404)
    page.get(f"{groups.path}/x%27--", 404)


def test_an_inherited_license_leads_to_its_group_everywhere(
    page: PageClient, scene: Scene, groups: Groups
) -> None:
    person = page.get(f"/customers/{scene.customer_id}/users/{CEM}")
    assert "From a group: Sales" in person.text
    assert person.link("Sales") == groups.sales
    holders = page.get(f"/customers/{scene.customer_id}/licenses/{scene.alpha}?source=group")
    assert holders.link("Sales") == groups.sales
    scene.select(scene.cast.admin, ANNA, CEM)
    assert page.get(scene.manage).link("Sales") == groups.sales
    assert page.get(f"{scene.manage}/{scene.alpha}/assigned").link("Sales") == groups.sales


def test_a_persons_page_says_why_a_group_could_not_serve_them(
    page: PageClient, scene: Scene, groups: Groups
) -> None:
    groups.run_short(ASE, BO)
    groups.give((scene.alpha, ()))
    person = page.get(f"/customers/{scene.customer_id}/users/{ASE}")
    assert "Not given by group Sales : Not enough licenses" in person.text
    assert person.link("Sales") == groups.sales
