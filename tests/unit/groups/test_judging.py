"""What Microsoft shows of a group and its members, and what that makes of an order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from partner_center.cloud.port import Reason, RemoteGroup, RemoteLicense, RemoteUser
from partner_center.groups.judging import Next, judge_group, patience, reached, reason_of
from partner_center.groups.states import (
    GroupDeed,
    GroupOrderState,
    GroupWish,
    pack_licenses,
    unpack_licenses,
)
from partner_center.licensing.reasons import OwnReason

GROUP, E3, E5 = "g", "e3", "e5"
GIVE = GroupWish(GroupDeed.ASSIGN, E5, frozenset({"sway"}))
TAKE = GroupWish(GroupDeed.REMOVE, E3)
BEFORE = {E3: frozenset[str]()}
NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)


def group(*licenses: tuple[str, tuple[str, ...]]) -> RemoteGroup:
    return RemoteGroup(GROUP, "Sales", licenses)


def member(*licenses: RemoteLicense) -> RemoteUser:
    return RemoteUser("u", "Ada", "ada@x", None, None, "NO", "Member", True, licenses)


def given(sku_id: str) -> RemoteLicense:
    return RemoteLicense(sku_id, False, (GROUP,), (), None)


def failed(sku_id: str, error: str, by: str = GROUP) -> RemoteLicense:
    return RemoteLicense(sku_id, False, (), (), error, ((by, error),))


@pytest.mark.parametrize(
    ("wish", "shown", "expected"),
    [
        (GIVE, group((E3, ())), Next.SEND),
        (GIVE, group((E3, ()), (E5, ("sway",))), Next.FOLLOW),
        (GIVE, group((E3, ()), (E5, ())), Next.CHANGED),
        (GIVE, group((E3, ("sway",))), Next.CHANGED),
        (TAKE, group(), Next.FOLLOW),
        (TAKE, group((E3, ())), Next.SEND),
        (TAKE, None, Next.GONE),
    ],
)
def test_a_look_at_the_group_says_what_is_next(
    wish: GroupWish, shown: RemoteGroup | None, expected: Next
) -> None:
    assert judge_group(wish, BEFORE, shown) is expected


def test_members_are_served_failed_or_pending_and_add_up() -> None:
    other = failed(E5, "CountViolation", by="another group")
    people = [
        member(given(E5)),
        member(failed(E5, "CountViolation")),
        member(failed(E3, "MutuallyExclusiveViolation"), failed(E5, "Other")),
        member(),
        member(other),
    ]
    counts = reached(GIVE, GROUP, people)
    assert (counts.done, counts.failed, counts.pending, counts.members) == (1, 2, 2, 5)
    assert counts.reasons == {Reason.NO_SEATS: 1, OwnReason.GROUP_TOGETHER: 1}
    assert counts.state is GroupOrderState.PARTLY


def test_taking_is_done_when_nobody_has_it_from_the_group() -> None:
    direct = RemoteLicense(E3, True, (), (), None)
    counts = reached(TAKE, GROUP, [member(direct), member(), member(given(E3)), member(failed(E3, "Other"))])
    assert (counts.done, counts.failed, counts.pending) == (2, 0, 2)
    assert reached(TAKE, GROUP, [member(direct)]).state is GroupOrderState.DONE


@pytest.mark.parametrize(
    ("troubles", "sku_id", "reason"),
    [
        ({E5: "CountViolation"}, E5, Reason.NO_SEATS),
        ({E5: "MutuallyExclusiveViolation"}, E5, Reason.CONFLICT),
        ({E5: "DependencyViolation"}, E5, Reason.DEPENDENCY),
        ({E5: "ProhibitedInUsageLocationViolation"}, E5, Reason.LOCATION_PROHIBITED),
        ({E5: "UniquenessViolation"}, E5, Reason.ADDRESS_TAKEN),
        ({E5: "Other"}, E5, Reason.OTHER),
        ({E5: "Other", E3: "CountViolation"}, E5, OwnReason.GROUP_TOGETHER),
        ({E5: "SomethingNew"}, E5, Reason.OTHER),
    ],
)
def test_every_word_of_microsofts_has_a_reason(troubles: dict[str, str], sku_id: str, reason: str) -> None:
    assert reason_of(troubles, sku_id) == reason


def test_the_longer_it_takes_the_rarer_it_is_looked_at() -> None:
    waits = [patience(NOW, NOW + timedelta(seconds=after)) for after in (0, 40, 7200)]
    assert waits == [timedelta(seconds=1), timedelta(seconds=10), timedelta(minutes=5)]


def test_what_is_kept_comes_back_as_it_was() -> None:
    assert GroupWish.from_json(GIVE.to_json()) == GIVE
    licenses = {E3: frozenset({"b", "a"}), E5: frozenset[str]()}
    assert unpack_licenses(pack_licenses(licenses)) == licenses
