"""Licences as numbers: what is left, what a change needs, what may still be asked for. Pure.

Every number starts from Microsoft's own (`subscribedSkus`); assignments are never counted instead.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass


def available_of(enabled: int, warning: int, consumed: int) -> int:
    """Licences that can still be given; negative when more are in use than owned.

    Licences in *warning* (expired, in grace) can be given like enabled ones (Graph, prepaidUnits).
    """
    return enabled + warning - consumed


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

    `available` are Microsoft's numbers at the start of the run; `pending` counts licences that other
    users of the same change have not given back yet. What was asked for and not answered may come back
    too: a call that fails leaves its licence to the next user.
    """

    def __init__(self, available: Mapping[str, int], pending: Mapping[str, int]) -> None:
        self._left = dict(available)
        self._pending = dict(pending)
        self._asked: Counter[str] = Counter()
        self._exhausted: set[str] = set()

    def left(self, sku_id: str) -> int:
        """How many may be asked for now."""
        return max(0, self._left.get(sku_id, 0))

    def lacking(self, sku_ids: Iterable[str]) -> frozenset[str]:
        """Those of `sku_ids` with nothing left now."""
        return frozenset(sku for sku in sku_ids if self.left(sku) == 0)

    def may_come(self, sku_ids: Iterable[str]) -> bool:
        """Whether waiting could help each of them: somebody gives one back, or a call under way fails."""
        return all(self._pending.get(sku, 0) > 0 or self._may_return(sku) for sku in sku_ids)

    def _may_return(self, sku_id: str) -> bool:
        return self._asked[sku_id] > 0 and sku_id not in self._exhausted

    def take(self, sku_ids: Iterable[str]) -> None:
        """Reserve one of each before the call is sent."""
        for sku in sku_ids:
            self._left[sku] = self._left.get(sku, 0) - 1
            self._asked[sku] += 1

    def land(self, sku_ids: Iterable[str], used: Container[str]) -> None:
        """The call that had taken them was answered; what it did not use is there again."""
        for sku in sku_ids:
            self._asked[sku] -= 1
            if sku not in used and sku not in self._exhausted:
                self._left[sku] = self._left.get(sku, 0) + 1

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
