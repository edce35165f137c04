"""One page of a longer list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """`items` of page `number` (from 1) of a list of `total`, `size` to a page.

    `asked` is the page that was asked for: past either end the nearest page is shown.
    """

    items: Sequence[T]
    number: int
    size: int
    total: int
    asked: int

    @property
    def last(self) -> int:
        """The number of the last page; an empty list has one page."""
        return last_page(self.total, self.size)

    @property
    def first_index(self) -> int:
        """Place of the first item in the whole list, from 1; 0 when it is empty."""
        return (self.number - 1) * self.size + 1 if self.total else 0

    @property
    def last_index(self) -> int:
        """Place of the last item of this page in the whole list; 0 when it is empty."""
        return min(self.number * self.size, self.total)

    @property
    def is_first(self) -> bool:
        """Whether there is nothing before this page."""
        return self.number == 1

    @property
    def is_last(self) -> bool:
        """Whether there is nothing after this page."""
        return self.number == self.last

    @property
    def is_clamped(self) -> bool:
        """Whether another page is shown than was asked for."""
        return self.number != self.asked


def last_page(total: int, size: int) -> int:
    """How many pages `total` items make; at least one."""
    return max(1, -(-total // size))


def place(asked: int, size: int, total: int) -> int:
    """The page that is shown when `asked` was wanted."""
    return min(max(asked, 1), last_page(total, size))


def slice_page(items: Sequence[T], asked: int, size: int) -> Page[T]:
    """The page of a list that is at hand as a whole."""
    number = place(asked, size, len(items))
    start = (number - 1) * size
    return Page(items[start : start + size], number, size, len(items), asked)
