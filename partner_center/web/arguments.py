"""Reading a list's address: only what is offered, junk falls back to the default."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from werkzeug.datastructures import MultiDict

LONGEST_TEXT = 200
SIZES = (25, 50, 100)
Choice = TypeVar("Choice", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Sort:
    """By which column, and which way."""

    key: str
    descending: bool

    def to_arg(self) -> str:
        """`name` or `-name`, as it stands in the address."""
        return f"-{self.key}" if self.descending else self.key


def page_number(args: MultiDict[str, str]) -> int:
    """`page=3`; 1 for junk. A number past the end is drawn back by the list."""
    asked = args.get("page", "").strip()
    return max(1, int(asked)) if asked.isascii() and asked.isdigit() and len(asked) <= 9 else 1


def page_size(args: MultiDict[str, str]) -> int:
    """`size=50`, where it is offered, else the smallest."""
    return next((size for size in SIZES if str(size) == args.get("size")), SIZES[0])


def one_of(args: MultiDict[str, str], name: str, default: Choice) -> Choice:
    """The member of `default`'s own enumeration that the address names, else `default`."""
    try:
        return type(default)(args.get(name, default))
    except ValueError:
        return default


def sort_of(args: MultiDict[str, str], allowed: Collection[str], default: str) -> Sort:
    """`sort=name` or `sort=-name`, where `name` is allowed."""
    asked = args.get("sort", default)
    key = asked.removeprefix("-")
    return Sort(key, asked.startswith("-")) if key in allowed else Sort(default, False)


def text(args: MultiDict[str, str], name: str, limit: int = LONGEST_TEXT) -> str:
    """What was typed, without spaces around it, cut at `limit` characters."""
    return args.get(name, "").strip()[:limit]
