"""Rows of users: read and written many at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

from partner_center.directory.intake import Known, Told
from partner_center.directory.models import DirectoryUser
from partner_center.directory.rowsets import table_of
from partner_center.shared.names import LANGUAGES

_AT_ONCE = 1_000
_SHARED = 12  # users to a holding, on average, from which on they are updated by holding
_USERS = table_of(DirectoryUser)
_LIGHT = ("usage_location", "user_type", "account_enabled", "holding_id", "generation", "changed_at")
_TEXTS = (
    "display_name",
    "user_principal_name",
    "upn_key",
    "mail",
    "mail_key",
    "department",
    "search_text",
    *(f"sort_{language}" for language in LANGUAGES),
    "deleted_at",
)
_TOLD_COLUMNS = len(Told._fields)


def known_users(session: Session, customer_id: int, graph_ids: Sequence[str]) -> dict[str, Known]:
    """What is stored of these, deleted ones too."""
    found: dict[str, Known] = {}
    for start in range(0, len(graph_ids), _AT_ONCE):
        rows = session.execute(
            _SELECT_KNOWN.where(
                DirectoryUser.customer_id == customer_id,
                DirectoryUser.graph_id.in_(graph_ids[start : start + _AT_ONCE]),
            )
        )
        found.update((row[0], _known(row)) for row in rows)
    return found


def known_numbers(session: Session, customer_id: int, numbers: Sequence[int]) -> list[Known]:
    """What is stored of these."""
    found: list[Known] = []
    for start in range(0, len(numbers), _AT_ONCE):
        rows = session.execute(
            _SELECT_KNOWN.where(
                DirectoryUser.customer_id == customer_id,
                DirectoryUser.number.in_(numbers[start : start + _AT_ONCE]),
            )
        )
        found.extend(_known(row) for row in rows)
    return found


def insert_users(session: Session, customer_id: int, rows: Sequence[Mapping[str, Any]]) -> None:
    """Store new users; each row has its number, graph_id, light and text columns."""
    if rows:
        session.execute(insert(_USERS).values(customer_id=customer_id), list(rows))


def update_users(
    session: Session, customer_id: int, rows: Sequence[Mapping[str, Any]], *, texts: bool
) -> None:
    """Store users that are there, by number: the light columns, and those of the texts where they moved."""
    if not rows:
        return
    columns = _LIGHT + _TEXTS if texts else _LIGHT
    statement = (
        update(_USERS)
        .where(_USERS.c.customer_id == customer_id, _USERS.c.number == bindparam("b_number"))
        .values({name: bindparam(f"b_{name}") for name in columns})
    )
    session.execute(statement, [{f"b_{name}": row[name] for name in ("number", *columns)} for row in rows])


def move_users(
    session: Session,
    customer_id: int,
    moved: Mapping[int, Sequence[int]],
    *,
    generation: int,
    at: datetime,
) -> None:
    """Give users other holdings, by holding id.

    A save gives many users the same: then a statement for each holding is quicker than one for each user.
    """
    stamp = {"b_customer": customer_id, "b_generation": generation, "b_at": at}
    users = sum(len(numbers) for numbers in moved.values())
    if users < _SHARED * len(moved):
        rows = [
            {"b_number": number, "b_holding": holding, **stamp}
            for holding, numbers in moved.items()
            for number in numbers
        ]
        session.execute(_MOVE_ONE, rows)
        return
    for holding, numbers in moved.items():
        for start in range(0, len(numbers), _AT_ONCE):
            some = {"b_numbers": numbers[start : start + _AT_ONCE], "b_holding": holding, **stamp}
            session.execute(_MOVE_SOME, some)


def touch_users(
    session: Session, customer_id: int, numbers: Sequence[int], values: Mapping[str, Any]
) -> None:
    """Set the same columns of many users."""
    for start in range(0, len(numbers), _AT_ONCE):
        session.execute(
            update(_USERS)
            .where(
                _USERS.c.customer_id == customer_id,
                _USERS.c.number.in_(numbers[start : start + _AT_ONCE]),
            )
            .values(**values)
        )


_MOVE = (
    update(_USERS)
    .where(_USERS.c.customer_id == bindparam("b_customer"))
    .values(
        holding_id=bindparam("b_holding"), generation=bindparam("b_generation"), changed_at=bindparam("b_at")
    )
)
_MOVE_ONE = _MOVE.where(_USERS.c.number == bindparam("b_number"))
_MOVE_SOME = _MOVE.where(_USERS.c.number.in_(bindparam("b_numbers", expanding=True)))
_SELECT_KNOWN = select(
    DirectoryUser.graph_id,
    DirectoryUser.display_name,
    DirectoryUser.user_principal_name,
    DirectoryUser.mail,
    DirectoryUser.department,
    DirectoryUser.usage_location,
    DirectoryUser.user_type,
    DirectoryUser.account_enabled,
    DirectoryUser.holding_id,
    DirectoryUser.number,
    DirectoryUser.search_text,
    DirectoryUser.generation,
    DirectoryUser.deleted_at,
)


def _known(row: Sequence[Any]) -> Known:
    number, text, generation, deleted_at = row[_TOLD_COLUMNS:]
    return Known(Told._make(row[:_TOLD_COLUMNS]), number, text, generation, deleted_at is None)
