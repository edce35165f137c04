"""Sums and headings: how a change ended, said so that the numbers add up. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from partner_center.changes.states import ItemState, Outcome

_WORST_FIRST = (Outcome.FAILED, Outcome.UNKNOWN, Outcome.NOT_ATTEMPTED, Outcome.DONE, Outcome.ALREADY_SO)
GOOD = frozenset({Outcome.DONE, Outcome.ALREADY_SO})


class Heading(StrEnum):
    """What the result page says first."""

    UPDATED = "updated"
    PARTLY = "partly"
    IN_PART = "in_part"
    UNKNOWN = "unknown"
    NONE = "none"
    ALREADY = "already"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Sums:
    """How many ended how, or where they are. `requested` is counted by itself: `adds_up` is a statement,
    not a definition. `sent` were sent and have no answer yet: nothing is said about them.
    """

    requested: int
    done: int = 0
    already_so: int = 0
    failed: int = 0
    not_attempted: int = 0
    unknown: int = 0
    sent: int = 0
    waiting: int = 0

    @property
    def settled(self) -> int:
        """How many have an outcome."""
        return sum(count for term, count in self.terms if term in Outcome)

    @property
    def adds_up(self) -> bool:
        """Whether everything requested is somewhere, once."""
        return sum(count for _, count in self.terms) == self.requested

    @property
    def good(self) -> int:
        """How many are as asked."""
        return self.done + self.already_so

    @property
    def terms(self) -> tuple[tuple[Outcome | ItemState, int], ...]:
        """What occurred, for "11 + 2 + 1 = 14"."""
        counts = (
            (Outcome.DONE, self.done),
            (Outcome.ALREADY_SO, self.already_so),
            (Outcome.FAILED, self.failed),
            (Outcome.NOT_ATTEMPTED, self.not_attempted),
            (Outcome.UNKNOWN, self.unknown),
            (ItemState.SENT, self.sent),
            (ItemState.WAITING, self.waiting),
        )
        return tuple((outcome, count) for outcome, count in counts if count)


def sums_of(requested: int, counts: Mapping[str, int]) -> Sums:
    """Sums from counts by outcome."""
    return Sums(requested, **{outcome.value: counts.get(outcome, 0) for outcome in Outcome})


def item_outcome(outcomes: Iterable[tuple[str, str | None]]) -> tuple[Outcome, str | None]:
    """A user's outcome and reason: the worst of what was asked for them, `already so` where nothing was."""
    found = list(outcomes)
    for outcome in _WORST_FIRST:
        reasons = [reason for each, reason in found if each == outcome]
        if reasons:
            return outcome, reasons[0]
    return Outcome.ALREADY_SO, None


def sums_so_far(requested: int, counts: Mapping[str, int]) -> Sums:
    """Sums of a change under way, from counts by outcome or state; who has no row yet waits."""
    sent = counts.get(ItemState.SENT, 0)
    settled = sums_of(requested, counts)
    return replace(settled, sent=sent, waiting=requested - settled.settled - sent)


def heading_of(users: Sums, changes: Sums, *, stopped: bool) -> Heading:
    """What the result page says first, by what became of the users and of what was asked for them.

    "Nothing was updated" is said only where that is known.
    """
    if users.good == users.requested:
        return Heading.UPDATED if users.done else Heading.ALREADY
    if users.done:
        return Heading.PARTLY
    if changes.done:
        return Heading.IN_PART
    if changes.unknown:
        return Heading.UNKNOWN
    return Heading.STOPPED if stopped else Heading.NONE
