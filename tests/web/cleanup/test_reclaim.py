"""**Reclaim**: licences of people who may not need them, taken back only through Review."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from partner_center.cloud.port import RemoteLicense, RemoteMailbox, RemoteSubscription, SignIn
from partner_center.directory import mailboxes, mirror, sign_ins
from partner_center.directory.sign_ins import Trouble
from partner_center.shared import clock
from tests.make import guid
from tests.markup import Element
from tests.page import Page, PageClient
from tests.web.changes.scene import ANNA, BO, CEM, MAIL, ZOE, Scene


@pytest.fixture
def address(scene: Scene) -> str:
    return f"/customers/{scene.customer_id}/cleanup/reclaim"


def change_user(scene: Scene, number: int, **fields: object) -> None:
    user = scene.tenant.users[scene.graph_ids[number]]
    scene.tenant.users[user.graph_id] = replace(user, **fields)  # type: ignore[arg-type]
    scene.sync()


def tell(scene: Scene, days: dict[int, int | None], *, created: int = 400) -> None:
    """Microsoft tells how many days ago these users signed in; None for never."""
    now = clock.now()

    def ago(count: int | None) -> datetime | None:
        return None if count is None else now - timedelta(days=count)

    page = [SignIn(scene.graph_ids[number], ago(created), ago(count)) for number, count in days.items()]
    sign_ins.store_page(scene.session, scene.customer_id, page, now)
    sign_ins.finish(scene.session, scene.customer_id, now)
    scene.session.commit()


def ticks(shown: Page) -> Element:
    """The form with the list, not the one that looks for something else."""
    return shown.one("form", id="reclaim-form")


def names(shown: Page) -> list[str]:
    return [row[1].split()[0] for row in shown.rows]


def test_blocked_people_with_licenses_are_found_and_what_it_frees(
    page: PageClient, scene: Scene, address: str
) -> None:
    change_user(scene, BO, account_enabled=False)
    change_user(scene, CEM, account_enabled=False)
    shown = page.get(address)
    assert shown.h1 == "Reclaim licenses"
    (bo,) = shown.rows
    assert bo[2:] == ["Blocked", "Alpha Suite Beta Suite"]
    assert names(shown) == ["Bo"], "what Cem has comes from a group"
    assert "What this would free 2 By product Alpha Suite 1 Beta Suite 1" in shown.text


def test_ticked_users_lose_it_through_review_and_only_when_it_is_saved(
    page: PageClient, scene: Scene, address: str
) -> None:
    change_user(scene, ANNA, account_enabled=False)
    change_user(scene, BO, account_enabled=False)
    review = page.follow(page.submit(ticks(page.get(address)), u=[str(BO)]))
    assert "2 to revoke" in review.text
    assert scene.tenant.calls == []
    assert review.link("Back to editing") == address
    page.submit(review.form("/save"), understood="y")
    scene.work()
    assert scene.tenant.users[scene.graph_ids[BO]].licenses == ()
    assert names(page.get(address)) == ["Anna"]


def test_all_that_were_found_can_be_planned_at_once(page: PageClient, scene: Scene, address: str) -> None:
    for number in (ANNA, BO, ZOE):
        change_user(scene, number, account_enabled=False)
    review = page.follow(page.submit(ticks(page.get(address)), all="1"))
    assert "4 to revoke" in review.text


@pytest.mark.parametrize(("days", "found"), [(30, ["Anna", "Bo"]), (60, ["Bo"]), (90, [])])
def test_who_has_not_signed_in_is_found_by_the_days(
    page: PageClient, scene: Scene, address: str, days: int, found: list[str]
) -> None:
    tell(scene, {ANNA: 31, BO: 61, CEM: 400, ZOE: 2})
    shown = page.get(f"{address}?why=away-{days}")
    assert names(shown) == found
    assert all("Last sign-in" in row[2] for row in shown.rows)


def test_who_never_came_is_found_unless_they_are_new(page: PageClient, scene: Scene, address: str) -> None:
    tell(scene, {ANNA: None}, created=29)
    assert page.get(f"{address}?why=away-30").rows == []
    tell(scene, {ANNA: None}, created=31)
    assert page.get(f"{address}?why=away-30").rows[0][2] == "Never signed in"


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (None, "Sign-ins have not been read yet."),
        (Trouble.NOT_PREMIUM, "only to customers with Microsoft Entra ID P1 or P2"),
        (Trouble.NO_RIGHTS, "permission AuditLog.Read.All"),
        (Trouble.OTHER, "Microsoft could not be asked for sign-ins."),
    ],
)
def test_where_sign_ins_are_not_known_it_says_why_and_offers_the_rest(
    page: PageClient, scene: Scene, address: str, trouble: Trouble | None, words: str
) -> None:
    if trouble:
        sign_ins.note(scene.session, scene.customer_id, clock.now(), trouble)
        scene.session.commit()
    change_user(scene, ANNA, account_enabled=False)
    assert words in page.get(f"{address}?why=away-90").text
    assert names(page.get(address)) == ["Anna"]


def test_a_product_inside_another_is_named_with_it(page: PageClient, scene: Scene, address: str) -> None:
    plans = ({"id": MAIL, "name": "EXCHANGE_S_STANDARD", "applies_to": "User", "status": "Success"},)
    scene.tenant.stock[scene.beta] = replace(scene.tenant.stock[scene.beta], plans=plans)
    scene.sync()
    shown = page.get(f"{address}?why=overlap")
    (bo,) = shown.rows
    assert bo[3] == "Beta Suite, which is inside Alpha Suite"
    review = page.follow(page.submit(ticks(shown), u=[str(BO)]))
    assert "Revoke Beta Suite" in review.text
    assert "Revoke Alpha Suite" not in review.text


def test_guests_are_a_global_admins(page: PageClient, scene: Scene, address: str) -> None:
    change_user(scene, ANNA, account_enabled=False, user_type="Guest")
    assert page.get(address).rows == []
    page.sign_in(scene.cast.global_admin)
    assert names(page.get(address)) == ["Anna"]


def test_a_shared_mailbox_is_told_as_such_and_that_a_large_one_needs_its_license(
    page: PageClient, scene: Scene, address: str
) -> None:
    for number in (ANNA, BO):
        change_user(scene, number, account_enabled=False)
    users = scene.tenant.users
    told = [
        RemoteMailbox(users[scene.graph_ids[ANNA]].user_principal_name, "Shared", 60 * 1024**3),
        RemoteMailbox(users[scene.graph_ids[BO]].user_principal_name, "Room", 5),
    ]
    mailboxes.store_page(scene.session, scene.customer_id, told, clock.now())
    scene.session.commit()
    anna, bo = page.get(address).rows
    assert anna[2] == "Blocked. Shared mailbox over 50 GB, which needs its license"
    assert bo[2] == "Blocked. Room"


def test_what_a_user_bought_or_nobody_owns_can_not_be_taken(
    page: PageClient, scene: Scene, address: str
) -> None:
    gone = RemoteLicense(guid("not owned here"), direct=True, groups=(), off=(), error=None)
    own = scene.tenant.users[scene.graph_ids[ANNA]].licenses
    change_user(
        scene, ANNA, account_enabled=False, licenses=tuple(sorted((gone, *own), key=lambda one: one.sku_id))
    )
    assert page.get(address).rows[0][3] == "Alpha Suite"
    bought = RemoteSubscription(guid("bought"), scene.alpha, "Enabled", 10, False, True, None)
    mirror.store_subscriptions(scene.session, scene.customer_id, [bought], clock.now())
    scene.session.commit()
    assert page.get(address).rows == []


@pytest.mark.parametrize(
    ("values", "status", "words"),
    [
        ({}, 422, "Select at least one user."),
        ({"u": "nobody"}, 422, "This list of ticks can't be read."),
        ({"u": str(ZOE)}, 409, "Nothing can be taken back from these users any more."),
        ({"u": str(ANNA), "key": ""}, 422, "The form was not complete."),
    ],
)
def test_what_can_not_be_taken_is_refused_in_words(
    page: PageClient, scene: Scene, address: str, *, values: dict[str, str], status: int, words: str
) -> None:
    change_user(scene, ANNA, account_enabled=False)
    form = ticks(page.get(address))
    assert words in page.submit(form, status, **values).text  # type: ignore[arg-type]
