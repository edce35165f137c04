"""Pieces of pages that are drawn once and shown again while the facts they were drawn from are the same.

Drawing a page's frame and rows takes far longer than finding what is in them. Only pieces without a token,
a path or anybody's ticks may be kept; `gap` leaves room for such values and `filled` puts them in.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Hashable, Sequence
from functools import lru_cache
from secrets import token_hex

from flask import Flask
from jinja2 import Template
from jinja2.environment import TemplateModule
from jinja2.runtime import Context
from markupsafe import Markup

from partner_center.web.language import current_language

PIECES = 2_000
_MARK = token_hex(16)
"""Marks a gap. Drawn anew by each process, so that nobody can write it into a name."""

Caller = Callable[[], Markup]
_CHECKED, _NOTHING = Markup.escape(" checked"), Markup.escape("")


class Once:
    """`{% call piece() %}…{% endcall %}` draws what is inside the first time only."""

    __slots__ = ("_drawn",)

    def __init__(self) -> None:
        self._drawn: Markup | None = None

    def __call__(self, caller: Caller) -> Markup:
        if self._drawn is None:
            self._drawn = caller()
        return self._drawn


class Ticked:
    """Rows with a gap "tick" each: drawn once for all, shown with each person's own ticks."""

    __slots__ = ("_drawn", "_numbers", "_unticked")

    def __init__(self, numbers: Sequence[int]) -> None:
        self._numbers = numbers
        self._drawn: Markup | None = None
        self._unticked = _NOTHING

    def __call__(self, members: Container[int], caller: Caller) -> Markup:
        if self._drawn is None:
            self._drawn = caller()
            self._unticked = self._drawn.replace(gap("tick"), "")
        if not any(number in members for number in self._numbers):
            return self._unticked
        first, *others = self._drawn.split(gap("tick"))
        shown = [first]
        for number, piece in zip(self._numbers, others, strict=True):
            shown += (_CHECKED, piece) if number in members else (piece,)
        return first[:0].join(shown)


class Part(Template):
    """A template whose macros are found at once.

    Jinja compares the names of both environments at each `{% from … import … %}`, which costs more than
    most macros. There is one environment here, and no template is given names of its own.
    """

    def _get_default_module(self, ctx: Context | None = None) -> TemplateModule:  # noqa: ARG002
        if self._module is None:
            self._module = self.make_module()
        return self._module


def register(app: Flask) -> None:
    """Give templates `kept`, `gap` and `filled`, and quick imports."""
    app.jinja_env.template_class = Part
    app.jinja_env.globals.update(kept=kept, gap=gap, filled=filled)


def kept(name: str, *facts: Hashable, caller: Caller) -> Markup:
    """The piece of this name for these facts, in the language of the page."""
    return _piece(name, current_language(), facts)(caller)


def gap(name: str) -> str:
    """Room for a value of the request in a kept piece."""
    return f"{_MARK}-{name}"


def filled(piece: Markup, **values: str) -> Markup:
    """The piece with its gaps filled; the values are escaped."""
    for name, value in values.items():
        piece = piece.replace(gap(name), Markup.escape(value))
    return piece


@lru_cache(maxsize=PIECES)
def _piece(_name: str, _language: str, _facts: tuple[Hashable, ...]) -> Once:
    return Once()
