"""What Microsoft shows of a group and its members, and what that makes of an order. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from partner_center.cloud.port import GROUP_TROUBLES, Reason, RemoteGroup, RemoteUser
from partner_center.directory.values import troubles_of
from partner_center.groups.states import GroupDeed, GroupOrderState, GroupWish, Licenses
from partner_center.licensing.reasons import OwnReason

QUICKEST, SLOWEST = timedelta(seconds=1), timedelta(minutes=5)
"""Between two looks at a group that Microsoft is working off."""


class Next(StrEnum):
    """What happens with an order after a look at its group."""

    SEND = "send"
    FOLLOW = "follow"
    GONE = "gone"
    CHANGED = "changed"


def judge_group(wish: GroupWish, before: Licenses, group: RemoteGroup | None) -> Next:
    """As it was: (once more) to be sent; as wished: to be followed; anything else was somebody else.

    Sending once more what was sent before does no harm: assigning and removing are sets.
    """
    if group is None:
        return Next.GONE
    stands = {sku_id: frozenset(off) for sku_id, off in group.licenses}
    if stands == wish.after(before):
        return Next.FOLLOW
    return Next.SEND if stands == dict(before) else Next.CHANGED


@dataclass(frozen=True, slots=True)
class Reached:
    """How many of a group's members are as ordered, could not be served, and are not worked off yet.

    `reasons` count those that failed, by reason.
    """

    done: int
    failed: int
    pending: int
    reasons: Mapping[str, int] = field(default_factory=dict)

    @property
    def members(self) -> int:
        """All of them."""
        return self.done + self.failed + self.pending

    @property
    def state(self) -> GroupOrderState:
        """How the order ends, once nobody is pending."""
        return GroupOrderState.PARTLY if self.failed else GroupOrderState.DONE


def reached(wish: GroupWish, group_id: str, members: Iterable[RemoteUser]) -> Reached:
    """Where the members stand."""
    counts: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    for user in members:
        license_ = next((one for one in user.licenses if one.sku_id == wish.sku_id), None)
        works = license_ is not None and group_id in license_.groups
        troubles = troubles_of(user.licenses, group_id)
        if wish.deed is GroupDeed.REMOVE:
            counts["pending" if works or wish.sku_id in troubles else "done"] += 1
        elif wish.sku_id in troubles:
            counts["failed"] += 1
            reasons[reason_of(troubles, wish.sku_id)] += 1
        else:
            counts["done" if works else "pending"] += 1
    return Reached(counts["done"], counts["failed"], counts["pending"], dict(reasons))


def reason_of(troubles: Mapping[str, str], sku_id: str) -> str:
    """Our reason for one product's trouble, of all the troubles that a member has with a group.

    `Other` beside a real trouble is its consequence: a group gives a member all its products or none.
    """
    reason = GROUP_TROUBLES.get(troubles[sku_id], Reason.OTHER)
    if reason is Reason.OTHER and any(error in GROUP_TROUBLES for error in troubles.values()):
        return OwnReason.GROUP_TOGETHER
    return reason


def patience(since: datetime, now: datetime) -> timedelta:
    """How long to wait before the next look: the longer it takes, the rarer."""
    return min(max((now - since) / 4, QUICKEST), SLOWEST)
