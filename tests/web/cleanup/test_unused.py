"""**Unused licenses**: what nobody uses, what may be reduced now, what only at renewal (S5.7)."""

from __future__ import annotations

from datetime import timedelta

from partner_center.cloud.port import RemoteSubscription, RemoteTerm
from partner_center.directory import mirror
from partner_center.shared import clock
from partner_center.web.formats import day, moment
from tests.make import guid
from tests.page import PageClient
from tests.web.changes.scene import Scene


def test_s5_7_says_what_may_be_reduced_now_and_what_only_at_renewal(page: PageClient, scene: Scene) -> None:
    now = clock.now()
    until, ends = now + timedelta(days=3), now + timedelta(days=200)
    told = [RemoteSubscription(guid("sub"), scene.alpha, "Enabled", 10, False, False, ends)]
    terms = [RemoteTerm(guid("sub"), "P1Y", True, ((2, until),))]
    mirror.store_subscriptions(scene.session, scene.customer_id, told, now, terms)
    scene.session.commit()
    shown = page.get(f"/customers/{scene.customer_id}/cleanup/unused")
    assert shown.h1 == "Unused licenses"
    (alpha,) = shown.rows
    assert alpha[1] == "7 of 10 unused"
    with page.app.test_request_context():
        assert f"Can be reduced now 2 licenses, until {moment(until)}" in alpha[2]
        assert f"Only at renewal 5 licenses, when it renews on {day(ends)}" in alpha[2]
    assert "Turn recurring billing off" in shown.text


def test_where_there_is_nothing_to_give_back_it_says_so(page: PageClient, scene: Scene) -> None:
    shown = page.get(f"/customers/{scene.customer_id}/cleanup/unused")
    assert "None of the subscriptions known here has unused licenses." in shown.text
    assert not shown.rows
