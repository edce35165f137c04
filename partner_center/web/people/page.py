"""What **Find a person** shows, in words."""

from __future__ import annotations

from dataclasses import dataclass

from partner_center.directory.people import Found, FoundPerson
from partner_center.web.formats import number
from partner_center.web.tags import Tag
from partner_center.web.wording import _, ngettext


@dataclass(frozen=True, slots=True)
class PersonLine:
    """A person who was found."""

    person: FoundPerson
    states: tuple[Tag, ...]


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """All that `people/find.html` prints. `more` says that the list is cut."""

    search: str
    caption: str
    more: str
    too_short: bool
    rows: tuple[PersonLine, ...]


def people_page(query: str, found: Found) -> PeoplePage:
    """The page for what was typed."""
    count = len(found.people)
    words = ngettext("%(count)s person matches", "%(count)s people match", count, count=number(count))
    first = _("The first %(count)s people", count=number(count))
    return PeoplePage(
        search=query,
        caption=first if found.cut else words,
        more=_("There are more. Type more letters, a last name, or a part of the address.")
        if found.cut
        else "",
        too_short=bool(query) and found.too_short,
        rows=tuple(PersonLine(person, _states(person)) for person in found.people),
    )


def _states(person: FoundPerson) -> tuple[Tag, ...]:
    tags = ((person.guest, Tag(_("Guest"), "info")), (not person.enabled, Tag(_("Sign-in blocked"), "warn")))
    return tuple(tag for on, tag in tags if on)
