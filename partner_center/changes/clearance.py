"""What may be asked of one customer's tenant now: quota, Retry-After, silences, and whose turn a worker is.

The row behind it is shared by the workers of all processes: each turn of a running change holds its lock
while it decides what to send, and writes back what it took.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from partner_center.changes.flights import Landed
from partner_center.changes.models import TenantPace
from partner_center.changes.pace import ANSWERED, RESERVE, Line, Quota, Silence
from partner_center.cloud.errors import Rejected, Throttled
from partner_center.cloud.port import Verdict
from partner_center.directory.rowsets import begin_writing, insert_missing, upsert

SOON = timedelta(seconds=5)
"""Where another worker tries the line just now."""


class Clearance:
    """One run's view of the row. Only between `enter` and the end of that transaction is it the truth."""

    def __init__(self, customer_id: int, quota: Quota, *, is_bulk: bool) -> None:
        self._customer_id, self._quota = customer_id, quota
        self._reserve = RESERVE if is_bulk else 0
        self._level: float = quota.capacity
        self._busy_until: datetime | None = None
        self._silence = ANSWERED
        self._now = datetime.min.replace(tzinfo=UTC)

    def enter(self, session: Session, now: datetime) -> None:
        """Lock the row and see how things stand."""
        begin_writing(session)
        fresh = {"customer_id": self._customer_id, "level": self._quota.capacity, "level_at": now}
        insert_missing(session, TenantPace, fresh | {"silent_calls": 0})
        row = session.get_one(TenantPace, self._customer_id, with_for_update=True, populate_existing=True)
        self._level = self._quota.level(row.level, row.level_at, now)
        self._busy_until = row.busy_until
        self._silence = Silence(row.silent_calls, row.silent_since, row.retry_at, row.trial_until)
        self._now = now

    def store(self, session: Session) -> None:
        """Write back what became of it; the caller commits."""
        silence = {
            f"silent_{name}" if name in ("calls", "since") else name: value
            for name, value in asdict(self._silence).items()
        }
        known = {"customer_id": self._customer_id, "level": self._level, "level_at": self._now}
        upsert(session, TenantPace, [known | {"busy_until": self._busy_until} | silence])

    # who asks ---------------------------------------------------------------------------------------

    def barred_until(self) -> datetime | None:
        """When to come back, where nothing at all may be asked now."""
        if self._busy_until and self._busy_until > self._now:
            return self._busy_until
        match self._silence.line(self._now):
            case Line.OPEN:
                return None
            case Line.SHUT:
                return self._silence.retry_at
            case Line.TRIAL:
                return self._now + SOON

    def knock(self) -> datetime | None:
        """The same for who is about to read: where the line is to be tried, it is theirs to try."""
        trial = self._silence.try_now(self._now)
        if trial is None or (self._busy_until and self._busy_until > self._now):
            return self.barred_until()
        self._silence = trial
        return None

    def take(self, most: int) -> int:
        """How many of `most` users may be sent now; they count as sent."""
        if not self._quota.capacity:
            return most
        taken = min(most, max(0, int(self._level - self._reserve)))
        self._level -= taken
        return taken

    def give_back(self, count: int) -> None:
        """So many that were taken have not been sent."""
        self._level += count

    def due(self, count: int) -> datetime:
        """When `count` users may be sent at once."""
        return self._quota.due(self._level - self._reserve, count, self._now)

    # what was answered ------------------------------------------------------------------------------

    def use_up(self) -> None:
        """Microsoft turned writes away: nothing is left, whatever we counted."""
        self._level = min(self._level, 0.0)

    def be_busy(self, until: datetime) -> None:
        """Microsoft asked to wait, whoever asks."""
        self._busy_until = max(until, self._busy_until or until)

    def hear(self, landed: Landed) -> None:
        """One call came back, or did not."""
        if landed.was_sent:
            self.note_line(is_answered=_is_answered(landed))

    def note_line(self, *, is_answered: bool) -> None:
        """Microsoft said something, or nothing."""
        self._silence = ANSWERED if is_answered else self._silence.unanswered(self._now)

    @property
    def shut_until(self) -> datetime | None:
        """While Microsoft does not answer: when it is tried again."""
        return self._silence.retry_at if self._silence.line(self._now) is Line.SHUT else None

    @property
    def is_silent(self) -> bool:
        """Whether the last call got no answer."""
        return self._silence != ANSWERED


def _is_answered(landed: Landed) -> bool:
    """Whether Microsoft said anything, be it that it is busy or that it refuses."""
    if landed.answers is not None:
        return any(answer.verdict is not Verdict.UNKNOWN and answer.reached for answer in landed.answers)
    return landed.users is not None or isinstance(landed.problem, Throttled | Rejected)
