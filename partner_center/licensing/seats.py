"""Licences as numbers: what is left, what a change needs, what may still be asked for. Pure.

Every number starts from Microsoft's own (`subscribedSkus`); assignments are never counted instead.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

SETTLING = timedelta(seconds=60)
"""How long after a write Microsoft's number may still be the one from before it: the directory's copies
agree in the end, not at once (Graph, "eventual consistency")."""


@dataclass(frozen=True, slots=True)
class Told:
    """How many licences of a product are in use as Microsoft told at `at`; None: it never did."""

    used: int
    at: datetime | None


@dataclass(frozen=True, slots=True)
class OwnCount:
    """The same by our own count: Microsoft's number as of `at`, and what it confirmed to us since.

    `moved_at` is when it last confirmed anything.
    """

    used: int
    at: datetime
    moved_at: datetime | None = None

    def has_settled(self, at: datetime) -> bool:
        """Whether a number told at `at` must hold all that was confirmed to us."""
        return self.moved_at is None or at - self.moved_at >= SETTLING


def used_now(told: Told, own: OwnCount | None, *, giving: int = 0, taking: int = 0) -> int:
    """How many licences of a product are in use, of two counts of which each may be behind.

    Microsoft's number is read now and then, and may come late; ours moves with each answer, and knows
    nothing of other people. Each licence is counted once: an answer moves our count in the transaction
    that closes what was asked for, so that until then it is promised and from then on in use.

    A number of Microsoft's that we have weighed already says nothing new. `giving` and `taking` are calls
    that were under way when it was read and have no stored answer: it may or may not hold them. A number
    that they explain confirms ours. A higher one means that somebody else took licences, and is taken as
    it is. A lower one is believed once Microsoft had `SETTLING` to catch up with our last answer.
    """
    if own is None:
        return told.used
    if told.at is None or own.at >= told.at:
        return own.used
    if told.used > own.used + giving:
        return told.used
    if told.used >= own.used - taking or not own.has_settled(told.at):
        return own.used
    return told.used + taking


@dataclass(frozen=True, slots=True)
class Claim:
    """What one saved change that is not finished asks of one product's licences.

    `open` are still to be given, `given` were, `unknown` may have been. `most` is how many its plan could
    serve when it was saved, what it gives back itself included; None where no plan said.
    """

    open: int = 0
    given: int = 0
    unknown: int = 0
    most: int | None = None

    @property
    def left(self) -> int:
        """How many it may still give."""
        if self.most is None:
            return self.open
        return min(self.open, max(0, self.most - self.given - self.unknown))

    @property
    def promised(self) -> int:
        """Licences that nobody else may be given. One whose outcome is not known may be in use."""
        return self.left + self.unknown


@dataclass(frozen=True, slots=True)
class Stake:
    """One product's licences as one reader may count on them: `ahead` are promised to others before.

    `purchased` are the enabled ones and those in *warning* (expired, in grace), which can be given alike
    (Graph, prepaidUnits).
    """

    purchased: int
    used: int
    ahead: int = 0

    @property
    def available(self) -> int:
        """What is left for the reader; below zero only where more are in use than owned."""
        free = self.purchased - self.used
        return min(free, max(0, free - self.ahead))

    @property
    def promised(self) -> int:
        """How many of those that are free are promised to others."""
        return self.purchased - self.used - self.available


@dataclass(frozen=True, slots=True)
class SeatMath:
    """One product's licences before and after a change."""

    available: int
    need: int
    freed: int

    @property
    def after(self) -> int:
        """What is left when everything that can be given has been."""
        return self.available + self.freed - self.served

    @property
    def short(self) -> int:
        """How many to buy so that everybody asked for gets one; 0 when nothing is needed."""
        return max(0, self.need - self.available - self.freed) if self.need else 0

    @property
    def served(self) -> int:
        """How many of `need` the licences reach; what is freed first can be given again."""
        return min(self.need, max(0, self.available + self.freed))


class SeatLedger:
    """What one running change may still ask for, per product, so that no call is sent past the seats.

    `available` is what it may count on at the start of the run; `pending` counts licences that other
    users of the same change have not given back yet. What was asked for and not answered may come back
    too: a call that fails leaves its licence to the next user. `most` is how many are promised to it in
    all, given back or not: more may be somebody else's by now.
    """

    def __init__(
        self, available: Mapping[str, int], pending: Mapping[str, int], most: Mapping[str, int] | None = None
    ) -> None:
        self._left = dict(available)
        self._most = dict(most or {})
        self._pending = dict(pending)
        self._asked: Counter[str] = Counter()
        self._exhausted: set[str] = set()

    def left(self, sku_id: str) -> int:
        """How many may be asked for now."""
        left = self._left.get(sku_id, 0)
        return max(0, min(left, self._most.get(sku_id, left)))

    def lacking(self, sku_ids: Iterable[str]) -> frozenset[str]:
        """Those of `sku_ids` with nothing left now."""
        return frozenset(sku for sku in sku_ids if self.left(sku) == 0)

    def may_come(self, sku_ids: Iterable[str]) -> bool:
        """Whether waiting could help each of them: somebody gives one back, or a call under way fails."""
        return all(self._may_free(sku) or self._may_return(sku) for sku in sku_ids)

    def _may_free(self, sku_id: str) -> bool:
        return self._pending.get(sku_id, 0) > 0 and self._most.get(sku_id, 1) > 0

    def _may_return(self, sku_id: str) -> bool:
        return self._asked[sku_id] > 0 and sku_id not in self._exhausted

    def take(self, sku_ids: Iterable[str]) -> None:
        """Reserve one of each before the call is sent."""
        for sku in sku_ids:
            self._move(sku, -1)
            self._asked[sku] += 1

    def land(self, sku_ids: Iterable[str], used: Container[str]) -> None:
        """The call that had taken them was answered; what it did not use is there again."""
        for sku in sku_ids:
            self._asked[sku] -= 1
            if sku not in used and sku not in self._exhausted:
                self._move(sku, +1)

    def _move(self, sku_id: str, by: int) -> None:
        self._left[sku_id] = self._left.get(sku_id, 0) + by
        if sku_id in self._most:
            self._most[sku_id] += by

    def settle_revoke(self, sku_id: str, *, freed: bool) -> None:
        """A pending licence was given back (`freed`), or will not be."""
        self._pending[sku_id] = self._pending.get(sku_id, 0) - 1
        if freed:
            self._left[sku_id] = self._left.get(sku_id, 0) + 1

    def exhaust(self, sku_id: str) -> None:
        """Microsoft said there is none left: stop asking, whatever we counted."""
        self._left[sku_id] = 0
        self._pending[sku_id] = 0
        self._exhausted.add(sku_id)

    def stop_waiting(self) -> None:
        """Nobody left to give anything back: who waits for it waits in vain."""
        self._pending.clear()
        self._asked.clear()
