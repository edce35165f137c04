"""Walking the chain from its first entry to its last, and naming what does not hold.

What is cut off at the end leaves a whole chain behind, and so does a log that was written anew from some
entry on. Only an anchor, kept where the database's owner can't change it, tells of those.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Text, cast, select
from sqlalchemy.orm import Session

from partner_center.audit.chain import GENESIS, Content, hash_of
from partner_center.audit.models import AuditEntry

AT_ONCE = 1_000


class Fault(StrEnum):
    """What can be wrong with an entry."""

    ALTERED = "altered"
    MISSING = "missing"
    INSERTED = "inserted"
    REORDERED = "reordered"
    REPLACED = "replaced"
    CUT_OFF = "cut_off"
    REWRITTEN = "rewritten"


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault and the entries it is about, from `first` to `last`; `text` says it in a sentence."""

    fault: Fault
    first: int
    last: int
    text: str


@dataclass(frozen=True, slots=True)
class Point:
    """Entry `number` with the hash it has, or had."""

    number: int
    hash: str


@dataclass(frozen=True, slots=True)
class _Stored:
    """An entry as it lies in the database; `content` is None where it can't be read."""

    number: int
    prev_hash: str
    hash: str
    content: Content | None

    @property
    def holds(self) -> bool:
        return self.content is not None and hash_of(self.content, self.prev_hash) == self.hash


class Walk:
    """One pass over the chain. `counted` and `end` are known when the findings are through."""

    def __init__(self, session: Session, anchors: Iterable[Point] = ()) -> None:
        self._session = session
        self._anchors: dict[int, set[str]] = defaultdict(set)
        for anchor in anchors:
            self._anchors[anchor.number].add(anchor.hash)
        self.counted = 0
        self.end = Point(0, GENESIS)

    def findings(self) -> Iterator[Finding]:
        """What does not hold, from the first entry on, then what the anchors miss."""
        before = last = Point(0, GENESIS)
        moved = False
        for entry in _entries(self._session):
            self.counted += 1
            if not entry.holds:
                yield _about(Fault.ALTERED, entry.number, "does not say what it said when it was written")
            if entry.number <= last.number:
                yield _about(Fault.INSERTED, entry.number, "has a number that no entry was given")
                continue
            if entry.number != last.number + 1:
                yield _gap(last.number + 1, entry.number - 1)
                moved = False
            elif entry.prev_hash != last.hash and entry.holds:
                finding = self._misplaced(entry, last, before, moved)
                moved = finding.fault is Fault.REORDERED
                yield finding
            else:
                moved = False
            yield from self._against_anchor(entry)
            before, last = last, Point(entry.number, entry.hash)
        self.end = last
        yield from self._beyond_the_end()

    def _misplaced(self, entry: _Stored, last: Point, before: Point, moved: bool) -> Finding:
        """The entry is whole and follows something else than what stands before it."""
        followed = self._find(entry.prev_hash)
        if followed is None and last.number == 0:
            return _about(
                Fault.MISSING, entry.number, "was not the first: what it was written after is missing"
            )
        if followed is None:
            text = f"is another than the one that entry {entry.number} was written after"
            return _about(Fault.REPLACED, last.number, text)
        if followed.number == before.number and not moved:
            text = f"was not there when entry {entry.number} was written: it was put in later"
            return _about(Fault.INSERTED, last.number, text)
        text = f"stands in a wrong place: it was written after entry {followed.number}"
        return _about(Fault.REORDERED, entry.number, text)

    def _find(self, wanted: str) -> Point | None:
        if wanted == GENESIS:
            return Point(0, GENESIS)
        number = self._session.scalar(select(AuditEntry.id).where(AuditEntry.hash == wanted).limit(1))
        return None if number is None else Point(number, wanted)

    def _against_anchor(self, entry: _Stored) -> Iterator[Finding]:
        if self._anchors.pop(entry.number, {entry.hash}) != {entry.hash}:
            text = "is not the one that was anchored: the log was written anew up to here"
            yield _about(Fault.REWRITTEN, entry.number, text)

    def _beyond_the_end(self) -> Iterator[Finding]:
        if missed := [number for number in self._anchors if number > self.end.number]:
            first, last = self.end.number + 1, max(missed)
            text = f"Entries {first} to {last} are missing: they were anchored, and the log ends before them."
            yield Finding(Fault.CUT_OFF, first, last, text)


def newest(session: Session) -> Point:
    """The end of the chain as it is now."""
    row = session.execute(select(AuditEntry.id, AuditEntry.hash).order_by(AuditEntry.id.desc()).limit(1))
    return next((Point(number, digest) for number, digest in row), Point(0, GENESIS))


def _entries(session: Session) -> Iterator[_Stored]:
    """Read as text, so that a value that can't be what it should is a finding and no accident."""
    plain = [column for column in Content._fields if column not in {"at", "details"}]
    wanted = select(
        AuditEntry.id,
        AuditEntry.prev_hash,
        AuditEntry.hash,
        cast(AuditEntry.at, Text).label("at"),
        cast(AuditEntry.details, Text).label("details"),
        *(getattr(AuditEntry, name) for name in plain),
    )
    for row in session.execute(wanted.order_by(AuditEntry.id).execution_options(yield_per=AT_ONCE)):
        told = {name: getattr(row, name) for name in plain}
        yield _Stored(row.id, row.prev_hash, row.hash, _content(row.at, row.details, told))


def _content(at: str, details: str, told: dict[str, Any]) -> Content | None:
    try:
        moment = datetime.fromisoformat(at)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return Content(at=moment, details=json.loads(details), **told)
    except (ValueError, TypeError):
        return None


def _about(fault: Fault, number: int, what: str) -> Finding:
    return Finding(fault, number, number, f"Entry {number} {what}.")


def _gap(first: int, last: int) -> Finding:
    text = f"Entry {first} is missing." if first == last else f"Entries {first} to {last} are missing."
    return Finding(Fault.MISSING, first, last, text)
