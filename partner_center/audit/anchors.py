"""Anchors: what the chain's end was at a moment, kept outside the database and vouched for with a key.

One line of JSON each. Whoever can write the database alone can neither change an anchor nor make one.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from partner_center.audit.verify import Point

FILE_NAME = "audit-anchors.jsonl"
_PURPOSE = b"partner center console: audit anchor"


@dataclass(frozen=True, slots=True)
class Anchor:
    """The end of the chain at `at`, ISO 8601; `mac` vouches for the three."""

    number: int
    hash: str
    at: str
    mac: str

    @property
    def point(self) -> Point:
        """The entry it is about."""
        return Point(self.number, self.hash)

    def to_line(self) -> str:
        """As it stands in the file."""
        told = {"at": self.at, "entry": self.number, "hash": self.hash, "mac": self.mac}
        return json.dumps(told)


def make(secret: str, point: Point, at: datetime) -> Anchor:
    """An anchor of `point`, by the installation's secret."""
    moment = at.isoformat(timespec="seconds")
    return Anchor(point.number, point.hash, moment, _mac(secret, point, moment))


def is_ours(secret: str, anchor: Anchor) -> bool:
    """Whether it was made with this secret and not changed since."""
    return hmac.compare_digest(anchor.mac, _mac(secret, anchor.point, anchor.at))


def append(file: Path, anchor: Anchor) -> None:
    """Write the anchor behind the others; it is on the disk when this returns."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(handle, "a", encoding="ascii") as out:
        out.write(anchor.to_line() + "\n")
        out.flush()
        os.fsync(out.fileno())


def read(file: Path) -> Iterator[Anchor | None]:
    """The anchors of the file, oldest first; None for a line that is none. No file has no lines."""
    if not file.exists():
        return
    with file.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            yield _parse(line)


def newest_in(file: Path) -> Anchor | None:
    """The last anchor of the file."""
    newest = None
    for anchor in read(file):
        newest = anchor or newest
    return newest


def _parse(line: str) -> Anchor | None:
    try:
        told = json.loads(line)
        return Anchor(int(told["entry"]), str(told["hash"]), str(told["at"]), str(told["mac"]))
    except (ValueError, TypeError, KeyError):
        return None


def _mac(secret: str, point: Point, at: str) -> str:
    key = hmac.new(secret.encode(), _PURPOSE, hashlib.sha256).digest()
    return hmac.new(key, f"{point.number}:{point.hash}:{at}".encode(), hashlib.sha256).hexdigest()
