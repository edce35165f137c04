"""A plan: what a wish would do to these users, in numbers a person can check. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from pyroaring import BitMap

from partner_center.licensing.decide import Judged
from partner_center.licensing.holders import Holder, License
from partner_center.licensing.losses import Loss
from partner_center.licensing.rules import Problem
from partner_center.licensing.seats import SeatMath
from partner_center.licensing.values import Wish

REVIEW_ABOVE = 20
"""A change of more users than this is always shown before it is saved (screens, D2.2)."""


class ReviewReason(StrEnum):
    """Why a plan is shown before it is saved."""

    REVOKES = "revokes"
    EXPECTED = "expected"
    SHORT = "short"
    MANY_USERS = "many_users"
    PLANS_OFF = "plans_off"


@dataclass(frozen=True, slots=True)
class Footing:
    """How users have to stand for an ask to be meant for them: exactly these licences.

    `location` is compared only where it is named.
    """

    licenses: Mapping[str, License]
    location: str | None = None

    def fits(self, holder: Holder) -> bool:
        """Whether `holder` stands so now. In which order groups are told does not matter."""
        if self.location is not None and self.location != holder.location:
            return False
        return _comparable(self.licenses) == _comparable(holder.licenses)


def _comparable(licenses: Mapping[str, License]) -> dict[str, tuple[bool, frozenset[str], frozenset[str]]]:
    return {sku: (held.direct, frozenset(held.groups), held.off) for sku, held in licenses.items()}


@dataclass(frozen=True, slots=True)
class Ask:
    """What is wished for some users. A change is made of asks, and no user is in two of them.

    With `only_if`, users who stand otherwise by now are shown and left out.
    """

    wish: Wish
    members: BitMap
    only_if: Footing | None = None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Users who were asked for and are not part of the plan, and why (a code of our reasons)."""

    reason: str
    members: BitMap

    @property
    def users(self) -> int:
        """How many."""
        return len(self.members)


@dataclass(frozen=True, slots=True)
class Kind:
    """Users who are alike to the engine: these licences, this location."""

    holding_id: int
    holder: Holder
    members: BitMap


@dataclass(frozen=True, slots=True)
class PlannedKind:
    """What becomes of the users of one kind."""

    kind: Kind
    judged: tuple[Judged, ...]
    losses: frozenset[Loss]


@dataclass(frozen=True, slots=True)
class ProductPlan:
    """One product's part. Counts are users; `give + take + plans + already + failing` were asked.

    Of those who are `already` as asked, `not_held` were to lose it and do not have it. `need` licences are
    taken and `freed` given back by those expected to work; `served` of the needed ones are there.
    `plans_on` and `plans_off` count users per plan that is really switched.
    """

    sku_id: str
    give: int
    take: int
    plans: int
    already: int
    already_by_group: int
    not_held: int
    failing: int
    seats: SeatMath
    plans_on: tuple[tuple[str, int], ...]
    plans_off: tuple[tuple[str, int], ...]

    @property
    def need(self) -> int:
        """Licences to be taken."""
        return self.seats.need

    @property
    def freed(self) -> int:
        """Licences given back."""
        return self.seats.freed

    @property
    def available(self) -> int:
        """Licences left before the change."""
        return self.seats.available

    @property
    def after(self) -> int:
        """Licences left after it."""
        return self.seats.after

    @property
    def short(self) -> int:
        """Licences to buy so that all can be served."""
        return self.seats.short

    @property
    def served(self) -> int:
        """How many of `need` the licences reach."""
        return self.seats.served

    @property
    def moves_seats(self) -> bool:
        """Whether licences may be used or given back by it."""
        return bool(self.need or self.freed or self.failing)

    def seat_terms(self) -> dict[str, int]:
        """What its licences are promised by, once it is saved."""
        return {
            "available": self.available,
            "need": self.need,
            "freed": self.freed,
            "failing": self.failing,
        }


@dataclass(frozen=True, slots=True)
class LocationPlan:
    """One country's part, in users."""

    value: str
    users: int
    already: int


