"""What a running change still has to do, in which order, and when. Pure."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterable
from datetime import datetime

from partner_center.changes.items import Item
from partner_center.changes.judging import Judgement, Then


class Workload:
    """Users to be sent, to be looked up, to come back to later, and those that wait for a licence.

    While it is closed nobody is sent; who is to be looked up still is.
    """

    def __init__(self, ready: Iterable[int], lost: Iterable[Item] = ()) -> None:
        self._ready = deque(ready)
        self._lost = deque(lost)
        self._later: list[tuple[datetime, int, Item | None]] = []
        self._short: list[int] = []
        self.paused_until: datetime | None = None
        self.is_closed = False

    def note(self, item: Item, judgement: Judgement) -> None:
        """Remember what is next for a user."""
        match judgement.then:
            case Then.AGAIN:
                self._ready.appendleft(item.position)
            case Then.LATER if judgement.at:
                self.postpone(item.position, judgement.at)
            case Then.LOOK if judgement.at:
                heapq.heappush(self._later, (judgement.at, item.position, item))
            case Then.LOOK:
                self._lost.append(item)

    def postpone(self, position: int, at: datetime) -> None:
        """Come back to this user not before `at`."""
        heapq.heappush(self._later, (at, position, None))

    def wait_for_seats(self, position: int) -> None:
        """Others of this change give licences back first."""
        self._short.append(position)

    def seats_came(self) -> None:
        """A licence was given back: those who wait are next."""
        self._ready.extendleft(reversed(self._short))
        self._short.clear()

    def pause(self, until: datetime) -> None:
        """Microsoft turns everything away, or would: ask nothing until then."""
        self.paused_until = max(until, self.paused_until or until)

    def wake(self, now: datetime) -> None:
        """What has become due is ready again."""
        if self.paused_until and self.paused_until <= now:
            self.paused_until = None
        while self._later and self._later[0][0] <= now:
            _, position, item = heapq.heappop(self._later)
            if item is None:
                self._ready.appendleft(position)
            else:
                self._lost.append(item)

    def ready(self, most: int) -> int:
        """How many users could be sent now, `most` at most."""
        return 0 if self.paused_until or self.is_closed else min(most, len(self._ready))

    @property
    def waiting(self) -> int:
        """Users who are not done and not under way."""
        return len(self._ready) + len(self._lost) + len(self._later) + len(self._short)

    def take(self, count: int) -> list[int]:
        """Up to `count` users to be sent."""
        return [self._ready.popleft() for _ in range(self.ready(count))]

    def take_lost(self, count: int) -> list[Item]:
        """Up to `count` users to be looked up."""
        if self.paused_until:
            return []
        return [self._lost.popleft() for _ in range(min(count, len(self._lost)))]

    @property
    def has_ready(self) -> bool:
        """Whether something can be sent or looked up now."""
        return not self.paused_until and bool(self._sendable or self._lost)

    @property
    def only_waits_for_seats(self) -> bool:
        """Whether nobody is left who could give anything back."""
        return bool(self._short) and not (self.is_closed or self._ready or self._lost or self._later)

    @property
    def is_empty(self) -> bool:
        """Whether nobody is left, closed or not."""
        return not (self._ready or self._lost or self._later or self._short)

    @property
    def _sendable(self) -> bool:
        return bool(self._ready) and not self.is_closed

    def next_due(self, now: datetime) -> datetime | None:
        """When to come back; None when nothing is left."""
        later = [at for at, _, item in self._later if item is not None or not self.is_closed]
        short = bool(self._short) and not self.is_closed
        if self.paused_until and (self._sendable or self._lost or later or short):
            return self.paused_until
        return min(later) if later else (now if self._sendable or self._lost else None)
