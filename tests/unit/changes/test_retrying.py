"""Trying again what did not work: just that, and only once a change is over."""

from __future__ import annotations

from dataclasses import replace

import pytest

from partner_center.changes import service
from partner_center.changes.service import SaveResult
from partner_center.licensing.values import LocationWish
from partner_center.shared.errors import Conflict
from tests.make import Make
from tests.unit.changes.conftest import StageOf
from tests.unit.changes.stage import E3, FLOW, VISIO, assign, sku


def test_only_what_did_not_work_is_tried_again(make: Make, stage_of: StageOf) -> None:
    cem = make.user("Cem", usage_location=None)
    stage = stage_of([make.user("Ada"), make.user("Bob", E3), cem], [sku(E3, enabled=2), sku(FLOW)])
    first = stage.submit_and_save(assign(E3, FLOW).with_location(LocationWish("US")).with_location(None))
    stage.run()
    stage.tell(replace(cem, usage_location="TR"))

    second = service.retry(stage.session, stage.actor, stage.customer.id, first.ref, key="retry")
    stage.session.commit()

    assert second.state == "planned"
    assert stage.plan(second).plan.short == 1
    assert stage.plan(second).plan.asked == stage.result(first).can_retry == 2
    stage.cloud.products[E3] = replace(stage.cloud.products[E3], enabled=3)
    stage.tell()
    assert stage.save(second) is SaveResult.SAVED
    stage.run()
    assert stage.outcomes(second) == {("Cem", E3): ("done", None), ("Cem", FLOW): ("done", None)}
    assert stage.result(second).head.retry_of == first.ref
    assert [link.ref for link in stage.result(first).head.retried_as] == [second.ref]


def test_each_user_is_tried_again_only_with_the_products_that_failed(make: Make, stage_of: StageOf) -> None:
    stage = stage_of([make.user("Ada"), make.user("Bob")], [sku(E3, enabled=1), sku(VISIO)])
    first = stage.submit_and_save(assign(E3, VISIO))
    stage.run()
    stage.cloud.products[E3] = replace(stage.cloud.products[E3], enabled=9)
    stage.tell()

    second = service.retry(stage.session, stage.actor, stage.customer.id, first.ref, key="retry")
    stage.session.commit()
    stage.run()

    assert stage.outcomes(second) == {("Bob", E3): ("done", None)}


def test_there_is_nothing_to_retry_where_nothing_failed(make: Make, stage_of: StageOf) -> None:
    stage = stage_of([make.user("Bob")], [sku(FLOW)])
    change = stage.submit_and_save(assign(FLOW))
    with pytest.raises(Conflict, match="not finished"):
        service.retry(stage.session, stage.actor, stage.customer.id, change.ref, key="retry")
    stage.session.rollback()
    stage.run()

    with pytest.raises(Conflict, match="Nothing failed"):
        service.retry(stage.session, stage.actor, stage.customer.id, change.ref, key="retry")


def test_users_that_are_gone_can_not_be_tried_again(make: Make, stage_of: StageOf) -> None:
    ada = make.user("Ada", usage_location=None)
    stage = stage_of([ada], [sku(E3)])
    change = stage.submit_and_save(assign(E3))
    stage.run()
    stage.cloud.users_by_id.clear()
    stage.resync()

    with pytest.raises(Conflict, match="exists any more"):
        service.retry(stage.session, stage.actor, stage.customer.id, change.ref, key="retry")
