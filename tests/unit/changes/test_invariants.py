"""Each rule that the rows of changes must keep is noticed when it is broken."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session, sessionmaker

from partner_center.audit.models import AuditEntry
from partner_center.changes.invariants import unknown_outcomes, violations
from partner_center.changes.models import Change, ChangeEntry, ChangeItem
from partner_center.jobs.models import Job
from tests.cast import Cast
from tests.conftest import rewritable
from tests.make import Make
from tests.unit.changes.stage import E3, Stage, assign, sku


@pytest.fixture
def stage(make: Make, sessions: sessionmaker[Session], cast: Cast) -> Stage:
    """A change of two users that is finished."""
    stage = Stage.of(make, sessions, cast.admin, [make.user("Ada"), make.user("Bo")], [sku(E3)])
    stage.carry_out(assign(E3))
    return stage


def one_row(model: type[Any], **values: object) -> Callable[[], Any]:
    first = (model.position == 0) if hasattr(model, "position") else True
    return lambda: update(model).where(first).values(values)


BREAKS: dict[str, Callable[[], Any]] = {
    "everything asked for": one_row(ChangeEntry, outcome=None),
    "every user of a finished change": one_row(Change, user_total=3),
    "outcomes of a finished change add up": lambda: delete(ChangeEntry).where(ChangeEntry.position == 0),
    "a user is settled exactly when": one_row(ChangeItem, state="waiting"),
    "a settled user has an outcome": one_row(ChangeItem, outcome=None),
    "a change that waits or runs has a job": one_row(Change, state="running"),
    "the end of a change is in the audit once": lambda: delete(AuditEntry).where(
        AuditEntry.action == "change_finished"
    ),
    "a change that is not finished has no end": one_row(Change, state="planned"),
}


def test_a_finished_change_keeps_every_rule(stage: Stage) -> None:
    assert violations(stage.session) == []


@pytest.mark.parametrize("rule", BREAKS)
def test_a_broken_rule_is_named_with_the_change(stage: Stage, rule: str) -> None:
    with rewritable(stage.session.connection()):
        stage.session.execute(BREAKS[rule]())
    found = {one.rule: one for one in violations(stage.session)}
    (named,) = [one for name, one in found.items() if name.startswith(rule)]
    assert (named.count, len(named.refs)) == (1, 1)


def test_a_user_under_way_twice_is_named(stage: Stage) -> None:
    second = stage.submit(assign(E3), key="another key")
    stage.session.execute(update(Job).values(state="waiting"))
    item = {column.name: getattr(_item(stage), column.name) for column in ChangeItem.__table__.columns}
    stage.session.add(ChangeItem(**(item | {"change_id": second.id})))
    stage.session.flush()
    stage.session.execute(update(ChangeItem).values(state="sent"))
    assert "no user is under way in two changes at once" in {one.rule for one in violations(stage.session)}


def _item(stage: Stage) -> ChangeItem:
    item = stage.session.get(
        ChangeItem, (stage.session.scalars(select(Change.id).order_by(Change.id)).first(), 0)
    )
    assert item
    return item


def test_unknown_outcomes_are_counted(stage: Stage) -> None:
    assert unknown_outcomes(stage.session) == (0, 0)
    stage.session.execute(update(ChangeEntry).values(outcome="unknown"))
    assert unknown_outcomes(stage.session) == (2, 1)
