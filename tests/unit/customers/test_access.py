"""What a customer lets us do there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from partner_center.customers.access import GROUP_WRITING_ROLES, WRITING_ROLES, Access, holds, judge

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
READER = "88d8e3e3-8f55-4a1e-953a-9b9898b8876b"


@dataclass
class Told:
    access_state: str = "active"
    access_ends_at: datetime | None = NOW + timedelta(days=300)
    access_roles: tuple[str, ...] = tuple(WRITING_ROLES)
    gone_at: datetime | None = None


def test_a_living_relationship_with_a_writing_role_is_open() -> None:
    verdict = judge(Told(), NOW)
    assert (verdict.access, verdict.may_write, verdict.days_left) == (Access.OPEN, True, 300)


def test_a_relationship_without_an_end_is_open() -> None:
    verdict = judge(Told(access_ends_at=None), NOW)
    assert (verdict.access, verdict.days_left) == (Access.OPEN, None)


@pytest.mark.parametrize("role", sorted(WRITING_ROLES))
def test_any_one_of_the_writing_roles_is_enough(role: str) -> None:
    assert judge(Told(access_roles=(READER, role)), NOW).may_write


def test_the_last_thirty_days_are_said() -> None:
    verdict = judge(Told(access_ends_at=NOW + timedelta(days=30)), NOW)
    assert (verdict.access, verdict.may_write, verdict.days_left) == (Access.ENDING, True, 30)
    assert judge(Told(access_ends_at=NOW + timedelta(days=30, seconds=1)), NOW).access is Access.OPEN


def test_a_relationship_that_microsoft_calls_expiring_still_works() -> None:
    assert judge(Told(access_state="expiring", access_ends_at=NOW + timedelta(days=3)), NOW).may_write


def test_without_a_writing_role_there_is_only_reading() -> None:
    verdict = judge(Told(access_roles=(READER,), access_ends_at=NOW + timedelta(days=3)), NOW)
    assert (verdict.access, verdict.may_write) == (Access.READ_ONLY, False)


@pytest.mark.parametrize(
    "customer",
    [
        Told(access_state="none"),
        Told(access_state="terminated"),
        Told(access_ends_at=NOW),
        Told(gone_at=NOW),
    ],
)
def test_what_is_over_gives_nothing(customer: Told) -> None:
    verdict = judge(customer, NOW)
    assert (verdict.access, verdict.may_write, verdict.days_left) == (Access.NONE, False, None)


GROUPS_ADMINISTRATOR = "fdd7a751-b60b-444a-984c-02652fe8fa1c"


@pytest.mark.parametrize(
    ("customer", "may"),
    [
        (Told(), True),
        (Told(access_roles=(GROUPS_ADMINISTRATOR,)), True),
        (Told(access_roles=(READER,)), False),
        (Told(access_roles=(GROUPS_ADMINISTRATOR,), access_state="terminated"), False),
    ],
)
def test_groups_are_licensed_with_a_role_of_their_own_as_well(customer: Told, may: bool) -> None:
    assert holds(customer, GROUP_WRITING_ROLES, NOW) is may
