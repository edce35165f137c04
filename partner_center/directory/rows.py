"""Users by number, as lists and pages show them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from partner_center.directory.holdings import licenses_of
from partner_center.directory.intake import is_guest
from partner_center.directory.models import DirectoryUser
from partner_center.directory.rowsets import table_of
from partner_center.directory.values import UserRow
from partner_center.shared.errors import NotFound

HIGHEST_NUMBER = 2**31 - 1
_AT_ONCE = 1_000
_USERS = table_of(DirectoryUser).c
_BY_NUMBER = select(
    _USERS.number,
    _USERS.graph_id,
    _USERS.display_name,
    _USERS.user_principal_name,
    _USERS.mail,
    _USERS.department,
    _USERS.usage_location,
    _USERS.user_type,
    _USERS.account_enabled,
    _USERS.holding_id,
).where(
    _USERS.customer_id == bindparam("customer_id"),
    _USERS.number.in_(bindparam("numbers", expanding=True)),
    _USERS.deleted_at.is_(None),
)
"""Made once, of columns and not of objects: for a page of 50 the making costs as much as the reading."""


def rows_of(session: Session, customer_id: int, numbers: Iterable[int]) -> list[UserRow]:
    """The users with these numbers, in the same order; unknown and deleted ones are left out."""
    wanted = [int(number) for number in numbers]
    found: dict[int, UserRow] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        found |= _read(session, customer_id, wanted[start : start + _AT_ONCE])
    return [found[number] for number in wanted if number in found]


def names_of(session: Session, customer_id: int, numbers: Iterable[int]) -> dict[int, tuple[str, str]]:
    """Name and address of these users, deleted ones as they were called."""
    wanted = [int(number) for number in numbers]
    found: dict[int, tuple[str, str]] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        rows = session.execute(
            select(_USERS.number, _USERS.display_name, _USERS.user_principal_name).where(
                _USERS.customer_id == customer_id, _USERS.number.in_(wanted[start : start + _AT_ONCE])
            )
        )
        found |= {number: (name, address) for number, name, address in rows}
    return {number: found[number] for number in wanted if number in found}


def get_user(session: Session, customer_id: int, number: int) -> UserRow:
    """The user with this number. Raises NotFound for one that is deleted, unknown or another customer's."""
    if 0 < number <= HIGHEST_NUMBER:
        for row in rows_of(session, customer_id, (number,)):
            return row
    raise NotFound("This user does not exist, or was deleted. Go back to the list of users.")


def numbers_of(session: Session, customer_id: int, graph_ids: Sequence[str]) -> dict[str, int]:
    """The numbers of living users by Microsoft's id; unknown ids are left out."""
    numbers: dict[str, int] = {}
    for start in range(0, len(graph_ids), _AT_ONCE):
        found = session.execute(
            select(DirectoryUser.graph_id, DirectoryUser.number).where(
                DirectoryUser.customer_id == customer_id,
                DirectoryUser.graph_id.in_(graph_ids[start : start + _AT_ONCE]),
                DirectoryUser.deleted_at.is_(None),
            )
        )
        numbers.update((graph_id, number) for graph_id, number in found)
    return numbers


def _read(session: Session, customer_id: int, numbers: Sequence[int]) -> dict[int, UserRow]:
    found = session.execute(_BY_NUMBER, {"customer_id": customer_id, "numbers": numbers}).all()
    licenses = licenses_of(session, customer_id, (row.holding_id for row in found))
    return {
        number: UserRow(
            number=number,
            graph_id=graph_id,
            display_name=name,
            upn=upn,
            mail=mail,
            department=department,
            usage_location=location,
            guest=is_guest(user_type),
            enabled=enabled,
            holding_id=holding_id,
            licenses=licenses[holding_id],
        )
        for number, graph_id, name, upn, mail, department, location, user_type, enabled, holding_id in found
    }