@dataclass(frozen=True, slots=True)
class Expected:
    """Users for whom one product is expected to fail for one reason; Microsoft decides at saving."""

    sku_id: str
    problem: Problem
    members: BitMap

    @property
    def reason(self) -> str:
        """The reason's code."""
        return self.problem.reason

    @property
    def users(self) -> int:
        """How many."""
        return len(self.members)


@dataclass(frozen=True, slots=True)
class Losses:
    """Who loses what, and the day on which mailboxes are deleted for good."""

    members: Mapping[Loss, BitMap]
    deleted_on: date

    def count(self, loss: Loss) -> int:
        """How many users."""
        return len(self.members.get(loss, BitMap()))

    @property
    def mailbox(self) -> int:
        """Users who lose their mailbox."""
        return self.count(Loss.MAILBOX)

    @property
    def onedrive(self) -> int:
        """Users who lose OneDrive; its files stay until the user is deleted."""
        return self.count(Loss.ONEDRIVE)

    @property
    def office(self) -> int:
        """Users whose Office apps will show "Unlicensed product"."""
        return self.count(Loss.OFFICE)

    @property
    def no_license_left(self) -> int:
        """Users left without any licence."""
        return self.count(Loss.LAST_LICENSE)


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole plan. `kinds` say user by user what the numbers say in all.

    `users` are those it is for; who was asked for and is not among them is in `left_out`.
    """

    users: int
    products: tuple[ProductPlan, ...]
    places: tuple[LocationPlan, ...]
    expected: tuple[Expected, ...]
    losses: Losses
    kinds: tuple[PlannedKind, ...]
    left_out: tuple[LeftOut, ...]
    reasons: tuple[ReviewReason, ...]
    digest: str

    @property
    def has_guests(self) -> bool:
        """Whether a guest is among the users."""
        return any(each.kind.holder.guest for each in self.kinds)

    @property
    def to_assign(self) -> int:
        """User-and-product pairs to be given."""
        return sum(product.give for product in self.products)

    @property
    def to_revoke(self) -> int:
        """Pairs to be taken."""
        return sum(product.take for product in self.products)

    @property
    def plan_changes(self) -> int:
        """Pairs whose service plans change."""
        return sum(product.plans for product in self.products)

    @property
    def locations(self) -> int:
        """Users whose location is set."""
        return sum(place.users for place in self.places)

    @property
    def unchanged(self) -> int:
        """Pairs (and locations) that are so already."""
        return sum(product.already for product in self.products) + sum(p.already for p in self.places)

    @property
    def expected_failures(self) -> int:
        """Pairs expected to fail."""
        return sum(product.failing for product in self.products)

    @property
    def asked(self) -> int:
        """Everything asked: the sum of the six above."""
        parts = (self.to_assign, self.to_revoke, self.plan_changes, self.locations, self.unchanged)
        return sum(parts) + self.expected_failures

    @property
    def short(self) -> int:
        """Licences to buy, over all products."""
        return sum(product.short for product in self.products)

    @property
    def needs_review(self) -> bool:
        """Whether it is shown before it is saved."""
        return bool(self.reasons)

    @property
    def members(self) -> BitMap:
        """The users it is for."""
        return BitMap.union(BitMap(), *(each.kind.members for each in self.kinds))

    def summary(self) -> dict[str, Any]:
        """The numbers, kept with the change for good."""
        return {
            "users": self.users,
            "asked": self.asked,
            "to_assign": self.to_assign,
            "to_revoke": self.to_revoke,
            "plan_changes": self.plan_changes,
            "locations": self.locations,
            "unchanged": self.unchanged,
            "expected_failures": self.expected_failures,
            "short": self.short,
            "seats": {each.sku_id: each.seat_terms() for each in self.products if each.moves_seats},
            "left_out": {each.reason: each.users for each in self.left_out},
            "reasons": [reason.value for reason in self.reasons],
            "mailbox": self.losses.mailbox,
            "deleted_on": self.losses.deleted_on.isoformat() if self.losses.mailbox else None,
        }
