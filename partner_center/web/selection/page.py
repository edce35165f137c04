"""All that *Selected users* shows, made ready for its template."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qsl

from pyroaring import BitMap
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from partner_center.directory import listing
from partner_center.directory.owned import assignable_names
from partner_center.directory.selection import Chosen, SelectionSource
from partner_center.directory.values import MISSING_LOCATION, Kind, UserFilter
from partner_center.shared.page import Page, place
from partner_center.web import formats
from partner_center.web.lists import Pager, pager_of
from partner_center.web.tags import Tag
from partner_center.web.ticks import undo_words
from partner_center.web.user_filters import in_words, read_query
from partner_center.web.user_lines import UserLine, problem_tags, user_lines
from partner_center.web.wording import _, ngettext

SIZE = 100


@dataclass(frozen=True, slots=True)
class SelectedLine:
    """A selected user and what may block a change."""

    user: UserLine
    problems: tuple[Tag, ...]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where some of the selected came from."""

    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Shortcut:
    """A button that takes a whole kind of users out of the selection."""

    go: str
    text: str


@dataclass(frozen=True, slots=True)
class SelectedPage:
    """The page of selected users. `undo` is empty where nothing can be brought back."""

    count: int
    caption: str
    rows: tuple[SelectedLine, ...]
    numbers: str
    pager: Pager
    origins: tuple[Origin, ...]
    shortcuts: tuple[Shortcut, ...]
    vanished: str
    undo: str


def kinds_in(session: Session, customer_id: int, members: BitMap) -> dict[str, BitMap]:
    """The members without a location, and the guests among them; by the word their button sends."""
    asked = {
        "drop:location": UserFilter(location=MISSING_LOCATION, only=members),
        "drop:guests": UserFilter(kind=Kind.GUEST, only=members),
    }
    return {go: listing.matching(session, customer_id, wanted) for go, wanted in asked.items()}


def selected_page(
    session: Session, customer_id: int, chosen: Chosen, asked: int, language: str
) -> SelectedPage:
    """Page `asked` of the selected users by name; reads only."""
    total = len(chosen.members)
    number = place(asked, SIZE, total)
    start = (number - 1) * SIZE
    numbers = listing.sorted_numbers(session, customer_id, chosen.members, language, start=start, limit=SIZE)
    rows = listing.rows_of(session, customer_id, numbers)
    lines = user_lines(session, customer_id, rows, language)
    pager = pager_of(Page(rows, number, SIZE, total, asked))
    return SelectedPage(
        count=total,
        caption=_caption(total, pager),
        rows=tuple(SelectedLine(line, problem_tags(row)) for line, row in zip(lines, rows, strict=True)),
        numbers=",".join(str(row.number) for row in rows),
        pager=pager,
        origins=_origins(session, customer_id, chosen.sources, language),
        shortcuts=_shortcuts(kinds_in(session, customer_id, chosen.members)),
        vanished=_vanished(chosen.vanished),
        undo=undo_words(chosen.undo) if chosen.undo and not total else "",
    )


def _caption(total: int, pager: Pager) -> str:
    words = ngettext("%(n)s selected user", "%(n)s selected users", total, n=formats.number(total))
    return words if pager.single else _("%(users)s, %(page)s", users=words, page=pager.text)


def _shortcuts(kinds: Mapping[str, BitMap]) -> tuple[Shortcut, ...]:
    words = {
        "drop:location": _("Remove all without usage location (%(n)s)"),
        "drop:guests": _("Remove guests (%(n)s)"),
    }
    return tuple(
        Shortcut(go, words[go] % {"n": formats.number(len(members))})
        for go, members in kinds.items()
        if members
    )


def _vanished(count: int) -> str:
    if not count:
        return ""
    return ngettext(
        "%(n)s user no longer exists and was removed.",
        "%(n)s users no longer exist and were removed.",
        count,
        n=formats.number(count),
    )


def _origins(
    session: Session, customer_id: int, sources: tuple[SelectionSource, ...], language: str
) -> tuple[Origin, ...]:
    filtered = any(source.what.startswith("filter?") for source in sources)
    products = assignable_names(session, customer_id, language) if filtered else {}
    return tuple(Origin(_origin_words(source, products), source.at) for source in sources)


def _origin_words(source: SelectionSource, products: Mapping[str, str]) -> str:
    count = formats.number(source.count)
    if source.what.startswith("filter?"):
        query = read_query(MultiDict(parse_qsl(source.what.removeprefix("filter?"))))
        words = ", ".join(words for words, _without in in_words(query, products))
        if not words:
            return _("%(n)s from the list of all users", n=count)
        return _("%(n)s from the filter “%(filter)s”", n=count, filter=words)
    if source.what == "addresses":
        return _("%(n)s from a list of addresses", n=count)
    if source.what == "restored":
        return _("%(n)s brought back", n=count)
    return _("%(n)s picked by hand", n=count)
