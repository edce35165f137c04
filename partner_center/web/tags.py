"""Words in small boxes: what a tag says and in which tone."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tag:
    """`tone` is ok, warn, err, info, chg or plain; the word alone must tell the same."""

    text: str
    tone: str = "plain"


@dataclass(frozen=True, slots=True)
class Removable:
    """A filter that is on, in words, and the address without it."""

    text: str
    href: str
