"""Retry and undo ask Microsoft first: what another admin did meanwhile is in the plan."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from partner_center.changes import rereading
from partner_center.changes.models import Change
from partner_center.cloud.errors import AccessDenied, CloudError, Unreachable
from partner_center.cloud.port import Reason, RemoteLicense
from partner_center.directory.models import Mirror
from partner_center.directory.sync_jobs import SYNC_CUSTOMER
from partner_center.jobs.models import Job
from tests.page import Page, PageClient
from tests.web.changes.conftest import Submit
from tests.web.changes.scene import ANNA, BO, CEM, ZOE, Scene
from tests.web.changes.test_result import save_and_work


@pytest.fixture
def failed(page: PageClient, scene: Scene, submit: Submit) -> Page:
    """Beta for Anna and Cem: Anna's call fails."""
    scene.tenant.refuse[scene.graph_ids[ANNA], scene.beta] = Reason.ADDRESS_TAKEN
    scene.tenant.stock[scene.beta] = replace(scene.tenant.stock[scene.beta], enabled=9)
    scene.sync()
    shown = save_and_work(page, scene, submit(ANNA, CEM, beta="assign"))
    scene.tenant.refuse.clear()
    return shown


def give(scene: Scene, number: int, *skus: str) -> None:
    """Another admin makes these the user's licences; nothing tells the mirror."""
    user = scene.tenant.users[scene.graph_ids[number]]
    held = tuple(RemoteLicense(sku, True, (), (), None) for sku in sorted(skus))
    scene.tenant.users[user.graph_id] = replace(user, licenses=held)


def test_a_retry_knows_who_has_it_by_now(page: PageClient, scene: Scene, failed: Page) -> None:
    give(scene, ANNA, scene.alpha, scene.beta)
    calls = len(scene.tenant.calls)

    shown = save_and_work(page, scene, page.submit(failed.form("/retry")))

    assert shown.h1 == "Nothing had to change"
    assert len(scene.tenant.calls) == calls


def test_a_retry_knows_the_licences_that_are_left(page: PageClient, scene: Scene, failed: Page) -> None:
    scene.tenant.stock[scene.beta] = replace(scene.tenant.stock[scene.beta], enabled=3)

    shown = page.follow(page.submit(failed.form("/retry")))

    assert shown.h1 == "Review changes"
    assert "Beta Suite: 1 license short. Needed: 1. Available: 0." in shown.text


def test_a_retry_names_users_that_were_deleted(page: PageClient, scene: Scene, submit: Submit) -> None:
    for number in (ANNA, ZOE):
        scene.tenant.refuse[scene.graph_ids[number], scene.alpha] = Reason.ADDRESS_TAKEN
        give(scene, number)
    scene.sync()
    shown = save_and_work(page, scene, submit(ANNA, ZOE, alpha="assign"))
    del scene.tenant.users[scene.graph_ids[ZOE]]
    scene.tenant.refuse.clear()

    again = save_and_work(page, scene, page.submit(shown.form("/retry")))

    assert "1 user was deleted and is left out: Zoe <b>Gül</b>" in again.text
    assert "1 succeeded = 1" in again.text


def test_an_undo_leaves_out_whom_another_admin_has_changed(
    page: PageClient, scene: Scene, submit: Submit
) -> None:
    result = save_and_work(page, scene, submit(BO, ZOE, beta="revoke"))
    give(scene, BO, scene.beta)

    shown = page.follow(page.submit(result.form("/undo"), button="Undo this change"))

    assert "1 user has changed since and is left out: Bo Dahl" in shown.text
    assert [row[0].split()[0] for row in shown.rows] == ["Zoe"]


@pytest.mark.parametrize(
    ("trouble", "status"),
    [(Unreachable("no answer"), 503), (AccessDenied(403, "Forbidden", "no"), 403)],
    ids=["unreachable", "denied"],
)
def test_without_microsoft_nothing_is_planned(
    page: PageClient,
    scene: Scene,
    failed: Page,
    trouble: CloudError,
    status: int,
) -> None:
    def fail(*_: object) -> None:
        raise trouble

    scene.tenant.read_users = fail  # type: ignore[assignment]
    for address in ("/retry", "/undo"):
        page.submit(failed.form(address), status)
    assert len(scene.session.scalars(select(Change)).all()) == 1


def test_of_very_many_users_a_sync_is_begun_and_one_is_told(
    page: PageClient, scene: Scene, failed: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rereading, "ONE_BY_ONE", 0)
    scene.session.get_one(Mirror, scene.customer_id).delta_link = None
    scene.session.commit()

    shown = page.submit(failed.form("/retry"), 409)

    assert "They are being read again. Try again in a minute." in shown.text
    assert [job.kind for job in scene.session.scalars(select(Job)) if job.kind == SYNC_CUSTOMER]
    scene.session.get_one(Mirror, scene.customer_id).delta_link = "delta"
    scene.session.commit()
    give(scene, ANNA, scene.alpha, scene.beta)
    assert save_and_work(page, scene, page.submit(failed.form("/retry"))).h1 == "Nothing had to change"
