"""Audit entries: written with the deed, gone with the deed."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from structlog.contextvars import bound_contextvars

from partner_center.audit import service as audit
from partner_center.audit.actions import result_of
from partner_center.audit.models import AuditEntry
from partner_center.audit.service import Action, Result
from partner_center.staff.queries import actor_of
from tests.make import Make


def test_an_entry_says_who_what_where_and_in_which_request(make: Make, session: Session) -> None:
    actor = actor_of(make.member(name="Ada"))
    with bound_contextvars(request_id="r-1"):
        audit.record(
            session, actor, Action.CHANGE_SAVED, customer_id=7, subject="CH-7K3M9QWT", users=3, skus=["E3"]
        )
    session.commit()
    entry = session.scalars(select(AuditEntry)).one()
    assert (entry.actor_id, entry.actor_name, entry.customer_id) == (actor.id, "Ada", 7)
    assert (entry.action, entry.subject, entry.request_id) == ("change_saved", "CH-7K3M9QWT", "r-1")
    assert entry.details == {"users": 3, "skus": ["E3"]}


def test_an_entry_is_undone_with_its_deed(session: Session) -> None:
    audit.record(session, None, Action.SIGN_IN_REFUSED, subject="ada@partner.example")
    session.rollback()
    assert session.scalars(select(AuditEntry)).all() == []


def test_what_somebody_typed_is_cut_to_its_column(session: Session) -> None:
    entry = audit.record(session, None, Action.SIGN_IN_REFUSED, subject="x" * 5000, actor_name="y" * 5000)
    assert (len(entry.subject), len(entry.actor_name)) == (200, 320)
    assert entry.subject.endswith("…")


@pytest.mark.parametrize(
    ("state", "result"), [("done", Result.DONE), ("partly", Result.PARTLY), ("unknown", Result.FAILED)]
)
def test_an_order_of_a_group_ends_as_its_state_says(state: str, result: Result) -> None:
    assert result_of(Action.GROUP_ORDER_FINISHED, {"state": state}) is result
