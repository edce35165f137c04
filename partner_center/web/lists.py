"""What every paged list says of its page: in words, and where its four buttons lead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import url_for

from partner_center.shared.page import Page
from partner_center.web import formats
from partner_center.web.wording import _


@dataclass(frozen=True, slots=True)
class Pager:
    """A page's place among its neighbours. `text` and `span` are sentences' parts for the screen."""

    number: int
    last: int
    total: int
    size: int
    text: str
    span: str

    @property
    def is_first(self) -> bool:
        return self.number <= 1

    @property
    def is_last(self) -> bool:
        return self.number >= self.last

    @property
    def single(self) -> bool:
        return self.last <= 1


def pager_of(page: Page[Any]) -> Pager:
    """The pager of `page`."""
    shown = formats.number
    return Pager(
        number=page.number,
        last=page.last,
        total=page.total,
        size=page.size,
        text=_("Page %(page)s of %(pages)s", page=shown(page.number), pages=shown(page.last)),
        span=_(
            "%(first)s–%(last)s of %(total)s",
            first=shown(page.first_index),
            last=shown(page.last_index),
            total=shown(page.total),
        ),
    )


def clamped_words(page: Page[Any]) -> str:
    """What to say where the page that was asked for does not exist; empty where it does."""
    if not page.is_clamped:
        return ""
    return _(
        "There is no page %(page)s. This is page %(shown)s.",
        page=formats.number(page.asked),
        shown=formats.number(page.number),
    )


def step(number: int, last: int, go: str, to: str = "") -> int:
    """The page that `first`, `prev`, `next`, `last` or `goto` (with `to`) leads to; others stay."""
    steps = {"first": 1, "prev": number - 1, "next": number + 1, "last": last}
    if go == "goto" and to.isascii() and to.isdigit() and len(to) <= 9:
        return max(1, min(int(to), last))
    return max(1, min(steps.get(go, number), last))


@dataclass(frozen=True, slots=True)
class ListAddress:
    """Addresses of one list: called with what shall differ, it keeps the rest of what was asked.

    `place` fills the path, `asked` is the query string without what is default. An empty value drops
    its argument; whatever changes but the page leads back to page 1.
    """

    endpoint: str
    place: Mapping[str, Any]
    asked: Mapping[str, str]

    def __call__(self, **changes: object) -> str:
        kept = {name: value for name, value in self.asked.items() if name != "page"}
        query: dict[str, Any] = {n: text for n, value in (kept | changes).items() if (text := str(value))}
        if query.get("page") == "1":
            del query["page"]
        return url_for(self.endpoint, **self.place, **query)

    def page(self, number: int) -> str:
        """The address of one page of the list."""
        return self(page=number, _anchor="list")
