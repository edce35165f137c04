"""Ticks of a page of users: which numbers it showed, which of them are ticked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pyroaring import BitMap
from werkzeug.datastructures import MultiDict

from partner_center.directory.selection import Chosen
from partner_center.shared.errors import Refusal
from partner_center.web import formats
from partner_center.web.wording import _, ngettext

_LARGEST = 2**32 - 1
_MOST = 1000


@dataclass(frozen=True, slots=True)
class Ticks:
    """Who joins the selection and who leaves it."""

    add: BitMap = field(default_factory=BitMap)
    remove: BitMap = field(default_factory=BitMap)


def read_ticks(form: MultiDict[str, str]) -> Ticks:
    """From a form: `u` are the ticked numbers, `page_numbers` all that the page showed.

    Raises Refusal where a number is none: such a form was not made by our page.
    """
    ticked = _numbers(form.getlist("u"))
    shown = _numbers(form.get("page_numbers", "").split(",") if form.get("page_numbers") else [])
    return Ticks(add=ticked, remove=shown - ticked)


def read_json_ticks(data: object) -> Ticks:
    """From a script: `{"add": [numbers], "remove": [numbers]}`. Raises Refusal for anything else."""
    if not isinstance(data, Mapping):
        raise Refusal(_("This list of ticks can't be read. Reload the page."))
    return Ticks(add=_numbers(_list(data, "add")), remove=_numbers(_list(data, "remove")))


def selection_words(chosen: Chosen, hidden: int) -> str:
    """The bar's sentence: how many are selected, and how many the filter hides."""
    count = len(chosen.members)
    if not count:
        return _("No users selected.")
    words = ngettext("%(n)s user selected.", "%(n)s users selected.", count, n=formats.number(count))
    if not hidden:
        return words
    return f"{words} " + ngettext(
        "%(n)s not shown by the current filter.",
        "%(n)s not shown by the current filter.",
        hidden,
        n=formats.number(hidden),
    )


def selected_label(chosen: Chosen) -> str:
    """The link to the selected users, with their number."""
    return _("Selected users (%(n)s)", n=formats.number(len(chosen.members)))


def undo_words(count: int) -> str:
    """What the last clearing took away."""
    return ngettext("Cleared %(n)s user.", "Cleared %(n)s users.", count, n=formats.number(count))


def _list(data: Mapping[str, Any], name: str) -> list[str]:
    value = data.get(name, [])
    return [str(item) for item in value] if isinstance(value, list) else ["?"]


def _numbers(texts: Iterable[str]) -> BitMap:
    wanted = list(texts)
    if len(wanted) > _MOST or not all(_is_number(text) for text in wanted):
        raise Refusal(_("This list of ticks can't be read. Reload the page."))
    return BitMap(int(text) for text in wanted)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 10 and int(text) <= _LARGEST
