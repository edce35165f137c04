"""Which users a list shows: read from an address, written back to it, and said in words.

Everything is in the query string, so that a filtered list can be sent to a colleague; the users' form
carries the same names as hidden fields.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from flask_babel import lazy_gettext as _l
from pyroaring import BitMap
from werkzeug.datastructures import MultiDict

from partner_center.directory.values import (
    ANY_LOCATION,
    MISSING_LOCATION,
    Kind,
    Licensed,
    Source,
    Status,
    UserFilter,
    UserSort,
)
from partner_center.web import arguments, formats
from partner_center.web.arguments import Sort
from partner_center.web.wording import _

SIZES = (25, 50, 100)
_GUID_LENGTH = 36
BY_NAME = Sort(UserSort.NAME, False)
SOURCES = {
    Source.ANY: _l("Direct or by group"),
    Source.DIRECT: _l("Licensed directly"),
    Source.GROUP: _l("Licensed by a group"),
}
KINDS = {
    Kind.ANY: _l("Members and guests"),
    Kind.MEMBER: _l("Members"),
    Kind.GUEST: _l("Guests"),
}
STATUSES = {
    Status.ANY: _l("Active and blocked"),
    Status.ACTIVE: _l("Active"),
    Status.BLOCKED: _l("Blocked"),
}
LICENSED = {
    Licensed.ANY: _l("Licensed or not"),
    Licensed.YES: _l("Has a license"),
    Licensed.NO: _l("No license"),
}


@dataclass(frozen=True, slots=True)
class UserQuery:
    """What was asked of a list of users. `has` and `lacks` are SKU ids, empty for any."""

    search: str = ""
    has: str = ""
    lacks: str = ""
    source: Source = Source.ANY
    kind: Kind = Kind.ANY
    status: Status = Status.ANY
    location: str = ANY_LOCATION
    licensed: Licensed = Licensed.ANY
    selected: bool = False
    sort: Sort = BY_NAME
    page: int = 1
    size: int = SIZES[0]

    @property
    def is_filtered(self) -> bool:
        """Whether anybody may be hidden."""
        return self != UserQuery(sort=self.sort, page=self.page, size=self.size)


def read_query(args: MultiDict[str, str]) -> UserQuery:
    """The query of an address or a form; junk falls back to what is shown by default."""
    return UserQuery(
        search=arguments.text(args, "q"),
        has=_sku(args, "has"),
        lacks=_sku(args, "lacks"),
        source=arguments.one_of(args, "source", Source.ANY),
        kind=arguments.one_of(args, "kind", Kind.ANY),
        status=arguments.one_of(args, "status", Status.ANY),
        location=_location(args.get("location", "")),
        licensed=arguments.one_of(args, "licensed", Licensed.ANY),
        selected=args.get("selected") == "1",
        sort=arguments.sort_of(args, list(UserSort), UserSort.NAME),
        page=arguments.page_number(args),
        size=arguments.page_size(args),
    )


def to_args(query: UserQuery) -> dict[str, str]:
    """The arguments that `read_query` reads, without those that are default."""
    return {
        name: value
        for name, value, default in (
            ("q", query.search, ""),
            ("has", query.has, ""),
            ("lacks", query.lacks, ""),
            ("source", query.source, Source.ANY),
            ("kind", query.kind, Kind.ANY),
            ("status", query.status, Status.ANY),
            ("location", query.location, ANY_LOCATION),
            ("licensed", query.licensed, Licensed.ANY),
            ("selected", "1" if query.selected else "", ""),
            ("sort", query.sort.to_arg(), UserSort.NAME),
            ("size", str(query.size), str(SIZES[0])),
            ("page", str(query.page), "1"),
        )
        if value != default
    }


def to_filter(query: UserQuery, chosen: BitMap) -> UserFilter:
    """The directory's filter; `chosen` is who is selected, for *Show selected only*."""
    return UserFilter(
        query=query.search,
        has=query.has or None,
        lacks=query.lacks or None,
        source=query.source,
        kind=query.kind,
        status=query.status,
        location=query.location,
        licensed=query.licensed,
        only=chosen if query.selected else None,
    )


def in_words(query: UserQuery, products: Mapping[str, str]) -> list[tuple[str, UserQuery]]:
    """Each filter that is on as a phrase, with the query that lacks it. `products`: SKU id to name."""
    unknown = _("an unknown product")
    phrases = (
        (query.search, {"search": ""}, _("Search: %(text)s", text=query.search)),
        (query.has, {"has": ""}, _("Has %(product)s", product=products.get(query.has, unknown))),
        (query.lacks, {"lacks": ""}, _("Lacks %(product)s", product=products.get(query.lacks, unknown))),
        (query.source is not Source.ANY, {"source": Source.ANY}, SOURCES[query.source]),
        (query.kind is not Kind.ANY, {"kind": Kind.ANY}, KINDS[query.kind]),
        (query.status is not Status.ANY, {"status": Status.ANY}, STATUSES[query.status]),
        (query.location != ANY_LOCATION, {"location": ANY_LOCATION}, _location_words(query.location)),
        (query.licensed is not Licensed.ANY, {"licensed": Licensed.ANY}, LICENSED[query.licensed]),
        (query.selected, {"selected": False}, _("Selected only")),
    )
    return [(words, replace(query, page=1, **without)) for on, without, words in phrases if on]


def _location_words(location: str) -> str:
    if location == MISSING_LOCATION:
        return _("Location missing")
    return _("Location: %(country)s", country=formats.location_name(location))


def _sku(args: MultiDict[str, str], name: str) -> str:
    return args.get(name, "").strip().lower()[:_GUID_LENGTH]


def _location(text: str) -> str:
    if text == MISSING_LOCATION:
        return text
    return text.upper() if len(text) == 2 and text.isascii() and text.isalpha() else ANY_LOCATION
